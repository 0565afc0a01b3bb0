"""A rate limit as Slack and Google keep them: so many calls in a window, and how long until the next one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable


class Window:
    """``allows`` counts a call; ``wait`` is the whole seconds until one is let in again."""

    def __init__(self, seconds: Callable[[], float], span: float = 60.0) -> None:
        self._seconds = seconds
        self._span = span
        self._began: dict[str, float] = {}
        self._count: dict[str, int] = defaultdict(int)

    def allows(self, what: str, most: int) -> bool:
        """Whether one more call of that kind is let in now."""
        now = self._seconds()
        if now - self._began.get(what, -math.inf) >= self._span:
            self._began[what], self._count[what] = now, 0
        if self._count[what] >= most:
            return False
        self._count[what] += 1
        return True

    def wait(self, what: str) -> int:
        """Until the window is over."""
        return max(1, math.ceil(self._began[what] + self._span - self._seconds()))
