"""The outside services that the operator has registered: a folder of ``connectors`` each, imported only then."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, cast

from vestibule.connectors.slack.events import event_of, is_signed
from vestibule.linking.connector import Registration, Service
from vestibule.registry import module_names
from vestibule.settings import Settings

_FOLDER = "vestibule.connectors"


def services_of(settings: Settings) -> dict[str, Service]:
    """By name: every connector of the folder whose ``…_client_id`` is set."""
    found: dict[str, Service] = {}
    for name in module_names(_FOLDER):
        if getattr(settings, f"{name}_client_id", ""):
            room = import_module(f"{_FOLDER}.{name}.service")
            found[name] = cast(Service, room.open_service(registration_of(settings, name)))
    return found


def registration_of(settings: Settings, name: str) -> Registration:
    """What the operator set for that service: ``NAME_client_id``, ``NAME_client_secret``, and its addresses."""
    prefix = f"{name}_"
    given = {
        key.removeprefix(prefix): getattr(settings, key)
        for key in type(settings).model_fields
        if key.startswith(prefix)
    }
    secret = given.get("client_secret")
    return Registration(
        given["client_id"],
        secret.get_secret_value() if secret is not None else "",
        {
            key: str(value).rstrip("/")
            for key, value in given.items()
            if key.endswith("url") or key == "issuer"
        },
    )


def event_readers(settings: Settings) -> Mapping[str, Callable[[Mapping[str, str], bytes, float], Any]]:
    """For services that send events: what a signed one asks, None for nothing of ours, "bad" for a bad signature."""
    secret = settings.slack_signing_secret.get_secret_value()

    def slack(headers: Mapping[str, str], body: bytes, now: float) -> Any:
        timestamp, signature = (
            headers.get("x-slack-request-timestamp", ""),
            headers.get("x-slack-signature", ""),
        )
        if not is_signed(secret, timestamp, signature, body, now):
            return "bad"
        try:
            envelope = json.loads(body)
        except ValueError:
            return None
        return event_of(envelope) if isinstance(envelope, dict) else None

    return {"slack": slack} if settings.slack_client_id else {}
