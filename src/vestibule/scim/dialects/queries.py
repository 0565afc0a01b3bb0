"""Quirks in the text of a query's filter, asked for only where the grammar refuses it."""

from __future__ import annotations

import json
import re

from vestibule.scim.dialects.dialect import FilterTextQuirk

_BARE = re.compile(r"(?P<path>[A-Za-z][\w.:$-]*) +(?P<operator>[eE][qQ]) +(?P<value>[^\s\"()\[\]\\]+)")


def bare_value(text: str) -> str:
    """``externalId eq jyoung``: a value without its quotes (W123), where the filter is that and no more."""
    found = _BARE.fullmatch(text.strip())
    if found is None:
        return text
    return f"{found['path']} {found['operator']} {json.dumps(found['value'], ensure_ascii=False)}"


BARE_VALUE = FilterTextQuirk(
    "bare_value",
    "W123",
    "entra/lookup-without-quotes",
    "a filter came without quotes around its value, and was read as if it had them",
    bare_value,
)
