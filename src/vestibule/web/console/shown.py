"""How values are shown: moments, numbers, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

_STEPS = ((60, 1, "second"), (3600, 60, "minute"), (86400, 3600, "hour"), (86400 * 45, 86400, "day"))


def moment(at: str) -> str:
    """``2026-01-02 03:04:05 UTC``."""
    return f"{at[:10]} {at[11:19]} UTC"


def seconds_between(earlier: str, later: str) -> float:
    """How many seconds lie between two moments."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def age(at: str, now: str) -> tuple[str, int]:
    """The unit and how many of it have passed: ``("minute", 3)``; ``("date", 0)`` for what is long ago or to come."""
    passed = seconds_between(at, now)
    if passed < -5:
        return "date", 0
    for below, divisor, unit in _STEPS:
        if passed < below:
            return unit, max(0, int(passed // divisor))
    return "date", 0


def number(value: int | float) -> str:
    """With thin spaces between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def pretty_json(value: Any) -> str:
    """JSON as people read it; what is text already stays as it is."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def plain_value(value: Any) -> str:
    """One value in one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def linked(text: str) -> Markup:
    """A sentence with its address as a link: what an application refuses ends with one."""
    said = []
    for word in text.split(" "):
        if word.startswith(("https://", "http://")) and word.isascii() and word.isprintable():
            said.append(Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(word))
        else:
            said.append(escape(word))
    return Markup(" ").join(said)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "number": number,
    "linked": linked,
    "pretty_json": pretty_json,
    "plain_value": plain_value,
}
