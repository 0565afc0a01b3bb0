"""``FeedStore`` on PostgreSQL: readers stop where a transaction that is under way may still append."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vestibule.directory.change import AuditEntry
from vestibule.directory.events import Event, plain_fields
from vestibule.feed.store import EventPage, News
from vestibule.stores.postgresql.asking import answered_on
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql import gaps
from vestibule.stores.shared_sql.feed import FORGOTTEN, WINDOW, Committed, events_parameters, events_sql
from vestibule.stores.shared_sql.log_rows import event_of
from vestibule.stores.shared_sql.text import json_text

_NEWS = "SELECT tenant, seq FROM event WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT 2000"
_OLD = (
    "SELECT max(seq), count(*) FROM (SELECT seq, at FROM event ORDER BY seq LIMIT $2) AS front WHERE at < $1"
)
#: What two processes forgot together would be noted twice as missed.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/forget_events', 0))"
_KEEP_IN_MIND = """
INSERT INTO setting (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = greatest(setting.value::bigint, excluded.value::bigint)::text"""
_TELL = """
INSERT INTO event (tenant, at, type, subject_type, subject_id, fields, payload)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_ONCE = "INSERT INTO told_once (tenant, occasion, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"


class PostgresFeed:
    """The log of ``PostgresDirectory`` on its way out."""

    def __init__(self, database: PostgresDatabase, committed: Committed) -> None:
        self._database = database
        self._committed = committed

    async def events(
        self, after: int, *, tenant: int | None = None, types: Sequence[str] = (), limit: int = 1000
    ) -> EventPage:
        """The events after that number, in order."""

        async def look(connection: PostgresConnection) -> EventPage:
            settled = int(await connection.value("SELECT settled_events()"))
            upto = min(settled, after + WINDOW)
            sql = events_sql(lambda at: f"${at}", tenant is not None, len(types))
            rows = await connection.rows(sql, events_parameters(after, upto, limit, tenant, types))
            found = [event_of(row) for row in rows]
            return EventPage(found, found[-1].seq if len(found) == limit else max(upto, after))

        return await self._database.read(look)

    async def last(self) -> int:
        """The number of the last event that no earlier one can join any more."""
        return int(await self._database.value("SELECT settled_events()"))

    async def news(self, after: int) -> News:
        """Whether there is something after that number."""

        async def look(connection: PostgresConnection) -> News:
            settled = await connection.value("SELECT settled_events()")
            rows = await connection.rows(_NEWS, (after, settled))
            return News(rows[-1][1] if rows else after, frozenset(row[0] for row in rows))

        return await self._database.read(look)

    async def forgotten(self) -> int:
        """The number up to which events were forgotten."""
        value = await self._database.value("SELECT value FROM setting WHERE name = $1", (FORGOTTEN,))
        return int(value) if value else 0

    async def forget_events(self, before: str, *, limit: int = 1000) -> int:
        """Forget old events; how many."""

        async def work(connection: PostgresConnection) -> int:
            await connection.rows(_ONE_AT_A_TIME)
            upto, count = (await connection.rows(_OLD, (before, limit)))[0]
            if not count:
                return 0
            await answered_on(connection, gaps.note(upto))
            await connection.change("DELETE FROM event WHERE seq <= $1", (upto,))
            await connection.change(_KEEP_IN_MIND, (FORGOTTEN, str(upto)))
            return int(count)

        return await self._database.write(work)

    async def tell(
        self, tenant: int, event: Event, at: str, *, audit: AuditEntry | None = None, once: str = ""
    ) -> bool:
        """Append an event that follows from no request."""

        async def work(connection: PostgresConnection) -> bool:
            if once and not await connection.change(_ONCE, (tenant, once, at)):
                return False
            fields, payload = json_text(plain_fields(event)), json_text(event.payload)
            row = (tenant, at, event.type, event.subject_type, event.subject_id, fields, payload)
            await connection.change(_TELL, row)
            if audit is not None:
                await write_audit(connection, tenant, audit, at)
            return True

        told = await self._database.write(work)
        if told:
            self._committed.ring()
        return told

    def on_commit(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` whenever this process has committed events."""
        self._committed.ring = ring
