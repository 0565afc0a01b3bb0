"""``DirectoryLog`` on PostgreSQL.

Events and audit entries are read up to where nothing can appear any more that a reader would
have passed (migration 0003): no reader ever skips one.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from vestibule.directory.store import Recorded
from vestibule.directory.story import LoggedAudit, LoggedEvent, Review, Story, ToleranceCount
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.request_batch import find_brief, newest_briefs, trim_briefs
from vestibule.stores.postgresql.request_log import RequestLog
from vestibule.stores.shared_sql.log_rows import (
    ANSWER,
    AUDIT,
    EVENT,
    REQUEST,
    REVIEW,
    answer_of,
    audit_of,
    event_of,
    request_of,
    review_of,
)

_AFTER_ALL_IDS = "\uffff"
_OF_SUBJECT = " WHERE tenant = $1 AND subject_id = $2 AND subject_id <> '' ORDER BY seq DESC LIMIT $3"
_OF_PERSON = " WHERE tenant = $1 AND person = $2 ORDER BY seq DESC LIMIT $3"
_TOLERANCES = """
SELECT t.name, sum(t.count)::bigint, max(t.last_at) FROM connection c
JOIN tolerance_day t ON t.tenant = c.tenant AND t.connection = c.id
WHERE c.id = $1 AND t.day >= $2 GROUP BY t.name ORDER BY t.name"""
_TENANTS = "(SELECT id FROM tenant UNION ALL SELECT 0) t"
#: Old rows stand at the front of each tenant's, so only the front is looked at.
_TRIM_OLD = f"""
DELETE FROM request_log WHERE (tenant, seq) IN (
    SELECT o.tenant, o.seq FROM {_TENANTS} CROSS JOIN LATERAL (
        SELECT tenant, seq, at FROM request_log WHERE tenant = t.id ORDER BY seq LIMIT $2
    ) o
    WHERE (SELECT at FROM request_log WHERE tenant = t.id ORDER BY seq LIMIT 1) < $1 AND o.at < $1 LIMIT $2
)"""
_TRIM_SURPLUS = f"""
DELETE FROM request_log WHERE (tenant, seq) IN (
    SELECT o.tenant, o.seq FROM {_TENANTS} CROSS JOIN LATERAL (
        SELECT seq AS upto FROM request_log WHERE tenant = t.id ORDER BY seq DESC LIMIT 1 OFFSET $1
    ) e CROSS JOIN LATERAL (
        SELECT tenant, seq FROM request_log WHERE tenant = t.id AND seq <= e.upto ORDER BY seq LIMIT $2
    ) o
    LIMIT $2
)"""


class PostgresDirectoryLog:
    """Reads what ``PostgresDirectory`` and ``RequestLog`` have written."""

    def __init__(self, database: PostgresDatabase, requests: RequestLog) -> None:
        self._database = database
        self._requests = requests

    async def request(self, id: str) -> Recorded | None:
        """The request of that id, or None."""
        await self._requests.flush()

        async def look(connection: PostgresConnection) -> Recorded | None:
            row = await connection.row(f"{REQUEST} WHERE id = $1", (id,))
            return request_of(row) if row else await find_brief(connection, id)

        return await self._database.read(look)

    async def requests(
        self, tenant: int | None, *, limit: int = 100, before: str | None = None, failed: bool = False
    ) -> Sequence[Recorded]:
        """A tenant's requests, newest first."""
        await self._requests.flush()

        async def look(connection: PostgresConnection) -> list[Recorded]:
            rows = await connection.rows(
                f"{REQUEST} WHERE tenant = $1 AND id < $2 AND status >= $3 ORDER BY id DESC LIMIT $4",
                (tenant or 0, before or _AFTER_ALL_IDS, 400 if failed else 0, limit),
            )
            found = [request_of(row) for row in rows]
            if tenant is not None and not failed:
                found += await newest_briefs(connection, tenant, limit, before)
                found.sort(key=attrgetter("id"), reverse=True)
            return found[:limit]

        return await self._database.read(look)

    async def story_of(self, tenant: int, subject_id: str, *, limit: int = 1000) -> Story:
        """What concerns that resource."""
        await self._requests.flush()

        async def look(connection: PostgresConnection) -> Story:
            of_it = (tenant, subject_id, limit)
            requests = (await connection.rows(REQUEST + _OF_SUBJECT, of_it))[::-1]
            events = (await connection.rows(EVENT + _OF_SUBJECT, of_it))[::-1]
            audit = (await connection.rows(AUDIT + _OF_SUBJECT, of_it))[::-1]
            answers = (await connection.rows(ANSWER + _OF_PERSON, of_it))[::-1]
            return Story(
                list(map(request_of, requests)),
                list(map(event_of, events)),
                list(map(audit_of, audit)),
                list(map(answer_of, answers)),
            )

        return await self._database.snapshot(look)

    async def events(
        self, after: int = 0, limit: int = 1000, *, tenant: int | None = None
    ) -> Sequence[LoggedEvent]:
        """The events after that ``seq``, in order."""
        of = "" if tenant is None else " AND tenant = $4"

        async def look(connection: PostgresConnection) -> list[LoggedEvent]:
            settled = await connection.value("SELECT settled_events()")
            parameters = (after, settled, limit) if tenant is None else (after, settled, limit, tenant)
            rows = await connection.rows(
                f"{EVENT} WHERE seq > $1 AND seq <= $2{of} ORDER BY seq LIMIT $3", parameters
            )
            return [event_of(row) for row in rows]

        return await self._database.read(look)

    async def audit(self, tenant: int | None, *, after: int = 0, limit: int = 1000) -> Sequence[LoggedAudit]:
        """Audit entries after that ``seq``, in order."""

        async def look(connection: PostgresConnection) -> list[LoggedAudit]:
            settled = await connection.value("SELECT settled_audit()")
            rows = await connection.rows(
                f"{AUDIT} WHERE tenant = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4",
                (tenant or 0, after, settled, limit),
            )
            return [audit_of(row) for row in rows]

        return await self._database.read(look)

    async def reviews(self, tenant: int, *, closed: bool = False) -> Sequence[Review]:
        """The open review entries; with ``closed``, all."""
        which = "" if closed else " AND outcome = 'open'"
        rows = await self._database.rows(f"{REVIEW} WHERE tenant = $1{which} ORDER BY seq", (tenant,))
        return [review_of(row) for row in rows]

    async def tolerances(self, connection: int, since: str = "") -> Sequence[ToleranceCount]:
        """What that connection's identity provider needed, by name."""
        await self._requests.flush()
        return [ToleranceCount(*row) for row in await self._database.rows(_TOLERANCES, (connection, since))]

    async def trim_tolerances(self, before: str) -> int:
        """Forget what was counted on earlier days."""
        return await self._database.change("DELETE FROM tolerance_day WHERE day < $1", (before,))

    async def trim_requests(self, before: str, *, keep: int | None = None, limit: int = 1000) -> int:
        """Forget old requests, and surplus ones; how many."""

        async def work(connection: PostgresConnection) -> int:
            # Finding the surplus of many tenants may take longer than a request may.
            await connection.script("SET LOCAL statement_timeout = 0")
            gone = await connection.change(_TRIM_OLD, (before, limit))
            gone += await trim_briefs(connection, before, keep, limit)
            if keep is not None:
                gone += await connection.change(_TRIM_SURPLUS, (keep, max(0, limit - gone)))
            return gone

        return await self._database.write(work)
