"""The lines that one courier serves: by id, by whose events they get, and whose turn it is."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Iterator
from itertools import count

from vestibule.webhooks.endpoint import INSTALLATION
from vestibule.webhooks.line import Line
from vestibule.webhooks.tally import Tally


class Lines:
    """A line stands in the queue once at most.

    Whoever was called is *stirred* until it is found at rest: what looks at all lines again and again looks at
    those, so that ten thousand endpoints at rest cost nothing.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Line] = {}
        self._of_tenant: dict[int, dict[str, Line]] = {}
        self._queue: deque[Line] = deque()
        self._queued: set[str] = set()
        self._stirred: dict[str, Line] = {}
        self._timers: list[tuple[float, int, str]] = []
        self._numbers = count()
        #: Set when somebody has a turn.
        self.called = asyncio.Event()

    def __iter__(self) -> Iterator[Line]:
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, id: str) -> Line | None:
        """The line of that endpoint, None where another courier serves it."""
        return self._by_id.get(id)

    def serves(self, line: Line) -> bool:
        """Whether that very line is still served."""
        return self._by_id.get(line.endpoint.id) is line

    def that_get(self, tenant: int) -> Iterator[Line]:
        """The lines of that tenant, and the installation's."""
        yield from list(self._of_tenant.get(INSTALLATION, {}).values())
        if tenant != INSTALLATION:
            yield from list(self._of_tenant.get(tenant, {}).values())

    def serve(self, line: Line) -> None:
        """From now on."""
        self._by_id[line.endpoint.id] = line
        self._of_tenant.setdefault(line.endpoint.tenant, {})[line.endpoint.id] = line
        self.call(line)

    def drop(self, line: Line) -> None:
        """No more."""
        self._by_id.pop(line.endpoint.id, None)
        self._stirred.pop(line.endpoint.id, None)
        of_tenant = self._of_tenant.get(line.endpoint.tenant, {})
        of_tenant.pop(line.endpoint.id, None)
        if not of_tenant:
            self._of_tenant.pop(line.endpoint.tenant, None)

    def call(self, line: Line) -> None:
        """It has something to do."""
        self._stirred[line.endpoint.id] = line
        if line.endpoint.id not in self._queued:
            self._queued.add(line.endpoint.id)
            self._queue.append(line)
            self.called.set()

    def call_at(self, line: Line, moment: float) -> None:
        """It will have."""
        heapq.heappush(self._timers, (moment, next(self._numbers), line.endpoint.id))

    def called_up(self, now: float) -> Iterator[Line]:
        """Everybody whose turn it is at this moment, once each."""
        while self._timers and self._timers[0][0] <= now:
            _, _, id = heapq.heappop(self._timers)
            if (line := self._by_id.get(id)) is not None:
                self.call(line)
        for _ in range(len(self._queue)):
            line = self._queue.popleft()
            self._queued.discard(line.endpoint.id)
            if self.serves(line):
                yield line

    def next_timer(self) -> float | None:
        """When somebody's time comes."""
        return self._timers[0][0] if self._timers else None

    def stirred(self) -> list[Line]:
        """Everybody of whom there may be something to say."""
        return list(self._stirred.values())

    @property
    def has_queue(self) -> bool:
        """Whether somebody waits for a turn."""
        return bool(self._queue)

    def take_stock(self, tally: Tally) -> None:
        """Count; those at rest are stirred no more."""
        lines = self.stirred()
        tally.endpoints = len(self._by_id)
        tally.failing = sum(line.is_open for line in lines)
        tally.flying = sum(line.flying for line in lines)
        tally.queued = sum(line.pending for line in lines)
        tally.held = sum(line.held_back for line in lines)
        for line in lines:
            if line.is_at_rest and line.endpoint.id not in self._queued:
                del self._stirred[line.endpoint.id]
