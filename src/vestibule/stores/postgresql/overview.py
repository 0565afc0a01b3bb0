"""``DirectoryOverview`` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from vestibule.directory.overview import Hour, Numbers, Pending, Picked
from vestibule.directory.resource import Resource, State
from vestibule.directory.store import Recorded
from vestibule.directory.story import LoggedAudit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.request_batch import newest_briefs
from vestibule.stores.postgresql.request_log import RequestLog
from vestibule.stores.postgresql.rows import RESOURCE
from vestibule.stores.shared_sql.log_rows import AUDIT, REQUEST, audit_of, request_of
from vestibule.stores.shared_sql.overview_rows import counted_hours, fits, hour_bounds
from vestibule.stores.shared_sql.rows import resource_of

_NUMBERS = """
SELECT count(*) FILTER (WHERE r.state = 'managed' AND r.active),
    count(*) FILTER (WHERE r.state = 'managed' AND NOT r.active),
    count(*) FILTER (WHERE r.state = 'managed' AND r.access = 'held'),
    count(*) FILTER (WHERE r.state = 'unclaimed'),
    count(*) FILTER (WHERE r.state = 'tombstone'),
    (SELECT coalesce(sum(managed), 0)::bigint FROM counter WHERE tenant = $1 AND type = 'Group')
FROM resource r WHERE r.tenant = $1 AND r.type = 'User'"""
_HOURS = """
SELECT
    (SELECT count(*) FROM request_log l WHERE l.tenant = $1 AND l.id >= b.first AND l.id < b.last),
    (SELECT coalesce(sum(count), 0)::bigint FROM request_batch l
        WHERE l.tenant = $1 AND l.last_id >= b.first AND l.last_id < b.last),
    (SELECT count(*) FROM request_log l
        WHERE l.tenant = $1 AND l.id >= b.first AND l.id < b.last AND l.status >= 400)
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS b (first, last, place) ORDER BY b.place"""
_PENDING = """
SELECT r.id, coalesce(r.label::json #>> '{}', ''), p.value, p.connection, p.since
FROM pending_member p JOIN resource r ON r.tenant = p.tenant AND r.seq = p.grp
WHERE p.tenant = $1 ORDER BY p.since, p.value LIMIT $2"""
_ROLES = """
SELECT coalesce(role, ''), count(*) FROM resource
WHERE tenant = $1 AND type = 'User' AND state = 'managed' GROUP BY role"""
#: Literals, as an index of those who are inactive alone is used for nothing else.
_PEOPLE = {
    active: f"""
SELECT {RESOURCE} FROM resource r
WHERE r.tenant = $1 AND r.state = $3 AND r.type = 'User' AND r.id > $4 {condition} ORDER BY r.id LIMIT $5"""
    for active, condition in (
        (None, ""),
        (True, "AND r.active"),
        (False, "AND r.state = 'managed' AND NOT r.active"),
    )
}
_AFTER_ALL_IDS = "\uffff"
_AFTER_ALL = (1 << 63) - 1
_NO_CONNECTION = 0


class PostgresOverview:
    """Reads what ``PostgresDirectory`` and ``RequestLog`` have written."""

    def __init__(self, database: PostgresDatabase, requests: RequestLog) -> None:
        self._database = database
        self._requests = requests

    async def numbers(self, tenant: int) -> Numbers:
        """Counted now."""
        return Numbers(*(await self._database.rows(_NUMBERS, (tenant,)))[0])

    async def traffic(self, tenant: int, hours: Sequence[str]) -> Sequence[Hour]:
        """The requests of each hour."""
        await self._requests.flush()
        bounds = hour_bounds(hours)
        rows = await self._database.rows(
            _HOURS, (tenant, [first for first, *_ in bounds], [bound[1] for bound in bounds])
        )
        return counted_hours(hours, [(row[0], row[1], row[2]) for row in rows])

    async def requests(self, tenant: int | None, picked: Picked) -> Sequence[Recorded]:
        """A tenant's requests that fit, newest first."""
        await self._requests.flush()
        conditions = ["tenant = $1", "id < $2", "id >= $3"]
        parameters = [tenant or 0, picked.before or _AFTER_ALL_IDS, picked.since or "", picked.limit]
        if picked.failed:
            conditions.append("status >= 400")
        if picked.writes:
            conditions.append("method <> 'GET'")
        if picked.subject_id:
            conditions.append("subject_id = $5 AND subject_id <> ''")
            parameters.append(picked.subject_id)
        sql = f"{REQUEST} WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT $4"

        async def look(connection: PostgresConnection) -> list[Recorded]:
            found = [request_of(row) for row in await connection.rows(sql, parameters)]
            if tenant is not None and not (picked.failed or picked.writes or picked.subject_id):
                briefs = await newest_briefs(connection, tenant, picked.limit, picked.before)
                found += [brief for brief in briefs if fits(picked, brief)]
                found.sort(key=attrgetter("id"), reverse=True)
            return found[: picked.limit]

        return await self._database.read(look)

    async def last_event_at(self, tenant: int) -> str | None:
        """When something changed last."""
        found: str | None = await self._database.value(
            "SELECT at FROM event WHERE tenant = $1 ORDER BY seq DESC LIMIT 1", (tenant,)
        )
        return found

    async def pending(self, tenant: int, limit: int = 200) -> Sequence[Pending]:
        """Unresolved members of all groups, the oldest first."""
        return [Pending(*row) for row in await self._database.rows(_PENDING, (tenant, limit))]

    async def roles(self, tenant: int) -> Mapping[str, int]:
        """How many managed people have each role."""
        return {row[0]: row[1] for row in await self._database.rows(_ROLES, (tenant,))}

    async def people(
        self, tenant: int, state: State, *, active: bool | None = None, limit: int = 100, after: str = ""
    ) -> Sequence[Resource]:
        """People in that state by their ids."""
        rows = await self._database.rows(_PEOPLE[active], (tenant, _NO_CONNECTION, state.value, after, limit))
        return [resource_of(row) for row in rows]

    async def audit(
        self, tenant: int | None, *, before: int | None = None, limit: int = 100
    ) -> Sequence[LoggedAudit]:
        """Audit entries, newest first."""
        rows = await self._database.rows(
            f"{AUDIT} WHERE tenant = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            (tenant or 0, before or _AFTER_ALL, limit),
        )
        return [audit_of(row) for row in rows]
