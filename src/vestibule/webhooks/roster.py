"""Which endpoints a courier serves: it says that it lives, claims its share, and hears of what operators change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from vestibule.clock import as_text
from vestibule.webhooks.endpoint import WEBHOOK, State
from vestibule.webhooks.line import Line
from vestibule.webhooks.lines import Lines
from vestibule.webhooks.store import WebhookStore
from vestibule.webhooks.tally import Tally

#: A courier that has not been heard of for so long is dead, and its endpoints are others'.
ALIVE_SECONDS = 10.0
_BEAT_SECONDS = 2.0
_LOOK_SECONDS = 0.5
_BREATH_SECONDS = 0.02
_CLAIM_AT_ONCE = 250


class Roster:
    """``write`` writes down what was found out about all lines; ``kinds`` of endpoints are served."""

    def __init__(
        self,
        name: str,
        store: WebhookStore,
        lines: Lines,
        tally: Tally,
        write: Callable[[], Awaitable[None]],
        seconds: Callable[[], float],
        kinds: Sequence[str] = (WEBHOOK,),
    ) -> None:
        self._kinds = kinds
        self._name = name
        self._store = store
        self._lines = lines
        self._tally = tally
        self._write = write
        self._seconds = seconds
        self._changed = 0
        self._alive_until = 0.0
        self._beats_at = 0.0
        self._claims = True
        #: How many endpoints there are; None where somebody changed one since it was counted.
        self._in_all: int | None = None

    @property
    def is_alive(self) -> bool:
        """Whether others take us for alive: else they may be serving our endpoints."""
        return self._seconds() < self._alive_until

    async def go_on(self) -> None:
        """One look."""
        await self._hear_of_changes()
        now = self._seconds()
        if now >= self._beats_at and (in_all := await self._count()) + len(self._lines):
            living = await self._store.beat(self._name, as_text(now), as_text(now + ALIVE_SECONDS))
            self._alive_until, self._beats_at = now + ALIVE_SECONDS - 1, now + _BEAT_SECONDS
            self._share(-(-in_all // max(1, living)))
        await self._part()
        if self._claims:
            await self._claim()
        self._lines.take_stock(self._tally)
        await asyncio.sleep(_BREATH_SECONDS if self._claims else _LOOK_SECONDS)

    async def _count(self) -> int:
        if self._in_all is None:
            self._in_all = await self._store.count(self._kinds)
        return self._in_all

    def _share(self, fair: int) -> None:
        """A fair share of all endpoints is ours: no fewer, and hardly more."""
        if len(self._lines) > fair + 1:
            for line in list(self._lines)[fair:]:
                line.retire(None)
                self._lines.call(line)
        self._claims = self._claims or len(self._lines) < fair

    async def _hear_of_changes(self) -> None:
        changes = await self._store.changes(self._changed)
        self._changed = changes.upto
        if changes.endpoints:
            self._in_all = None
        for endpoint in changes.endpoints:
            line = self._lines.get(endpoint.id)
            if line is not None and endpoint.changed > line.endpoint.changed:
                line.retire(endpoint)
                self._lines.call(line)
            self._claims = self._claims or (
                line is None and endpoint.state is State.ON and endpoint.kind in self._kinds
            )

    async def _part(self) -> None:
        """Lines on old terms end, once nothing is under way on them; most begin anew on the new terms."""
        parting = [line for line in self._lines.stirred() if line.is_retired and not line.flying]
        if not parting:
            return
        await self._write()
        left = []
        for line in parting:
            self._lines.drop(line)
            endpoint = line.successor
            if endpoint is not None and endpoint.state is State.ON:
                self._lines.serve(Line(await self._store.waiting(endpoint)))
            else:
                left.append(line.endpoint.id)
        if left:
            await self._store.release(self._name, left)

    async def _claim(self) -> None:
        claimed = await self._store.claim(self._name, as_text(self._seconds()), _CLAIM_AT_ONCE, self._kinds)
        self._claims = len(claimed) == _CLAIM_AT_ONCE
        for one in claimed:
            if self._lines.get(one.endpoint.id) is None:
                self._lines.serve(Line(one))
