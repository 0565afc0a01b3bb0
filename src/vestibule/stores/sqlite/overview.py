"""``DirectoryOverview`` on SQLite: everything is read in a reader thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from vestibule.directory.overview import Hour, Numbers, Pending, Picked
from vestibule.directory.resource import Resource, State
from vestibule.directory.store import Recorded
from vestibule.directory.story import LoggedAudit
from vestibule.stores.shared_sql.log_rows import AUDIT, REQUEST, audit_of, request_of
from vestibule.stores.shared_sql.overview_rows import counted_hours, fits, hour_bounds
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.request_batch import newest_briefs
from vestibule.stores.sqlite.request_log import RequestLog
from vestibule.stores.sqlite.rows import RESOURCE, resource_of

_NUMBERS = """
SELECT
    (SELECT ifnull(sum(managed), 0) FROM counter WHERE tenant = ?1 AND type = 'User'),
    (SELECT count(*) FROM resource WHERE tenant = ?1 AND type = 'User' AND state = 'managed' AND active = 0),
    (SELECT count(*) FROM resource WHERE tenant = ?1 AND type = 'User' AND state = 'managed' AND access = 'held'),
    (SELECT count(*) FROM resource WHERE tenant = ?1 AND state = 'unclaimed'),
    (SELECT count(*) FROM resource WHERE tenant = ?1 AND state = 'tombstone' AND user_name IS NOT NULL),
    (SELECT ifnull(sum(managed), 0) FROM counter WHERE tenant = ?1 AND type = 'Group')"""
_HOUR = """
SELECT
    (SELECT count(*) FROM request_log WHERE tenant = ?1 AND id >= ?2 AND id < ?3),
    (SELECT ifnull(sum(count), 0) FROM request_batch WHERE tenant = ?1 AND last_id >= ?2 AND last_id < ?3),
    (SELECT count(*) FROM request_log WHERE tenant = ?1 AND id >= ?2 AND id < ?3 AND status >= 400)"""
_PENDING = """
SELECT r.id, json_extract(r.label, '$'), p.value, p.connection, p.since
FROM pending_member p JOIN resource r ON r.seq = p.grp
WHERE p.tenant = ?1 ORDER BY p.since, p.value LIMIT ?2"""
_ROLES = """
SELECT ifnull(role, ''), count(*) FROM resource
WHERE tenant = ?1 AND type = 'User' AND state = 'managed' GROUP BY role"""
#: Literals, as an index of those who are inactive alone is used for nothing else. They are few.
_PEOPLE = {
    active: f"""
SELECT {RESOURCE} FROM resource r {index}
WHERE r.tenant = ?1 AND r.state = ?3 AND r.type = 'User' AND r.id > ?4 {condition} ORDER BY r.id LIMIT ?5"""
    for active, index, condition in (
        (None, "", ""),
        (True, "", "AND r.active = 1"),
        (False, "INDEXED BY resource_inactive", "AND r.state = 'managed' AND r.active = 0"),
    )
}
_AFTER_ALL_IDS = "\uffff"
_AFTER_ALL = (1 << 63) - 1


class SqliteOverview:
    """Reads what ``SqliteDirectory`` and ``RequestLog`` have written."""

    def __init__(self, database: SqliteDatabase, requests: RequestLog) -> None:
        self._database = database
        self._requests = requests

    async def numbers(self, tenant: int) -> Numbers:
        """Counted now."""

        def look(connection: SqliteConnection) -> Numbers:
            managed, inactive, held, unclaimed, deleted, teams = connection.rows(_NUMBERS, (tenant,))[0]
            return Numbers(managed - inactive, inactive, held, unclaimed, deleted, teams)

        return await self._database.scan(look)

    async def traffic(self, tenant: int, hours: Sequence[str]) -> Sequence[Hour]:
        """The requests of each hour."""
        await self._requests.flush()

        def look(connection: SqliteConnection) -> list[Hour]:
            counts = [
                connection.rows(_HOUR, (tenant, first, last))[0] for first, last, _, _ in hour_bounds(hours)
            ]
            return counted_hours(hours, counts)

        return await self._database.scan(look)

    async def requests(self, tenant: int | None, picked: Picked) -> Sequence[Recorded]:
        """A tenant's requests that fit, newest first."""
        await self._requests.flush()
        conditions = ["tenant IS ?1", "id < ?2", "id >= ?3"]
        if picked.failed:
            conditions.append("status >= 400")
        if picked.writes:
            conditions.append("method <> 'GET'")
        if picked.subject_id:
            conditions.append("subject_id = ?5 AND subject_id <> ''")
        sql = f"{REQUEST} WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?4"
        parameters = (tenant, picked.before or _AFTER_ALL_IDS, picked.since or "", picked.limit)
        if picked.subject_id:
            parameters = (*parameters, picked.subject_id)  # type: ignore[assignment]

        def look(connection: SqliteConnection) -> list[Recorded]:
            found = [request_of(row) for row in connection.rows(sql, parameters)]
            if tenant is not None and not (picked.failed or picked.writes or picked.subject_id):
                briefs = newest_briefs(connection, tenant, picked.limit, picked.before)
                found += [brief for brief in briefs if fits(picked, brief)]
                found.sort(key=attrgetter("id"), reverse=True)
            return found[: picked.limit]

        return await self._database.scan(look)

    async def last_event_at(self, tenant: int) -> str | None:
        """When something changed last."""
        row = self._database.read_row(
            "SELECT at FROM event WHERE tenant = ? ORDER BY seq DESC LIMIT 1", (tenant,)
        )
        return row[0] if row else None

    async def pending(self, tenant: int, limit: int = 200) -> Sequence[Pending]:
        """Unresolved members of all groups, the oldest first."""

        def look(connection: SqliteConnection) -> list[Pending]:
            return [Pending(*row) for row in connection.rows(_PENDING, (tenant, limit))]

        return await self._database.scan(look)

    async def roles(self, tenant: int) -> Mapping[str, int]:
        """How many managed people have each role."""
        return await self._database.scan(
            lambda connection: {row[0]: row[1] for row in connection.rows(_ROLES, (tenant,))}
        )

    async def people(
        self, tenant: int, state: State, *, active: bool | None = None, limit: int = 100, after: str = ""
    ) -> Sequence[Resource]:
        """People in that state by their ids."""

        def look(connection: SqliteConnection) -> list[Resource]:
            rows = connection.rows(_PEOPLE[active], (tenant, None, state.value, after, limit))
            return [resource_of(row) for row in rows]

        return await self._database.scan(look)

    async def audit(
        self, tenant: int | None, *, before: int | None = None, limit: int = 100
    ) -> Sequence[LoggedAudit]:
        """Audit entries, newest first."""

        def look(connection: SqliteConnection) -> list[LoggedAudit]:
            rows = connection.rows(
                f"{AUDIT} WHERE tenant IS ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                (tenant, before or _AFTER_ALL, limit),
            )
            return [audit_of(row) for row in rows]

        return await self._database.scan(look)
