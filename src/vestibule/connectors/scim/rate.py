"""Keeps to the rate that a receiving end takes: waits before a request, rather than being answered 429."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Rate:
    """So many a second, of which ``burst`` may be sent at once after a pause. 0 a second is no limit.

    At the start there has been no pause: the run before, in another process, may have sent just now.
    """

    def __init__(
        self,
        per_second: float,
        burst: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._burst = burst
        self._clock = clock
        self._sleep = sleep
        self._next = clock()

    async def turn(self) -> None:
        """Returns when a request may be sent. Turns are given in the order in which they were asked for."""
        if not self._interval:
            return
        now = self._clock()
        at = max(self._next, now - (self._burst - 1) * self._interval)
        self._next = at + self._interval
        if at > now:
            await self._sleep(at - now)
