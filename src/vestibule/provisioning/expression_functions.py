"""PURE · Okta's functions for expressions, and those of CEL that are let through: one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def text(value: Any) -> str:
    """A value as text; null is nothing."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _before(value: str, mark: str) -> str:
    return value.split(mark, 1)[0] if mark else value


def _after(value: str, mark: str) -> str:
    return value.split(mark, 1)[1] if mark and mark in value else ""


def _substring(value: str, start: str, end: str) -> str:
    return value[_index(start) : _index(end)]


def _index(value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"{value!r} is no position: 0, 1, 2, …")
    return int(value)


def _join(separator: str, *parts: str) -> str:
    """Parts without a value leave no separator behind."""
    return separator.join(part for part in parts if part)


def _replace_first(value: str, old: str, new: str) -> str:
    return value.replace(old, new, 1) if old else value


def _replace(value: str, old: str, new: str) -> str:
    return value.replace(old, new) if old else value


def _of_texts(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: function(*(text(value) for value in values))


_MANY = 1_000
#: Name → how many values at least and at most, and what it gives.
_OKTA: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "toLowerCase": (1, 1, str.lower),
    "toUpperCase": (1, 1, str.upper),
    "substringBefore": (2, 2, _before),
    "substringAfter": (2, 2, _after),
    "substring": (3, 3, _substring),
    "append": (2, 2, str.__add__),
    "join": (2, _MANY, _join),
    "replace": (3, 3, _replace),
    "replaceFirst": (3, 3, _replace_first),
    "removeSpaces": (1, 1, lambda value: value.replace(" ", "")),
    "stringContains": (2, 2, lambda value, part: part in value),
    "startsWith": (2, 2, str.startswith),
    "len": (1, 1, len),
}

#: Okta writes them ``String.toLowerCase(user.email)`` and ``toLowerCase(user.email)`` alike.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    f"{prefix}{name}": (least, most, _of_texts(function))
    for prefix in ("String.", "")
    for name, (least, most, function) in _OKTA.items()
    if prefix or name != "startsWith"  # bare, it is CEL's method
}

#: CEL's own. Its macros (map, filter, all, exists) are loops and are none of ours.
CEL_FUNCTIONS = {"size": 1, "string": 1, "int": 1, "double": 1}
CEL_METHODS = {"startsWith": 1, "endsWith": 1, "contains": 1, "matches": 1, "size": 0}
