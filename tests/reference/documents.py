"""What is kept of a value that a client sends, as RFC 7643 tells it (the reference).

Decided beyond the RFC: "" is unassigned where no text is required (W37), a value of which only
``type`` and ``primary`` are known says nothing (W79), of two primaries the last one counts (W72).
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from tests.reference.filters import Resource
from tests.reference.values import Refused, moment
from vestibule.scim.attribute import Attribute, Mutability, Returned, Type
from vestibule.scim.schema import ResourceType

_LONGEST, _LONGEST_KEY, _MOST = 65_536, 512, 1_000


def kept(type: ResourceType, sent: Resource) -> Resource:
    """The document of a POST as it is held: without ``id``, ``meta`` and ``externalId``."""
    names = [a.name for a in type.schema.attributes] + [e.schema.id for e in type.extensions]
    spelled = as_declared(sent, names)
    held = _attributes(type.schema.attributes, spelled)
    used = [type.schema.id]
    for attribute in type.schema.attributes:
        if attribute.default is not None:
            held.setdefault(attribute.name, attribute.default)
    for extension in type.extensions:
        urn = extension.schema.id
        if isinstance(spelled.get(urn), dict):
            part = as_declared(spelled[urn], [a.name for a in extension.schema.attributes])
            if held_part := _attributes(extension.schema.attributes, part):
                held[urn] = held_part
                used.append(urn)
        elif spelled.get(urn) not in (None, [], ""):
            raise Refused("invalidValue")
    return {"schemas": used, **held}


def _attributes(attributes: tuple[Attribute, ...], sent: Resource) -> Resource:
    held = {}
    for attribute in attributes:
        if attribute.name in sent and is_kept(attribute):
            value = whole(attribute, sent[attribute.name])
            if value is not None:
                held[attribute.name] = value
    return held


def is_kept(attribute: Attribute) -> bool:
    """R41, R68: what is readOnly is ignored, what is never returned is not kept."""
    unkept = (Mutability.READ_ONLY, Mutability.WRITE_ONLY)
    return attribute.mutability not in unkept and attribute.returned is not Returned.NEVER


def as_declared(sent: Resource, names: list[str]) -> Resource:
    """The object with its names spelled as declared (R2); what nobody declared is left out."""
    spelled = {}
    for key, value in sent.items():
        name = next((n for n in names if n.lower() == key.lower()), None)
        if name in spelled:
            raise Refused("invalidSyntax")
        if name is not None:
            spelled[name] = value
    return spelled


def whole(attribute: Attribute, sent: Any) -> Any:
    """The value of the attribute, None where it is unassigned (R17). ``Refused`` for another type's (R4–R8)."""
    if sent is None:
        return None
    if not attribute.multi_valued:
        return one(attribute, sent)
    if sent == "":
        return None
    if not isinstance(sent, list) or len(sent) > _MOST:
        raise Refused("invalidValue")
    values = [one(attribute, value) for value in sent if value is not None]
    return (
        one_primary(distinct([v for v in values if v is not None and not says_nothing(attribute, v)])) or None
    )


def one(attribute: Attribute, sent: Any) -> Any:
    """One value of it, None where it is unassigned."""
    if (
        sent is None
        or sent == []
        or (sent == "" and not (attribute.required and attribute.type is not Type.COMPLEX))
    ):
        return None
    if attribute.type is Type.COMPLEX:
        if not isinstance(sent, dict):
            raise Refused("invalidValue")
        spelled = as_declared(sent, [sub.name for sub in attribute.sub_attributes])
        held = {}
        for sub in attribute.sub_attributes:
            value = whole(sub, spelled[sub.name]) if sub.name in spelled and is_kept(sub) else None
            if value is not None:
                held[sub.name] = value
        return held or None
    if not _fits(attribute, sent):
        raise Refused("invalidValue")
    if attribute.closed:
        same = [
            c
            for c in attribute.canonical_values
            if c == sent or (not attribute.case_exact and _alike(c, sent))
        ]
        if not same:
            raise Refused("invalidValue")
        return same[0]
    if isinstance(sent, float) and abs(sent) >= 2**53:
        return int(Decimal(repr(sent)))  # no double of that size has a fraction
    return sent


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _fits(attribute: Attribute, sent: Any) -> bool:
    is_number = isinstance(sent, int | float) and not isinstance(sent, bool)
    if attribute.type is Type.BOOLEAN:
        return isinstance(sent, bool)
    if attribute.type is Type.INTEGER:
        return is_number and isinstance(sent, int) and -(2**63) <= sent < 2**63
    if attribute.type is Type.DECIMAL:
        return is_number and math.isfinite(sent) and -(2**63) < sent < 2**63
    limit = _LONGEST_KEY if attribute.name == "userName" else _LONGEST
    if not isinstance(sent, str) or len(sent) > limit or not _is_text(sent):
        return False
    if attribute.required and not sent.strip():
        return False
    if attribute.type is Type.DATE_TIME:
        try:
            moment(sent)
        except ValueError:
            return False
    if attribute.type is Type.BINARY:
        return _is_base64(sent)
    if attribute.type is Type.REFERENCE:
        return _is_uri(sent)
    return True


def _is_text(sent: str) -> bool:
    return "\0" not in sent and not any("\ud800" <= character <= "\udfff" for character in sent)


def _is_base64(sent: str) -> bool:
    """R8: padding may be left out."""
    digits = sent.rstrip("=")
    padding = len(sent) - len(digits)
    if not re.fullmatch("[A-Za-z0-9+/]*", digits) or len(digits) % 4 == 1 or (padding and len(sent) % 4):
        return False
    try:
        base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except binascii.Error:
        return False
    return True


def _is_uri(sent: str) -> bool:
    try:
        urlsplit(sent)
    except ValueError:
        return False
    return not re.search('[\\s\x00-\x20\x7f<>"]', sent)


def says_nothing(attribute: Attribute, value: Any) -> bool:
    """Whether a value has labels, and nothing that they label."""
    has_value = any(sub.name == "value" for sub in attribute.sub_attributes)
    return has_value and isinstance(value, dict) and set(value) <= {"type", "primary"}


def distinct(values: list[Any]) -> list[Any]:
    """R16: the same (type, value) once, a later one completing the earlier."""
    seen: list[Any] = []
    for value in values:
        earlier = next((at for at, other in enumerate(seen) if _is_same(value, other)), None)
        if earlier is None:
            seen.append(value)
        elif isinstance(value, dict):
            seen[earlier] = {**seen[earlier], **value}
    return seen


def _is_same(value: Any, other: Any) -> bool:
    if not isinstance(value, dict):
        return bool(value == other)
    if "value" in value:
        return (
            "value" in other and value["value"] == other["value"] and value.get("type") == other.get("type")
        )
    return "value" not in other and bool(value == other)


def one_primary(values: list[Any], *, latest: int | None = None) -> list[Any]:
    """R14, R147: the last one that says so, or the one at ``latest``, is primary; all others are not."""
    primaries = [at for at, v in enumerate(values) if isinstance(v, dict) and v.get("primary") is True]
    if len(primaries) < 2:
        return values
    chosen = primaries[-1] if latest is None else latest
    return [{**v, "primary": False} if at in primaries and at != chosen else v for at, v in enumerate(values)]
