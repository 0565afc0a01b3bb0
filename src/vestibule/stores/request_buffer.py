"""The buffered half of the request log: reads and refusals, written within a second."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from vestibule.directory.store import Recorded
from vestibule.scim.errors import Unavailable
from vestibule.stores.shared_sql.request_batch import Batch, Brief, batches, brief, is_brief

T = TypeVar("T")

#: Each flush is a commit, after which SQLite reads its pages anew: the less often, the cheaper a lookup.
_FLUSH_SECONDS = 0.8
#: Rows of their own are flushed at once when so many wait; beyond so many requests the oldest are dropped.
_FULL = 500
_MOST = 20_000
#: So many requests that share a row are packed, to a tenth of their size, before they are flushed.
_IN_ROW = 500
#: Requests that nobody was let in with are one ring of so many, cut after every so many.
RING = 10_000
_CUT_AFTER = 500

#: Rows, requests that share rows, and whether the ring is to be cut, in one transaction.
Write = Callable[[Sequence[Recorded], Sequence[Batch], bool], Awaitable[None]]


class RequestBuffer:
    """Gathers rows on the loop, and has ``write`` keep them."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: deque[Recorded] = deque(maxlen=_MOST)
        self._briefs: list[Brief] = []
        self._packed: deque[Batch] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._strangers = 0

    def add(self, row: Recorded) -> None:
        """Keep a row for the next flush."""
        if is_brief(row):
            self._briefs.append(brief(row))
            if len(self._briefs) >= _IN_ROW:
                self._pack()
        else:
            self._waiting.append(row)
            if len(self._waiting) >= _FULL:
                self._start_flush()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._start_flush)

    async def flush(self) -> None:
        """Have everything buffered written; where the database cannot now, it is kept for later."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._pack()
        rows, packed = list(self._waiting), list(self._packed)
        self._waiting.clear()
        self._packed.clear()
        if not rows and not packed:
            return
        self._strangers += sum(row.tenant is None for row in rows)
        cuts = self._strangers >= _CUT_AFTER
        try:
            await self._write(rows, packed, cuts)
        except Unavailable:
            self._waiting.extendleft(_latest(rows, _MOST - len(self._waiting)))
            self._packed.extendleft(reversed(packed))
            self._drop_oldest()
        else:
            self._strangers = 0 if cuts else self._strangers

    async def stop(self) -> None:
        """Flush for the last time."""
        if self._flushing is not None:
            await self._flushing
        await self.flush()

    def _pack(self) -> None:
        briefs, self._briefs = self._briefs, []
        self._packed.extend(batches(briefs))
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        waiting = sum(batch.many for batch in self._packed)
        while waiting > _MOST:
            waiting -= self._packed.popleft().many

    def _start_flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self.flush())


def _latest(rows: Sequence[T], most: int) -> Iterator[T]:
    """The last ``most``, from the last to the first."""
    return islice(reversed(rows), max(0, most))
