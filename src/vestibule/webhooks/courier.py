"""Delivers: claims endpoints, reads the log for them, sends, and writes down what came of it.

Every process has one. An endpoint is served by one courier at a time, so that the order of each
resource holds; the couriers share the endpoints among themselves. What was found out is written
twice a second: after a kill, what was delivered since then is delivered once more.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog

from vestibule.clock import as_text
from vestibule.feed.store import FeedStore
from vestibule.scim.errors import Unavailable
from vestibule.webhooks.backoff import Random
from vestibule.webhooks.dispatch import Dispatch, end
from vestibule.webhooks.lines import Lines
from vestibule.webhooks.manner import Manner
from vestibule.webhooks.poster import Poster
from vestibule.webhooks.reader import Reader
from vestibule.webhooks.roster import Roster
from vestibule.webhooks.store import Settled, WebhookStore
from vestibule.webhooks.tally import Tally

_log = structlog.get_logger("vestibule.webhooks")

_WRITE_SECONDS = 0.5
_FAULT_SECONDS = 1.0


class Courier:
    """``name`` is like no other process'. ``slug_of`` gives a tenant's slug, ``wait`` waits for events after a number.

    Endpoints of the kinds in ``manners`` are served.
    """

    def __init__(
        self,
        name: str,
        store: WebhookStore,
        log: FeedStore,
        poster: Poster,
        manners: Mapping[str, Manner],
        slug_of: Callable[[int], Awaitable[str]],
        wait: Callable[[int, int | None, float], Awaitable[bool]],
        *,
        tally: Tally | None = None,
        seconds: Callable[[], float] = time.time,
        chance: Random = random.random,
    ) -> None:
        self.tally = tally or Tally()
        self._name = name
        self._store = store
        self._poster = poster
        self._seconds = seconds
        self._lines = Lines()
        self._reader = Reader(log, self._lines, slug_of, wait, self.tally)
        self._roster = Roster(name, store, self._lines, self.tally, self.write, seconds, tuple(manners))
        self._dispatch = Dispatch(
            self._lines, self._reader, poster, manners, self.tally, self._may_send, seconds, chance
        )
        self._unwritten: list[Settled] = []
        self._writing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        works = (self._roster.go_on, self._reader.go_on, self._dispatch.go_on, self._write_regularly)
        self._tasks = [asyncio.get_running_loop().create_task(self._repeat(work)) for work in works]

    async def stop(self) -> None:
        """End: what is under way gets no more time, what was found out is written, endpoints are free for others."""
        await end(self._tasks)
        await self._dispatch.stop()
        self._tasks = []
        with suppress(Unavailable):
            await self.write()
            await self._store.release(self._name)
        await self._poster.close()

    async def write(self) -> None:
        """Write down what was found out. ``Unavailable``: it is kept for the next time; meanwhile nothing is sent."""
        async with self._writing:
            if not self._unwritten:
                self._unwritten = [
                    settled for line in self._lines.stirred() if (settled := line.take_settled()) is not None
                ]
            if not self._unwritten:
                return
            lost = await self._store.settle(self._name, self._unwritten, as_text(self._seconds()))
            self._unwritten = []
        for id in lost:
            if (line := self._lines.get(id)) is not None:
                _log.warning("another process serves the endpoint now", endpoint=id)
                line.retire(None)
                self._lines.call(line)

    def _may_send(self) -> bool:
        return self._roster.is_alive and (not self._unwritten or self._writing.locked())

    async def _write_regularly(self) -> None:
        await asyncio.sleep(_WRITE_SECONDS)
        await self.write()

    async def _repeat(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Unavailable as fault:
                _log.warning("webhooks wait for the database", reason=fault.detail)
                await asyncio.sleep(_FAULT_SECONDS)
            except Exception:
                _log.exception("a round of the webhooks failed")
                await asyncio.sleep(_FAULT_SECONDS)
