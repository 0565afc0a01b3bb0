"""``WebhookStore`` on SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import orjson

from vestibule.directory.change import AuditEntry
from vestibule.stores.shared_sql import webhook_rows as rows
from vestibule.stores.sqlite.audit import write_audit
from vestibule.stores.sqlite.connection import Parameters, Row, SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.webhooks.attempt import Attempt, Delivered, Held, HeldState
from vestibule.webhooks.endpoint import WEBHOOK, Endpoint, EndpointChange
from vestibule.webhooks.store import Changes, Claimed, Counts, Settled

T = TypeVar("T")

_LAST_EVENT = "SELECT coalesce(max(seq), 0) FROM event"
_CLAIM = """
UPDATE webhook_endpoint SET courier = ?1 WHERE (tenant, id) IN (
    SELECT tenant, id FROM webhook_endpoint
    WHERE state = 'on' AND courier NOT IN (SELECT id FROM webhook_courier WHERE alive_until >= ?2)
    AND kind IN (SELECT value FROM json_each(?4))
    LIMIT ?3
) RETURNING id"""
_COUNT = """
SELECT count(*) FROM webhook_endpoint WHERE state <> 'removed' AND kind IN (SELECT value FROM json_each(?))"""
_HELD_OF = f"{rows.HELD} WHERE tenant = ?1 AND endpoint = ?2 AND state = 'waiting' ORDER BY event LIMIT 1000"
_RESENDS_OF = "SELECT seq, after, until FROM webhook_resend WHERE tenant = ? AND endpoint = ? ORDER BY seq"


class SqliteWebhooks:
    """The Protocol says what each method promises."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add(self, endpoint: Endpoint, audit: AuditEntry, at: str) -> Endpoint:
        def work(connection: SqliteConnection) -> Endpoint:
            place = connection.value(_LAST_EVENT)
            connection.change(rows.ADD, rows.columns_of(endpoint, place))
            write_audit(connection, endpoint.tenant or None, audit, at)
            return _endpoint(connection, endpoint)

        return await self._database.write(work)

    async def count(self, kinds: Sequence[str] = (WEBHOOK,)) -> int:
        row = self._database.read(_COUNT, (_json(kinds),))[0]
        found: int = row[0]
        return found

    async def endpoints(self, tenant: int | None = None) -> Sequence[Endpoint]:
        of, parameters = ("", ()) if tenant is None else (" AND tenant = ?", (tenant,))
        found = await self._rows(
            f"{rows.ENDPOINT} WHERE state <> 'removed'{of} ORDER BY created_at, id", parameters
        )
        return [rows.endpoint_of(row) for row in found]

    async def endpoint(self, id: str) -> Endpoint | None:
        found = await self._rows(f"{rows.ENDPOINT} WHERE id = ? AND state <> 'removed'", (id,))
        return rows.endpoint_of(found[0]) if found else None

    async def change(
        self, endpoint: Endpoint, change: EndpointChange, audit: AuditEntry, at: str
    ) -> Endpoint:
        def work(connection: SqliteConnection) -> Endpoint:
            connection.change(*rows.change_of(endpoint, change))
            if change.begins_anew:
                connection.change(rows.DUE_NOW, (endpoint.tenant, endpoint.id))
            write_audit(connection, endpoint.tenant or None, audit, at)
            return _endpoint(connection, endpoint)

        return await self._database.write(work)

    async def last_event(self) -> int:
        found: int = self._database.read(_LAST_EVENT)[0][0]
        return found

    async def counts(self, endpoints: Sequence[str]) -> Mapping[str, Counts]:
        found = await self._rows(
            "SELECT h.endpoint, sum(h.state = 'waiting'), sum(h.state = 'dead') FROM webhook_endpoint e "
            "JOIN webhook_held h ON h.tenant = e.tenant AND h.endpoint = e.id "
            "WHERE e.id IN (SELECT value FROM json_each(?)) GROUP BY h.endpoint",
            (orjson.dumps(list(endpoints)).decode(),),
        )
        return {row[0]: Counts(row[1], row[2]) for row in found}

    async def held(
        self, endpoint: Endpoint, state: HeldState | None = None, *, after: int = 0, limit: int = 1000
    ) -> Sequence[Held]:
        found = await self._rows(
            f"{rows.HELD} WHERE tenant = ?1 AND endpoint = ?2 AND event > ?3 AND (?4 IS NULL OR state = ?4) "
            "ORDER BY event LIMIT ?5",
            (endpoint.tenant, endpoint.id, after, state.value if state else None, limit),
        )
        return [rows.held_of(row) for row in found]

    async def attempts(
        self, endpoint: Endpoint, *, event: int | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[tuple[int, Attempt]]:
        found = await self._rows(
            f"{rows.ATTEMPT} WHERE tenant = ?1 AND endpoint = ?2 AND (?3 IS NULL OR event = ?3) "
            "AND (?4 IS NULL OR seq < ?4) ORDER BY seq DESC LIMIT ?5",
            (endpoint.tenant, endpoint.id, event, before, limit),
        )
        return [rows.attempt_of(row) for row in found]

    async def delivered(
        self, endpoint: Endpoint, *, event: int | None = None, limit: int = 100
    ) -> Sequence[Delivered]:
        found = await self._rows(
            "SELECT told FROM webhook_delivered WHERE tenant = ?1 AND endpoint = ?2 "
            "AND (?3 IS NULL OR (first_event <= ?3 AND last_event >= ?3)) ORDER BY seq DESC LIMIT ?4",
            (endpoint.tenant, endpoint.id, event, limit),
        )
        return [one for row in found for one in rows.delivered_of(row[0], event)][:limit]

    async def note_attempt(self, endpoint: Endpoint, attempt: Attempt) -> None:
        columns = rows.attempt_columns(endpoint.id, endpoint.tenant, attempt)
        await self._database.write(lambda connection: connection.change(rows.NOTE_ATTEMPT, columns))

    async def resend(self, endpoint: Endpoint, events: Sequence[Held], audit: AuditEntry, at: str) -> None:
        def work(connection: SqliteConnection) -> None:
            held = [rows.held_columns(endpoint.id, endpoint.tenant, one) for one in events]
            connection.change_many(rows.HOLD, held)
            connection.change(rows.TOUCH, (endpoint.tenant, endpoint.id))
            write_audit(connection, endpoint.tenant or None, audit, at)

        await self._database.write(work, is_long=True)

    async def resend_range(
        self, endpoint: Endpoint, after: int, until: int, audit: AuditEntry, at: str
    ) -> None:
        def work(connection: SqliteConnection) -> None:
            connection.change(rows.RESEND, (endpoint.tenant, endpoint.id, after, until))
            connection.change(rows.TOUCH, (endpoint.tenant, endpoint.id))
            write_audit(connection, endpoint.tenant or None, audit, at)

        await self._database.write(work)

    async def forget_dead(self, endpoint: Endpoint, audit: AuditEntry, at: str) -> int:
        def work(connection: SqliteConnection) -> int:
            write_audit(connection, endpoint.tenant or None, audit, at)
            return connection.change(rows.FORGET_DEAD, (endpoint.tenant, endpoint.id))

        return await self._database.write(work, is_long=True)

    async def changes(self, after: int) -> Changes:
        found = self._database.read(f"{rows.ENDPOINT} WHERE changed > ? ORDER BY changed", (after,))
        endpoints = [rows.endpoint_of(row) for row in found]
        return Changes(endpoints[-1].changed if endpoints else after, endpoints)

    async def beat(self, courier: str, now: str, until: str) -> int:
        def work(connection: SqliteConnection) -> int:
            connection.change(rows.BURY, (now,))
            connection.change(rows.BEAT, (courier, until))
            living: int = connection.value("SELECT count(*) FROM webhook_courier")
            return living

        return await self._database.write(work)

    async def claim(
        self, courier: str, now: str, limit: int, kinds: Sequence[str] = (WEBHOOK,)
    ) -> Sequence[Claimed]:
        def work(connection: SqliteConnection) -> list[Claimed]:
            ids = [row[0] for row in connection.rows(_CLAIM, (courier, now, limit, _json(kinds)))]
            found = connection.rows(
                f"{rows.ENDPOINT} WHERE id IN (SELECT value FROM json_each(?))", (orjson.dumps(ids).decode(),)
            )
            return [_claimed(connection, rows.endpoint_of(row)) for row in found]

        return await self._database.write(work, is_long=True)

    async def waiting(self, endpoint: Endpoint) -> Claimed:
        return await self._database.scan(
            lambda connection: _claimed(connection, _endpoint(connection, endpoint))
        )

    async def release(self, courier: str, endpoints: Sequence[str] | None = None) -> None:
        def work(connection: SqliteConnection) -> None:
            if endpoints is None:
                connection.change("UPDATE webhook_endpoint SET courier = '' WHERE courier = ?", (courier,))
                connection.change("DELETE FROM webhook_courier WHERE id = ?", (courier,))
                return
            connection.change_many(
                "UPDATE webhook_endpoint SET courier = '' WHERE courier = ? AND id = ?",
                [(courier, id) for id in endpoints],
            )

        await self._database.write(work, is_long=True)

    async def settle(self, courier: str, settled: Sequence[Settled], now: str) -> Sequence[str]:
        def work(connection: SqliteConnection) -> list[str]:
            lost = [
                one.endpoint
                for one in settled
                if not connection.rows(
                    "SELECT 1 FROM webhook_endpoint WHERE tenant = ? AND id = ? AND courier = ?",
                    (one.tenant, one.endpoint, courier),
                )
            ]
            for sql, parameters in rows.settling([s for s in settled if s.endpoint not in lost], now).items():
                connection.change_many(sql, parameters)
            return lost

        return await self._database.write(work, is_long=True)

    async def trim(self, before: str, *, keep: int, limit: int = 1000) -> int:
        def work(connection: SqliteConnection) -> int:
            return _trim(connection, before, keep, limit)

        return await self._database.write(work, is_long=True)

    async def _rows(self, sql: str, parameters: Parameters) -> list[Row]:
        return await self._database.scan(lambda connection: connection.rows(sql, parameters))


def _json(words: Sequence[str]) -> str:
    return orjson.dumps(list(words)).decode()


def _endpoint(connection: SqliteConnection, endpoint: Endpoint) -> Endpoint:
    row = connection.row(f"{rows.ENDPOINT} WHERE tenant = ? AND id = ?", (endpoint.tenant, endpoint.id))
    assert row is not None, "rows of endpoints stay until nobody can ask for them"
    return rows.endpoint_of(row)


def _claimed(connection: SqliteConnection, endpoint: Endpoint) -> Claimed:
    key = endpoint.tenant, endpoint.id
    return Claimed(
        endpoint,
        [rows.held_of(row) for row in connection.rows(_HELD_OF, key)],
        [rows.resend_of(row) for row in connection.rows(_RESENDS_OF, key)],
    )


def _trim(connection: SqliteConnection, before: str, keep: int, limit: int) -> int:
    gone = 0
    for table in ("webhook_attempt", "webhook_delivered"):
        gone += connection.change(
            f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM {table} ORDER BY seq LIMIT ?2) "
            "WHERE at < ?1)",
            (before, limit),
        )
        for tenant, endpoint in connection.rows(f"SELECT DISTINCT tenant, endpoint FROM {table}"):
            gone += connection.change(
                f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM {table} WHERE tenant = ?1 AND endpoint = ?2 "
                f"AND seq <= (SELECT seq FROM {table} WHERE tenant = ?1 AND endpoint = ?2 ORDER BY seq DESC "
                "LIMIT 1 OFFSET ?3) ORDER BY seq LIMIT ?4)",
                (tenant, endpoint, keep, max(0, limit - gone)),
            )
    for table in ("webhook_held", "webhook_gap", "webhook_attempt", "webhook_delivered", "webhook_resend"):
        key = f"({rows.KEYS.get(table, 'tenant, seq')})"
        gone += connection.change(
            f"DELETE FROM {table} WHERE {key} IN (SELECT {key[1:-1]} FROM {table} "
            f"WHERE endpoint IN {rows.LEFT_BY_REMOVED} LIMIT ?)",
            (max(0, limit - gone),),
        )
    if not gone:
        connection.change("DELETE FROM webhook_endpoint WHERE state = 'removed' AND why < ?", (before,))
    return gone
