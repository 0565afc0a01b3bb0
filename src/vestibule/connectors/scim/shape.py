"""PURE · A user's body as a receiving end takes it: what it refuses is left out, what may be one value is one (W136)."""

from __future__ import annotations

from typing import Any

from vestibule.provisioning.service_limits import ServiceLimits


def shaped(document: dict[str, Any], limits: ServiceLimits) -> dict[str, Any]:
    """The body within the limits; the document itself where there is nothing to change."""
    if not limits.suppressed and not limits.single_valued:
        return document
    body = dict(document)
    for name in limits.single_valued:
        elements = body.get(name)
        if isinstance(elements, list) and elements:
            body[name] = [{**_primary(elements), "primary": True}]
    for path in limits.suppressed:
        name, _, leaf = path.partition(".")
        if not leaf:
            body.pop(name, None)
        for holder in (body, *(one for key, one in body.items() if ":" in key and isinstance(one, dict))):
            if leaf and name in holder:
                holder[name] = _without(holder[name], leaf)
    return body


def _primary(elements: list[Any]) -> dict[str, Any]:
    found = [one for one in elements if isinstance(one, dict)]
    return next((one for one in found if one.get("primary") is True), found[0] if found else {})


def _without(value: Any, leaf: str) -> Any:
    if isinstance(value, list):
        return [_without(one, leaf) for one in value]
    if isinstance(value, dict):
        return {key: one for key, one in value.items() if key != leaf}
    return value
