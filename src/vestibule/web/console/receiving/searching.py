"""What is typed into the search of people or teams: a SCIM filter, or the beginning of a name or an address."""

from __future__ import annotations

import json

from vestibule.scim.checker import CompiledType
from vestibule.scim.errors import InvalidFilter
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve

#: Names have columns of their own; the rest is looked through only where no name begins so.
_WHERE = {
    "User": (("userName", "displayName"), ("name.familyName", "name.givenName", "emails.value")),
    "Group": (("displayName",),),
}
_OPERATORS = (" eq ", " ne ", " co ", " sw ", " ew ", " gt ", " ge ", " lt ", " le ", " pr")


def filters_of(type: CompiledType, typed: str) -> list[str]:
    """The filters that may be meant, to be tried in order until one finds somebody; [""] for everybody.

    InvalidFilter for a filter that is none.
    """
    text = typed.strip()
    if not text:
        return [""]
    if looks_like_filter(text):
        resolve(parse_filter(text), type)
        return [text]
    literal = json.dumps(text, ensure_ascii=False)
    if type.name == "User" and "@" in text and " " not in text and "." in text.rpartition("@")[2]:
        return [f"userName eq {literal}", f"emails.value eq {literal}"]
    found = []
    for paths in _WHERE[type.name]:
        parts = [part for path in paths if _is_there(part := f"{path} sw {literal}", type)]
        if parts:
            found.append(" or ".join(parts))
    return found


def _is_there(filter: str, type: CompiledType) -> bool:
    try:
        resolve(parse_filter(filter), type)
    except InvalidFilter:
        return False
    return True


def looks_like_filter(text: str) -> bool:
    """Whether it is meant as a filter, right or wrong."""
    lowered = f"{text.lower()} "
    return any(operator in lowered for operator in _OPERATORS) and not text.startswith('"')
