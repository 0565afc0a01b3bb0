"""The feed: events after a place in the log, and where to go on; by looking, or by waiting for the next."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from vestibule.directory.story import LoggedEvent
from vestibule.feed.bell import Bell
from vestibule.feed.cursor import FeedCursors
from vestibule.feed.errors import EventsForgotten
from vestibule.feed.store import EventPage, FeedStore

#: Instead of a cursor: from the oldest event that is kept, and from now on.
OLDEST, NOW = "oldest", "now"
#: So many events go out together at most.
MOST = 1000


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Events in order, the place after them, and its cursor."""

    events: Sequence[LoggedEvent]
    last: int
    cursor: str
    #: There may be more right now.
    more: bool


class Feed:
    """One for each process. ``tenant`` None reads all tenants; ``types`` () all types."""

    def __init__(self, store: FeedStore, cursors: FeedCursors, bell: Bell, days: int) -> None:
        self._store = store
        self._cursors = cursors
        self._bell = bell
        self._days = days

    @property
    def stopped(self) -> bool:
        """The server stops: nothing comes any more."""
        return self._bell.stopped

    async def place(self, after: str, tenant: int | None) -> int:
        """The number of the event that a cursor, ``oldest`` or ``now`` stands after. ``ForeignCursor``."""
        if after == NOW:
            return await self._store.last()
        if after in ("", OLDEST):
            return await self._store.forgotten()
        await self._cursors.ready()
        return self._cursors.open(after, tenant)

    async def cursor(self, place: int, tenant: int | None) -> str:
        """The cursor of the place after that number."""
        await self._cursors.ready()
        return self._cursors.seal(place, tenant)

    async def page(
        self,
        after: str,
        tenant: int | None = None,
        types: Sequence[str] = (),
        *,
        limit: int = MOST,
        wait: float = 0.0,
    ) -> FeedPage:
        """The events after a cursor, ``oldest`` or ``now``. Where there are none, it waits for the first so many seconds.

        ``ForeignCursor``, ``EventsForgotten``.
        """
        found = await self._found(await self.place(after, tenant), tenant, types, limit, wait)
        cursor = await self.cursor(found.last, tenant)
        return FeedPage(found.events, found.last, cursor, len(found.events) == limit)

    async def pages(
        self, place: int, tenant: int | None = None, types: Sequence[str] = (), *, idle: float = 15.0
    ) -> AsyncIterator[EventPage]:
        """All events after a place as they come, for ever; an empty page after so many seconds without one.

        It ends when the server stops. ``EventsForgotten`` where the reader is slower than forgetting.
        """
        while not self.stopped:
            found = await self._found(place, tenant, types, MOST, idle)
            place = found.last
            yield found

    async def _found(
        self, after: int, tenant: int | None, types: Sequence[str], limit: int, wait: float
    ) -> EventPage:
        ends = time.monotonic() + wait
        while True:
            page = await self._store.events(after, tenant=tenant, types=types, limit=limit)
            # Asked after the look: what is forgotten in between is not passed over.
            if after < (forgotten := await self._store.forgotten()):
                raise EventsForgotten(await self._oldest(forgotten), self._days)
            if page.events:
                return page
            if page.last > after:
                after = page.last
            elif not await self._bell.wait(after, tenant, ends - time.monotonic()):
                return page

    async def _oldest(self, forgotten: int) -> str:
        page = await self._store.events(forgotten, limit=1)
        return f"of {page.events[0].at}" if page.events else "yet to come"
