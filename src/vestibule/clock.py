"""The clock that ``app.py`` hands in: UTC with milliseconds, of fixed width."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime


def utc_clock(seconds: Callable[[], float] = time.time) -> Callable[[], str]:
    """A function that tells now as ``2026-01-02T03:04:05.678Z``; the second's text is made once."""
    last_second, prefix = -1, ""

    def now() -> str:
        nonlocal last_second, prefix
        moment = seconds()
        second = int(moment)
        if second != last_second:
            last_second = second
            prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{prefix}.{int((moment - second) * 1000):03d}Z"

    return now


def as_text(moment: float) -> str:
    """A moment in seconds since 1970 in the form of ``utc_clock``."""
    return utc_clock(lambda: moment)()


def as_seconds(moment: str) -> float:
    """The seconds since 1970 of a moment in that form; 0.0 for ""."""
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0
