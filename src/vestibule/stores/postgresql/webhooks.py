"""``WebhookStore`` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vestibule.directory.change import AuditEntry
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql import webhook_rows as rows
from vestibule.stores.shared_sql.webhook_rows import numbered
from vestibule.webhooks.attempt import Attempt, Delivered, Held, HeldState
from vestibule.webhooks.endpoint import WEBHOOK, Endpoint, EndpointChange
from vestibule.webhooks.store import Changes, Claimed, Counts, Settled

#: Changes of endpoints are numbered one after another: ``changed`` of a later commit is higher.
_IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/webhook_endpoint', 0))"
#: What another process is claiming at this moment is its.
_CLAIM = """
UPDATE webhook_endpoint SET courier = $1 WHERE (tenant, id) IN (
    SELECT tenant, id FROM webhook_endpoint
    WHERE state = 'on' AND courier NOT IN (SELECT id FROM webhook_courier WHERE alive_until >= $2)
    AND kind = ANY ($4::text[])
    LIMIT $3 FOR UPDATE SKIP LOCKED
) RETURNING id"""
_COUNT = "SELECT count(*) FROM webhook_endpoint WHERE state <> 'removed' AND kind = ANY ($1::text[])"
_HELD_OF = numbered(
    f"SELECT endpoint, {rows.HELD.removeprefix('SELECT ')} "
    "WHERE (tenant, endpoint) IN (SELECT tenant, id FROM webhook_endpoint WHERE id = ANY (?1::text[])) "
    "AND state = 'waiting' ORDER BY event"
)
_RESENDS_OF = """
SELECT endpoint, seq, after, until FROM webhook_resend
WHERE (tenant, endpoint) IN (SELECT tenant, id FROM webhook_endpoint WHERE id = ANY ($1::text[])) ORDER BY seq"""
_OURS = "SELECT id FROM webhook_endpoint WHERE courier = $1 AND id = ANY ($2::text[]) ORDER BY tenant, id FOR UPDATE"


class PostgresWebhooks:
    """The Protocol says what each method promises."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, endpoint: Endpoint, audit: AuditEntry, at: str) -> Endpoint:
        async def work(connection: PostgresConnection) -> Endpoint:
            await connection.rows(_IN_TURN)
            place = await connection.value("SELECT settled_events()")
            await connection.change(numbered(rows.ADD), rows.columns_of(endpoint, place))
            await write_audit(connection, endpoint.tenant or None, audit, at)
            return await _endpoint(connection, endpoint)

        return await self._database.write(work)

    async def count(self, kinds: Sequence[str] = (WEBHOOK,)) -> int:
        found: int = await self._database.value(_COUNT, (list(kinds),))
        return found

    async def endpoints(self, tenant: int | None = None) -> Sequence[Endpoint]:
        of, parameters = ("", ()) if tenant is None else (" AND tenant = $1", (tenant,))
        found = await self._database.rows(
            f"{rows.ENDPOINT} WHERE state <> 'removed'{of} ORDER BY created_at, id", parameters
        )
        return [rows.endpoint_of(row) for row in found]

    async def endpoint(self, id: str) -> Endpoint | None:
        row = await self._database.row(f"{rows.ENDPOINT} WHERE id = $1 AND state <> 'removed'", (id,))
        return rows.endpoint_of(row) if row else None

    async def change(
        self, endpoint: Endpoint, change: EndpointChange, audit: AuditEntry, at: str
    ) -> Endpoint:
        sql, parameters = rows.change_of(endpoint, change)

        async def work(connection: PostgresConnection) -> Endpoint:
            await connection.rows(_IN_TURN)
            await connection.change(numbered(sql), parameters)
            if change.begins_anew:
                await connection.change(numbered(rows.DUE_NOW), (endpoint.tenant, endpoint.id))
            await write_audit(connection, endpoint.tenant or None, audit, at)
            return await _endpoint(connection, endpoint)

        return await self._database.write(work)

    async def last_event(self) -> int:
        found: int = await self._database.value("SELECT settled_events()")
        return found

    async def counts(self, endpoints: Sequence[str]) -> Mapping[str, Counts]:
        found = await self._database.rows(
            "SELECT h.endpoint, count(*) FILTER (WHERE h.state = 'waiting'), count(*) FILTER (WHERE h.state = 'dead') "
            "FROM webhook_endpoint e JOIN webhook_held h ON h.tenant = e.tenant AND h.endpoint = e.id "
            "WHERE e.id = ANY ($1::text[]) GROUP BY h.endpoint",
            (list(endpoints),),
        )
        return {row[0]: Counts(row[1], row[2]) for row in found}

    async def held(
        self, endpoint: Endpoint, state: HeldState | None = None, *, after: int = 0, limit: int = 1000
    ) -> Sequence[Held]:
        found = await self._database.rows(
            f"{rows.HELD} WHERE tenant = $1 AND endpoint = $2 AND event > $3 "
            "AND ($4::text IS NULL OR state = $4) ORDER BY event LIMIT $5",
            (endpoint.tenant, endpoint.id, after, state.value if state else None, limit),
        )
        return [rows.held_of(row) for row in found]

    async def attempts(
        self, endpoint: Endpoint, *, event: int | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[tuple[int, Attempt]]:
        found = await self._database.rows(
            f"{rows.ATTEMPT} WHERE tenant = $1 AND endpoint = $2 AND ($3::bigint IS NULL OR event = $3) "
            "AND ($4::bigint IS NULL OR seq < $4) ORDER BY seq DESC LIMIT $5",
            (endpoint.tenant, endpoint.id, event, before, limit),
        )
        return [rows.attempt_of(row) for row in found]

    async def delivered(
        self, endpoint: Endpoint, *, event: int | None = None, limit: int = 100
    ) -> Sequence[Delivered]:
        found = await self._database.rows(
            "SELECT told FROM webhook_delivered WHERE tenant = $1 AND endpoint = $2 "
            "AND ($3::bigint IS NULL OR (first_event <= $3 AND last_event >= $3)) ORDER BY seq DESC LIMIT $4",
            (endpoint.tenant, endpoint.id, event, limit),
        )
        return [one for row in found for one in rows.delivered_of(row[0], event)][:limit]

    async def note_attempt(self, endpoint: Endpoint, attempt: Attempt) -> None:
        columns = rows.attempt_columns(endpoint.id, endpoint.tenant, attempt)
        await self._database.change(numbered(rows.NOTE_ATTEMPT), columns)

    async def resend(self, endpoint: Endpoint, events: Sequence[Held], audit: AuditEntry, at: str) -> None:
        async def work(connection: PostgresConnection) -> None:
            await connection.rows(_IN_TURN)
            held = [rows.held_columns(endpoint.id, endpoint.tenant, one) for one in events]
            await connection.change_many(numbered(rows.HOLD), held)
            await connection.change(numbered(rows.TOUCH), (endpoint.tenant, endpoint.id))
            await write_audit(connection, endpoint.tenant or None, audit, at)

        await self._database.write(work)

    async def resend_range(
        self, endpoint: Endpoint, after: int, until: int, audit: AuditEntry, at: str
    ) -> None:
        async def work(connection: PostgresConnection) -> None:
            await connection.rows(_IN_TURN)
            await connection.change(numbered(rows.RESEND), (endpoint.tenant, endpoint.id, after, until))
            await connection.change(numbered(rows.TOUCH), (endpoint.tenant, endpoint.id))
            await write_audit(connection, endpoint.tenant or None, audit, at)

        await self._database.write(work)

    async def forget_dead(self, endpoint: Endpoint, audit: AuditEntry, at: str) -> int:
        async def work(connection: PostgresConnection) -> int:
            await write_audit(connection, endpoint.tenant or None, audit, at)
            return await connection.change(numbered(rows.FORGET_DEAD), (endpoint.tenant, endpoint.id))

        return await self._database.write(work)

    async def changes(self, after: int) -> Changes:
        found = await self._database.rows(f"{rows.ENDPOINT} WHERE changed > $1 ORDER BY changed", (after,))
        endpoints = [rows.endpoint_of(row) for row in found]
        return Changes(endpoints[-1].changed if endpoints else after, endpoints)

    async def beat(self, courier: str, now: str, until: str) -> int:
        async def work(connection: PostgresConnection) -> int:
            await connection.change(numbered(rows.BEAT), (courier, until))
            await connection.change(numbered(rows.BURY), (now,))
            living: int = await connection.value("SELECT count(*) FROM webhook_courier")
            return living

        return await self._database.write(work)

    async def claim(
        self, courier: str, now: str, limit: int, kinds: Sequence[str] = (WEBHOOK,)
    ) -> Sequence[Claimed]:
        async def work(connection: PostgresConnection) -> list[Claimed]:
            ids = [row[0] for row in await connection.rows(_CLAIM, (courier, now, limit, list(kinds)))]
            return await _claimed(connection, ids) if ids else []

        return await self._database.write(work)

    async def waiting(self, endpoint: Endpoint) -> Claimed:
        return (await self._database.snapshot(lambda connection: _claimed(connection, [endpoint.id])))[0]

    async def release(self, courier: str, endpoints: Sequence[str] | None = None) -> None:
        if endpoints is not None:
            await self._database.change(
                "UPDATE webhook_endpoint SET courier = '' WHERE courier = $1 AND id = ANY ($2::text[])",
                (courier, list(endpoints)),
            )
            return
        await self._database.change("UPDATE webhook_endpoint SET courier = '' WHERE courier = $1", (courier,))
        await self._database.change("DELETE FROM webhook_courier WHERE id = $1", (courier,))

    async def settle(self, courier: str, settled: Sequence[Settled], now: str) -> Sequence[str]:
        async def work(connection: PostgresConnection) -> list[str]:
            if any(one.disabled for one in settled):
                await connection.rows(_IN_TURN)
            ours = {
                row[0] for row in await connection.rows(_OURS, (courier, [one.endpoint for one in settled]))
            }
            for sql, parameters in rows.settling([s for s in settled if s.endpoint in ours], now).items():
                await connection.change_many(numbered(sql), parameters)
            return [one.endpoint for one in settled if one.endpoint not in ours]

        return await self._database.write(work)

    async def trim(self, before: str, *, keep: int, limit: int = 1000) -> int:
        return await self._database.write(lambda connection: _trim(connection, before, keep, limit))


async def _endpoint(connection: PostgresConnection, endpoint: Endpoint) -> Endpoint:
    row = await connection.row(
        f"{rows.ENDPOINT} WHERE tenant = $1 AND id = $2", (endpoint.tenant, endpoint.id)
    )
    assert row is not None, "rows of endpoints stay until nobody can ask for them"
    return rows.endpoint_of(row)


async def _claimed(connection: PostgresConnection, ids: Sequence[str]) -> list[Claimed]:
    endpoints = await connection.rows(f"{rows.ENDPOINT} WHERE id = ANY ($1::text[])", (list(ids),))
    held, resends = [await connection.rows(sql, (list(ids),)) for sql in (_HELD_OF, _RESENDS_OF)]
    return [
        Claimed(
            rows.endpoint_of(endpoint),
            [rows.held_of(row[1:]) for row in held if row[0] == endpoint[0]],
            [rows.resend_of(row[1:]) for row in resends if row[0] == endpoint[0]],
        )
        for endpoint in endpoints
    ]


async def _trim(connection: PostgresConnection, before: str, keep: int, limit: int) -> int:
    # Finding the surplus of many endpoints may take longer than a request may.
    await connection.script("SET LOCAL statement_timeout = 0")
    gone = 0
    for table in ("webhook_attempt", "webhook_delivered"):
        gone += await connection.change(
            f"DELETE FROM {table} WHERE (tenant, seq) IN (SELECT tenant, seq FROM {table} WHERE at < $1 LIMIT $2)",
            (before, limit),
        )
        gone += await connection.change(
            f"DELETE FROM {table} WHERE (tenant, seq) IN (SELECT o.tenant, o.seq FROM webhook_endpoint e "
            f"CROSS JOIN LATERAL (SELECT tenant, seq FROM {table} WHERE tenant = e.tenant AND endpoint = e.id "
            "ORDER BY seq DESC OFFSET $1) o LIMIT $2)",
            (keep, max(0, limit - gone)),
        )
    for table in ("webhook_held", "webhook_gap", "webhook_attempt", "webhook_delivered", "webhook_resend"):
        key = rows.KEYS.get(table, "tenant, seq")
        gone += await connection.change(
            f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} "
            f"WHERE endpoint IN {rows.LEFT_BY_REMOVED} LIMIT $1)",
            (max(0, limit - gone),),
        )
    if not gone:
        await connection.change(
            "DELETE FROM webhook_endpoint WHERE state = 'removed' AND why < $1", (before,)
        )
    return gone
