"""PURE · Why nothing, or not everything, goes to an application as it is set up: what an administrator looks for first."""

from __future__ import annotations

from enum import StrEnum

from vestibule.provisioning.application import Application, Operation, SignOn
from vestibule.provisioning.engine_settings import EngineSettings


class Hindrance(StrEnum):
    """What stands in the way."""

    SIGN_ON_FIRST = "sign-on is not set up"
    NOT_SET_UP = "provisioning is not set up"
    OFF = "API integration is off"
    NEEDS_APPROVAL = "only approved plans are applied"
    NO_CREATE = "Create Users is off"
    NO_UPDATE = "Update User Attributes is off"
    NO_DEACTIVATE = "Deactivate Users is off"


_TICKS = {
    Operation.CREATE: Hindrance.NO_CREATE,
    Operation.UPDATE: Hindrance.NO_UPDATE,
    Operation.DEACTIVATE: Hindrance.NO_DEACTIVATE,
}


def hindrances(application: Application, settings: EngineSettings) -> tuple[Hindrance, ...]:
    """What stands in the way. Where nothing can go at all, that alone."""
    if application.connection is None:
        is_first = bool(application.catalogue) and application.sign_on is SignOn.UNSET
        return (Hindrance.SIGN_ON_FIRST,) if is_first else (Hindrance.NOT_SET_UP,)
    if not application.enabled:
        return (Hindrance.OFF,)
    unticked = tuple(one for tick, one in _TICKS.items() if tick not in application.operations)
    return ((Hindrance.NEEDS_APPROVAL,) if settings.needs_approval else ()) + unticked
