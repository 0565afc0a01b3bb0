"""``FeedStore`` on SQLite: what is new is read on the loop while it is little, all else in a reader thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vestibule.directory.change import AuditEntry
from vestibule.directory.events import Event, plain_fields
from vestibule.feed.store import EventPage, News
from vestibule.stores.shared_sql import gaps
from vestibule.stores.shared_sql.feed import FORGOTTEN, WINDOW, Committed, events_parameters, events_sql
from vestibule.stores.shared_sql.log_rows import event_of
from vestibule.stores.sqlite.asking import answered_on
from vestibule.stores.sqlite.audit import write_audit
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.text import json_text

#: So many events cost less to read than it costs to have a reader thread read them.
_FEW = 50
_LAST = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0)"
#: Of a burst only so many are looked at: their tenants are as good a guess, and the next look goes on.
_NEWS = "SELECT tenant, seq FROM event WHERE seq > ? ORDER BY seq LIMIT 2000"
_GONE = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE name = ?), 0)"
#: Old events stand at the front, so only the front is looked at.
_OLD = "SELECT max(seq), count(*) FROM (SELECT seq, at FROM event ORDER BY seq LIMIT ?2) WHERE at < ?1"
_TELL = """
INSERT INTO event (tenant, at, type, subject_type, subject_id, fields, payload) VALUES (?, ?, ?, ?, ?, ?, ?)"""


class SqliteFeed:
    """The log of ``SqliteDirectory`` on its way out."""

    def __init__(self, database: SqliteDatabase, committed: Committed) -> None:
        self._database = database
        self._committed = committed

    async def events(
        self, after: int, *, tenant: int | None = None, types: Sequence[str] = (), limit: int = 1000
    ) -> EventPage:
        """The events after that number, in order."""

        def look(connection: SqliteConnection) -> EventPage:
            last = int(connection.value(_LAST))
            upto = min(last, after + WINDOW)
            sql = events_sql(lambda at: f"?{at}", tenant is not None, len(types))
            rows = connection.rows(sql, events_parameters(after, upto, limit, tenant, types))
            found = [event_of(row) for row in rows]
            return EventPage(found, found[-1].seq if len(found) == limit else max(upto, after))

        # Who follows the log waits at its end, and reads what came as it comes.
        if await self.last() - after <= _FEW:
            return look(self._database.reading)
        return await self._database.scan(look)

    async def last(self) -> int:
        """The number of the last event."""
        return int(self._database.read(_LAST)[0][0])

    async def news(self, after: int) -> News:
        """Whether there is something after that number."""
        rows = self._database.read(_NEWS, (after,))
        return News(rows[-1][1] if rows else after, frozenset(row[0] for row in rows))

    async def forgotten(self) -> int:
        """The number up to which events were forgotten."""
        row = self._database.read_row(_GONE, (FORGOTTEN,))
        return int(row[0]) if row else 0

    async def forget_events(self, before: str, *, limit: int = 1000) -> int:
        """Forget old events; how many."""

        def work(connection: SqliteConnection) -> int:
            upto, count = connection.rows(_OLD, (before, limit))[0]
            if not count:
                return 0
            answered_on(connection, gaps.note(upto))
            connection.change("DELETE FROM event WHERE seq <= ?", (upto,))
            connection.change(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                (FORGOTTEN, str(upto)),
            )
            return int(count)

        return await self._database.write(work, is_long=True)

    async def tell(
        self, tenant: int, event: Event, at: str, *, audit: AuditEntry | None = None, once: str = ""
    ) -> bool:
        """Append an event that follows from no request."""

        def work(connection: SqliteConnection) -> bool:
            if once and not connection.change(
                "INSERT OR IGNORE INTO told_once (tenant, occasion, at) VALUES (?, ?, ?)", (tenant, once, at)
            ):
                return False
            fields, payload = json_text(plain_fields(event)), json_text(event.payload)
            row = (tenant, at, event.type, event.subject_type, event.subject_id, fields, payload)
            connection.change(_TELL, row)
            if audit is not None:
                write_audit(connection, tenant, audit, at)
            return True

        told = await self._database.write(work)
        if told:
            self._committed.ring()
        return told

    def on_commit(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` whenever this process has committed events."""
        self._committed.ring = ring
