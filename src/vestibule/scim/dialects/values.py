"""Quirks in the value of one attribute: text, objects and JSON where something else belongs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.dialects.dialect import ValueQuirk

_BOOLEANS = {"true": True, "false": False}
_MAX_JSON = 65_536
#: What Entra calls the parts of an app role inside the text (W112).
_JSON_NAMES = {"displayname": "display"}


def text_booleans(attribute: Attribute, raw: Any, many: bool) -> Any:
    """ "True", "true", "False" and "false" for booleans, alone or in complex values (W69, W79, W108, K18)."""
    if attribute.type is Type.BOOLEAN:
        return _BOOLEANS.get(raw.strip().lower(), raw) if isinstance(raw, str) else raw
    if attribute.type is not Type.COMPLEX:
        return raw
    names = {sub.name.lower() for sub in attribute.sub_attributes if sub.type is Type.BOOLEAN}

    def repair(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        fixed = {
            key: _BOOLEANS[part.strip().lower()]
            for key, part in value.items()
            if isinstance(part, str) and key.lower() in names and part.strip().lower() in _BOOLEANS
        }
        return {**value, **fixed} if fixed else value

    return _each(raw, repair) if names else raw


def json_in_text(attribute: Attribute, raw: Any, many: bool) -> Any:
    """Roles and entitlements as JSON inside a string: all of them, one, or in one's ``value`` (W79, W112)."""
    if not is_granted(attribute):
        return raw
    whole = _parsed(raw)
    if whole is raw:
        return _each(raw, lambda value: _unpacked(attribute, value))
    values = whole if isinstance(whole, list) else [whole]
    values = [_declared(attribute, value) if isinstance(value, dict) else value for value in values]
    return values if many else values[0] if values else None


def text_for_value(attribute: Attribute, raw: Any, many: bool) -> Any:
    """A string for a complex value: manager (W113, K22), roles (W76–W78), e-mails (W132).

    The empty string is left: it unassigns.
    """
    if attribute.type is not Type.COMPLEX or attribute.sub_attribute("value") is None:
        return raw

    def repair(value: Any) -> Any:
        return {"value": value} if isinstance(value, str) and value else value

    if isinstance(raw, str) and raw and many:
        return [{"value": raw}]
    return _each(raw, repair)


def one_for_many(attribute: Attribute, raw: Any, many: bool) -> Any:
    """A single object, or string, where an array of them belongs (W79)."""
    wanted = dict if attribute.type is Type.COMPLEX else str
    return [raw] if many and raw and isinstance(raw, wanted) else raw


def is_granted(attribute: Attribute) -> bool:
    """Whether the attribute is one of those that identity providers assign as a whole (roles, entitlements)."""
    return attribute.name in ("roles", "entitlements") and attribute.type is Type.COMPLEX


def _each(raw: Any, repair: Callable[[Any], Any]) -> Any:
    """``raw`` or its elements repaired; the same list where none changed."""
    if not isinstance(raw, list):
        return repair(raw)
    repaired = [repair(value) for value in raw]
    return repaired if any(new is not old for new, old in zip(repaired, raw, strict=True)) else raw


def _parsed(raw: Any) -> Any:
    """The object or array that a text holds as JSON; else the text as it came."""
    if not isinstance(raw, str) or raw.lstrip()[:1] not in ("{", "[") or len(raw) > _MAX_JSON:
        return raw
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    return parsed if isinstance(parsed, dict | list) else raw


def _unpacked(attribute: Attribute, value: Any) -> Any:
    """A value that is such a text, or whose ``value`` is: what is declared of the object in it."""
    if isinstance(value, str):
        parsed = _parsed(value)
        return _declared(attribute, parsed) if isinstance(parsed, dict) else value
    if not isinstance(value, dict):
        return value
    key = next((key for key in value if key.lower() == "value"), None)
    parsed = _parsed(value[key]) if key else None
    if not isinstance(parsed, dict) or not parsed.get("value"):
        return value
    return {**_declared(attribute, parsed), **{name: part for name, part in value.items() if name != key}}


def _declared(attribute: Attribute, parsed: Mapping[str, Any]) -> dict[str, Any]:
    out = {}
    for key, part in parsed.items():
        sub = attribute.sub_attribute(_JSON_NAMES.get(key.lower(), key))
        if sub is not None:
            out[sub.name] = part
    return out


TEXT_BOOLEANS = ValueQuirk(
    "text_booleans",
    "W69, W79, W108, K18",
    "entra/disable",
    "came as text where true or false belongs, and was read as that",
    text_booleans,
)
JSON_IN_TEXT = ValueQuirk(
    "json_in_text",
    "W79, W112",
    "okta/roles-json-text",
    "came as JSON inside a text, and was taken out of it",
    json_in_text,
)
TEXT_FOR_VALUE = ValueQuirk(
    "text_for_value",
    "W76, W77, W78, W113, W132, K22",
    "entra/manager",
    "came as plain text, and was read as the value of an object",
    text_for_value,
)
ONE_FOR_MANY = ValueQuirk(
    "one_for_many",
    "W79",
    "okta/roles-object",
    "came alone where an array belongs, and was read as its only value",
    one_for_many,
)
