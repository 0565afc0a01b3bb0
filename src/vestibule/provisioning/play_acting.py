"""Play-acting: an application is sent exactly what another client sends, so that an endpoint can be rehearsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from vestibule.provisioning.application import Application, Mode
from vestibule.provisioning.engine_settings import EngineSettings
from vestibule.refused import Refused


@dataclass(frozen=True, slots=True)
class Part:
    """A client that can be played: which connector speaks, how, and how it tries again."""

    connector: str = "scim"
    mode: Mode = Mode.PATCH
    as_okta: bool = False
    schedule: str = "vestibule"
    #: Managers are said by their ids there, in a second pass.
    refers_by_id: bool = False
    #: Whoever left the directory is deleted there so long after being made inactive; None: never.
    deletes_after: timedelta | None = None


PARTS: Mapping[str, Part] = {
    "vestibule": Part("scim", Mode.PATCH, False, "vestibule"),
    "okta-catalogue": Part("scim", Mode.PATCH, True, "okta"),
    "okta-wizard": Part("scim", Mode.PUT, True, "okta"),
    "entra": Part("entra", Mode.PATCH, False, "entra", refers_by_id=True, deletes_after=timedelta(days=30)),
}


def playing(application: Application, name: str) -> Application:
    """The application, sent to as that client does; raises Refused naming those there are."""
    part = part_of(name)
    return replace(application, connector=part.connector, mode=part.mode, as_okta=part.as_okta)


def retrying_as(settings: EngineSettings, name: str) -> EngineSettings:
    """The settings, with that client's retry schedule."""
    return replace(settings, schedule=part_of(name).schedule)


def part_of(name: str) -> Part:
    """The part; raises Refused naming those there are."""
    if name not in PARTS:
        raise Refused(f"Nobody knows how to act as {name!r}. There are: {', '.join(PARTS)}.")
    return PARTS[name]
