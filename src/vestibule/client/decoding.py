"""JSON → the client's dataclasses. What a newer server says beyond them is passed over; what is missing is None."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from vestibule.client.pages import Page

_CAPITAL = re.compile(r"_([a-z0-9])")


def decode(type: Any, value: Any) -> Any:
    """The value of that type."""
    if value is None or type is Any:
        return value
    origin = get_origin(type)
    if origin in (Union, UnionType):
        inner = [one for one in get_args(type) if one is not NoneType]
        return decode(inner[0], value) if len(inner) == 1 else value
    if origin is list:
        (item,) = get_args(type)
        return [decode(item, one) for one in value]
    if origin is Page:
        (item,) = get_args(type)
        return Page([decode(item, one) for one in value["items"]], value["next"])
    if origin is not None or not is_dataclass(type):
        return value
    make: Any = type
    return make(**{name: decode(hint, value.get(wire)) for name, wire, hint in _members(make)})


def wire_name(name: str) -> str:
    """``user_name`` → ``userName``."""
    return _CAPITAL.sub(lambda found: found[1].upper(), name.rstrip("_"))


@cache
def _members(type: Any) -> tuple[tuple[str, str, Any], ...]:
    hints = get_type_hints(type)
    return tuple((one.name, wire_name(one.name), hints[one.name]) for one in fields(type))
