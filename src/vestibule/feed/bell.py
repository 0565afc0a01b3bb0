"""The bell: whoever waits for events is woken when some may have come, and nobody polls.

This process' own commits ring it at once. What other processes commit is found by a look every
now and then, and nobody looks while nobody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from vestibule.feed.store import News
from vestibule.scim.errors import Unavailable

_log = structlog.get_logger("vestibule.feed")

#: What another process has committed is noticed within this time.
_LOOK_SECONDS = 0.25
#: Commits that come closer than this are noticed together: one look for all of them.
_GATHER_SECONDS = 0.005
_FAULT_SECONDS = 1.0


class Bell:
    """``wait`` until there is something after a number. Bound to one loop; ``news`` is how it looks."""

    def __init__(
        self,
        news: Callable[[int], Awaitable[News]],
        stopping: asyncio.Event,
        *,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._news = news
        self._stopping = stopping
        self._look_seconds = look_seconds
        self._waiting: dict[asyncio.Future[None], int | None] = {}
        self._rung = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._seen = -1

    def ring(self) -> None:
        """Events were committed: have a look. Costs nothing while nobody waits."""
        if self._waiting:
            self._rung.set()

    @property
    def stopped(self) -> bool:
        """The server stops: whoever waits or streams ends."""
        return self._stopping.is_set()

    async def wait(self, after: int, tenant: int | None, seconds: float) -> bool:
        """Whether something of that tenant, or of any, may have come after that number within so many seconds.

        False at once where the server stops.
        """
        if self.stopped or seconds <= 0:
            return False
        future = asyncio.get_running_loop().create_future()
        self._waiting[future] = tenant
        if self._watch is None or self._watch.done():
            self._seen = after
            self._watch = asyncio.get_running_loop().create_task(self._look())
        else:
            # What came while nobody waited rang for nobody.
            self._seen = min(self._seen, after)
            self._rung.set()
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(future, None)
        return not self.stopped

    async def _look(self) -> None:
        while self._waiting and not self.stopped:
            self._rung.clear()
            asked = self._seen
            try:
                news = await self._news(asked)
            except Unavailable as fault:
                _log.warning("the feed waits for the database", reason=fault.detail)
                await asyncio.sleep(_FAULT_SECONDS)
                continue
            if self._seen >= asked:  # else somebody came meanwhile who has heard less
                self._seen = max(asked, news.last)
            if news.tenants:
                self._wake(news.tenants)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await self._rung.wait()
                    await asyncio.sleep(_GATHER_SECONDS)
        self._wake(None)

    def _wake(self, came: frozenset[int] | None) -> None:
        """Those who wait for one of these tenants, or for any; None wakes everybody."""
        for future, tenant in list(self._waiting.items()):
            if (came is None or tenant is None or tenant in came) and not future.done():
                future.set_result(None)
                del self._waiting[future]
