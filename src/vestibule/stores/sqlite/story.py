"""``DirectoryLog`` on SQLite: everything is read in a reader thread."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from vestibule.directory.store import Recorded
from vestibule.directory.story import LoggedAudit, LoggedEvent, Review, Story, ToleranceCount
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
from vestibule.stores.sqlite.connection import Parameters, Row, SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.request_batch import find_brief, newest_briefs, trim_briefs
from vestibule.stores.sqlite.request_log import RequestLog

_AFTER_ALL_IDS = "\uffff"
#: That it is not empty lets the partial index of requests be used.
_OF_SUBJECT = " WHERE tenant = ? AND subject_id = ? AND subject_id <> '' ORDER BY seq DESC LIMIT ?"
_OF_PERSON = " WHERE tenant = ? AND person = ? ORDER BY seq DESC LIMIT ?"
#: Old rows stand at the front, so only the front is looked at.
_TRIM_OLD = """
DELETE FROM request_log WHERE seq IN (
    SELECT seq FROM (SELECT seq, at FROM request_log ORDER BY seq LIMIT ?2) WHERE at < ?1
)"""
_TRIM_SURPLUS = """
DELETE FROM request_log WHERE seq IN (
    SELECT seq FROM request_log WHERE tenant IS ?1 AND seq <= (
        SELECT seq FROM request_log WHERE tenant IS ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2
    ) ORDER BY seq LIMIT ?3
)"""


class SqliteDirectoryLog:
    """Reads what ``SqliteDirectory`` and ``RequestLog`` have written."""

    def __init__(self, database: SqliteDatabase, requests: RequestLog) -> None:
        self._database = database
        self._requests = requests

    async def request(self, id: str) -> Recorded | None:
        """The request of that id, or None."""
        await self._requests.flush()

        def look(connection: SqliteConnection) -> Recorded | None:
            row = connection.row(f"{REQUEST} WHERE id = ?", (id,))
            return request_of(row) if row else find_brief(connection, id)

        return await self._database.scan(look)

    async def requests(
        self, tenant: int | None, *, limit: int = 100, before: str | None = None, failed: bool = False
    ) -> Sequence[Recorded]:
        """A tenant's requests, newest first."""
        await self._requests.flush()

        def look(connection: SqliteConnection) -> list[Recorded]:
            rows = connection.rows(
                f"{REQUEST} WHERE tenant IS ?1 AND id < ?2 AND status >= ?3 ORDER BY id DESC LIMIT ?4",
                (tenant, before or _AFTER_ALL_IDS, 400 if failed else 0, limit),
            )
            found = [request_of(row) for row in rows]
            if tenant is not None and not failed:
                found += newest_briefs(connection, tenant, limit, before)
                found.sort(key=attrgetter("id"), reverse=True)
            return found[:limit]

        return await self._database.scan(look)

    async def story_of(self, tenant: int, subject_id: str, *, limit: int = 1000) -> Story:
        """What concerns that resource."""
        await self._requests.flush()

        def look(connection: SqliteConnection) -> Story:
            found = [
                connection.rows(select + _OF_SUBJECT, (tenant, subject_id, limit))[::-1]
                for select in (REQUEST, EVENT, AUDIT)
            ]
            answers = connection.rows(ANSWER + _OF_PERSON, (tenant, subject_id, limit))[::-1]
            return Story(
                list(map(request_of, found[0])),
                list(map(event_of, found[1])),
                list(map(audit_of, found[2])),
                list(map(answer_of, answers)),
            )

        return await self._database.scan(look)

    async def events(
        self, after: int = 0, limit: int = 1000, *, tenant: int | None = None
    ) -> Sequence[LoggedEvent]:
        """The events after that ``seq``, in order."""
        of = "" if tenant is None else " AND tenant = ?3"
        parameters = (after, limit) if tenant is None else (after, limit, tenant)
        rows = await self._rows(f"{EVENT} WHERE seq > ?1{of} ORDER BY seq LIMIT ?2", parameters)
        return [event_of(row) for row in rows]

    async def audit(self, tenant: int | None, *, after: int = 0, limit: int = 1000) -> Sequence[LoggedAudit]:
        """Audit entries after that ``seq``, in order."""
        rows = await self._rows(
            f"{AUDIT} WHERE tenant IS ? AND seq > ? ORDER BY seq LIMIT ?", (tenant, after, limit)
        )
        return [audit_of(row) for row in rows]

    async def reviews(self, tenant: int, *, closed: bool = False) -> Sequence[Review]:
        """The open review entries; with ``closed``, all."""
        which = "" if closed else " AND outcome = 'open'"
        return [
            review_of(row)
            for row in await self._rows(f"{REVIEW} WHERE tenant = ?{which} ORDER BY seq", (tenant,))
        ]

    async def tolerances(self, connection: int, since: str = "") -> Sequence[ToleranceCount]:
        """What that connection's identity provider needed, by name."""
        await self._requests.flush()
        rows = await self._rows(
            "SELECT t.name, sum(t.count), max(t.last_at) FROM connection c "
            "JOIN tolerance_day t ON t.tenant = c.tenant AND t.connection = c.id "
            "WHERE c.id = ? AND t.day >= ? GROUP BY t.name ORDER BY t.name",
            (connection, since),
        )
        return [ToleranceCount(*row) for row in rows]

    async def trim_tolerances(self, before: str) -> int:
        """Forget what was counted on earlier days."""
        return await self._database.write(
            lambda connection: connection.change("DELETE FROM tolerance_day WHERE day < ?", (before,)),
            is_long=True,
        )

    async def trim_requests(self, before: str, *, keep: int | None = None, limit: int = 1000) -> int:
        """Forget old requests, and surplus ones; how many."""

        def work(connection: SqliteConnection) -> int:
            gone = connection.change(_TRIM_OLD, (before, limit)) + trim_briefs(
                connection, before, keep, limit
            )
            if keep is not None:
                for (tenant,) in connection.rows("SELECT DISTINCT tenant FROM request_log"):
                    gone += connection.change(_TRIM_SURPLUS, (tenant, keep, limit - min(gone, limit)))
            return gone

        return await self._database.write(work, is_long=True)

    async def _rows(self, sql: str, parameters: Parameters) -> list[Row]:
        return await self._database.scan(lambda connection: connection.rows(sql, parameters))
