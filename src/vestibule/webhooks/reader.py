"""Reads the log for a courier's lines: once for all who are at its end, and by each who is behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from vestibule.directory.story import LoggedEvent
from vestibule.feed.errors import UnknownEventType
from vestibule.feed.event_document import types_named
from vestibule.feed.store import EventPage, FeedStore
from vestibule.webhooks.held_back import Due
from vestibule.webhooks.line import Line
from vestibule.webhooks.lines import Lines
from vestibule.webhooks.message import Letter, letter_of
from vestibule.webhooks.tally import Tally
from vestibule.webhooks.track import Track

_PAGE = 500
_LOOK_SECONDS = 1.0
_BREATH_SECONDS = 0.005
#: Letters in memory for all endpoints together; more stay in the log.
_MOST_PENDING = 20_000
#: A place in the log that moved so far without anything sent is written down.
_WORTH_WRITING = 10_000


class Reader:
    """``slug_of`` gives a tenant's slug; ``wait`` waits for events after a number."""

    def __init__(
        self,
        log: FeedStore,
        lines: Lines,
        slug_of: Callable[[int], Awaitable[str]],
        wait: Callable[[int, int | None, float], Awaitable[bool]],
        tally: Tally,
    ) -> None:
        self._log = log
        self._lines = lines
        self._slug_of = slug_of
        self._wait = wait
        self._tally = tally
        #: Handed out up to here to all who are not behind.
        self._head: int | None = None

    async def go_on(self) -> None:
        """Hand out what has come, or wait for it."""
        if not self._lines:
            self._head = None
            await asyncio.sleep(_LOOK_SECONDS)
            return
        head = await self._begun()
        page = await self._log.events(head, limit=_PAGE)
        for event in page.events:
            await self._hand_out(event)
        advanced = page.last > head
        self._head = max(head, page.last)
        if not advanced:
            await self._wait(self._head, None, _LOOK_SECONDS)
        else:
            await asyncio.sleep(0 if len(page.events) == _PAGE else _BREATH_SECONDS)

    async def catch_up(self, line: Line) -> None:
        """Read on for one line: the ranges it gets once more, then its own way."""
        line.is_reading = True
        try:
            for track in line.resends:
                if room := min(_PAGE, line.room()):
                    await self._read_on(line, track, room)
            if line.behind and (room := min(_PAGE, line.room())):
                await self._read_on(line, line.own, room)
                line.behind = line.own.position < await self._begun()
                if line.own.position - line.written_cursor > _WORTH_WRITING:
                    line.must_be_written()
        finally:
            line.is_reading = False

    async def letter(self, due: Due) -> Letter | None:
        """The letter that was held back; None where its event is not in the log any more."""
        page = await self._log.events(due.event - 1, tenant=due.tenant, limit=1)
        if not page.events or page.events[0].seq != due.event:
            return None
        return await self._letter(page.events[0])

    async def _begun(self) -> int:
        """How far was handed out; the end of the log, where nothing was yet."""
        if self._head is None:
            last = await self._log.last()
            # Whoever asks first decides: somebody may count as having caught up by now.
            if self._head is None:
                self._head = last
        return self._head

    async def _hand_out(self, event: LoggedEvent) -> None:
        letter = None
        # Before anything is awaited: whoever catches up meanwhile has caught up with this one too, or has not.
        self._head = event.seq
        for line in self._lines.that_get(event.tenant):
            if line.behind or line.is_retired or event.seq <= line.own.position:
                continue
            if not line.endpoint.wants(event.type, event.subject_id):
                continue
            if line.is_open or not line.room() or self._tally.queued > _MOST_PENDING:
                line.behind = True
            else:
                if letter is None:
                    letter = await self._letter(event)
                    if line.behind or event.seq <= line.own.position:
                        continue
                line.take(letter)
            self._lines.call(line)

    async def _read_on(self, line: Line, track: Track, room: int) -> None:
        page = await self._page(line, track.position, room)
        for event in page.events:
            is_within = track.until is None or event.seq <= track.until
            if is_within and line.endpoint.wants(event.type, event.subject_id):
                line.take(await self._letter(event), track)
        through = page.last <= track.position and not page.events
        line.moved(track.until if through and track.until is not None else page.last, track)

    async def _page(self, line: Line, after: int, limit: int) -> EventPage:
        try:
            types = types_named(line.endpoint.types_read)
        except UnknownEventType:
            types = ()  # saved by another version; wants() tells
        return await self._log.events(after, tenant=line.endpoint.tenant or None, types=types, limit=limit)

    async def _letter(self, event: LoggedEvent) -> Letter:
        return letter_of(event, await self._slug_of(event.tenant))
