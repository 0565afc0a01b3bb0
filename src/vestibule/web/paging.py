"""``startIndex`` and ``count``: which part of a list is asked for (RFC 7644 §3.4.2.4, RFC 9865 §2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vestibule.scim.errors import InvalidCount, InvalidValue, ScimError
from vestibule.scim.findings import shown

#: A page holds at most this many; K39 asks for not more than 1,000.
MAX_COUNT = 1000
DEFAULT_COUNT = 100

_NUMBER = re.compile(r"\s*([+-]?)0*([0-9]{1,1000})\s*", re.ASCII)
#: More digits than these mean more than there will ever be.
_DIGITS = 18
_MOST = int("9" * _DIGITS)


def count_of(parameters: Mapping[str, Any]) -> int:
    """Resources on a page: below 0 counts as 0, above ``MAX_COUNT`` as that (R124, R190). InvalidCount (R193)."""
    value = parameters.get("count")
    if value is None or value == "":
        return DEFAULT_COUNT
    return min(MAX_COUNT, max(0, _number("count", value, InvalidCount)))


def start_of(parameters: Mapping[str, Any]) -> int:
    """The place of a page's first resource; below 1 counts as 1 (R123). InvalidValue for what is no whole number."""
    value = parameters.get("startIndex")
    if value is None or value == "":
        return 1
    return max(1, _number("startIndex", value, InvalidValue))


def _number(name: str, value: Any, error: type[ScimError]) -> int:
    if isinstance(value, str):
        if value.isdecimal() and len(value) <= _DIGITS and value.isascii():
            return int(value)
        found = _NUMBER.fullmatch(value)
        if found is not None:
            sign, digits = found.groups()
            number = int(digits) if len(digits) <= _DIGITS else _MOST
            return -number if sign == "-" else number
    elif isinstance(value, int) and not isinstance(value, bool):
        return max(-_MOST, min(_MOST, value))
    raise error(f"{name} is {shown(value)}, which is no whole number.")
