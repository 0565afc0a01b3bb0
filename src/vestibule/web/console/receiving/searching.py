"""What is typed into the search of people or teams: a SCIM filter, or the beginning of a name or an address."""

from __future__ import annotations

import json

from vestibule.scim.checker import CompiledType
from vestibule.scim.errors import InvalidFilter
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve

_WHERE = {
    "User": ("userName", "displayName", "name.familyName", "name.givenName", "emails.value"),
    "Group": ("displayName",),
}
_OPERATORS = (" eq ", " ne ", " co ", " sw ", " ew ", " gt ", " ge ", " lt ", " le ", " pr")


def filter_of(type: CompiledType, typed: str) -> str:
    """The filter that is meant; "" for everybody. InvalidFilter for a filter that is none."""
    text = typed.strip()
    if not text:
        return ""
    if looks_like_filter(text):
        resolve(parse_filter(text), type)
        return text
    literal = json.dumps(text, ensure_ascii=False)
    if "@" in text and " " not in text and text.rpartition("@")[2].count("."):
        return (
            f"userName eq {literal} or emails.value eq {literal}"
            if type.name == "User"
            else f"displayName eq {literal}"
        )
    parts = [f"{path} sw {literal}" for path in _WHERE[type.name]]
    usable = []
    for part in parts:
        try:
            resolve(parse_filter(part), type)
        except InvalidFilter:
            continue
        usable.append(part)
    return " or ".join(usable)


def looks_like_filter(text: str) -> bool:
    """Whether it is meant as a filter, right or wrong."""
    lowered = f"{text.lower()} "
    return any(operator in lowered for operator in _OPERATORS) and not text.startswith('"')
