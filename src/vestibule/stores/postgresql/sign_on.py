"""Sign-on in PostgreSQL: set-ups, key pairs, what counts once, sessions, attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.directory.change import AuditEntry
from vestibule.sign_on.store import Attempt, Ended, Once, Session, StoredKeyPair, StoredSetup
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.sign_on_rows import (
    ATTEMPT,
    ATTEMPT_COLUMNS,
    KEY_PAIR,
    ONCE,
    SESSION,
    SESSION_COLUMNS,
    SESSION_IN_FORCE,
    SETUP,
    as_attempt,
    as_key_pair,
    as_once,
    as_session,
    as_setup,
    attempt_row,
    document_text,
    session_row,
)

_PUT_SETUP = """
INSERT INTO sign_on AS s (tenant, issuer, document, secret, read_at, read_fault, worked_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, '', $7)
ON CONFLICT (tenant) DO UPDATE SET
    worked_at = CASE WHEN s.issuer = excluded.issuer THEN s.worked_at ELSE '' END,
    issuer = excluded.issuer, document = excluded.document, secret = excluded.secret,
    read_at = excluded.read_at, read_fault = excluded.read_fault, changed_at = excluded.changed_at"""
_ADD_ONCE = """
INSERT INTO sign_on_once (tenant, kind, key, expires_at, document) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING"""
_TAKE_ONCE = "DELETE FROM sign_on_once WHERE tenant = $1 AND kind = $2 AND key = $3 AND expires_at > $4"
_ADD_SESSION = (
    f"INSERT INTO sign_on_session ({SESSION_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
)
#: The lock has whoever ends the person's access at this moment wait, and find the session.
_MAY_COME_IN = """
SELECT 1 FROM resource WHERE tenant = $1 AND id = $2 AND state <> 'tombstone' AND access = 'granted' AND active
FOR SHARE"""
_ADD_ATTEMPT = f"INSERT INTO sign_on_attempt ({ATTEMPT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"


class _Undone(Exception):
    """What was begun of a sign-in is undone."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class PostgresSignOn:
    """A ``SignOnStore`` over one PostgreSQL schema; the Protocol says what each method promises."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def setup(self, tenant: int) -> StoredSetup | None:
        row = await self._database.row(SETUP + "WHERE tenant = $1", (tenant,))
        return as_setup(row) if row else None

    async def setups(self) -> Sequence[StoredSetup]:
        return [as_setup(row) for row in await self._database.rows(SETUP + "ORDER BY tenant")]

    async def put_setup(self, setup: StoredSetup, audit: AuditEntry, at: str) -> None:
        async def work(connection: PostgresConnection) -> None:
            await connection.change(
                _PUT_SETUP,
                (
                    setup.tenant,
                    setup.issuer,
                    document_text(setup.document),
                    setup.secret,
                    setup.read_at,
                    setup.read_fault,
                    at,
                ),
            )
            await write_audit(connection, setup.tenant, audit, at)

        await self._database.write(work)

    async def note_metadata(
        self, tenant: int, document: Mapping[str, Any] | None, at: str, fault: str
    ) -> None:
        kept = document_text(document) if document is not None else None
        await self._database.change(
            "UPDATE sign_on SET document = coalesce($1, document), read_at = $2, read_fault = $3 WHERE tenant = $4",
            (kept, at, fault, tenant),
        )

    async def remove_setup(self, tenant: int, audit: AuditEntry, at: str) -> bool:
        async def work(connection: PostgresConnection) -> bool:
            row = await connection.row(
                "DELETE FROM sign_on WHERE tenant = $1 RETURNING opened_gate", (tenant,)
            )
            if row is None:
                return False
            if row[0]:
                await _set_gate(connection, tenant, opened=False)
            await connection.change("DELETE FROM sign_on_session WHERE tenant = $1", (tenant,))
            await connection.change("DELETE FROM sign_on_once WHERE tenant = $1", (tenant,))
            await write_audit(connection, tenant, audit, at)
            return True

        return await self._database.write(work)

    async def tenants_of_issuer(self, issuer: str) -> Sequence[int]:
        rows = await self._database.rows(
            "SELECT tenant FROM sign_on WHERE issuer = $1 ORDER BY tenant", (issuer,)
        )
        return [row[0] for row in rows]

    async def key_pairs(self, tenant: int) -> Sequence[StoredKeyPair]:
        rows = await self._database.rows(
            KEY_PAIR + "WHERE tenant = $1 ORDER BY created_at DESC, id DESC", (tenant,)
        )
        return [as_key_pair(row) for row in rows]

    async def add_key_pair(
        self, pair: StoredKeyPair, audit: AuditEntry, at: str, *, only_first: bool = False
    ) -> bool:
        async def work(connection: PostgresConnection) -> bool:
            await connection.value("SELECT 1 FROM tenant WHERE id = $1 FOR UPDATE", (pair.tenant,))
            if only_first and await connection.row(
                "SELECT 1 FROM sign_on_key WHERE tenant = $1", (pair.tenant,)
            ):
                return False
            await connection.change(
                "INSERT INTO sign_on_key (tenant, id, certificate, private_key, created_at)"
                " VALUES ($1, $2, $3, $4, $5)",
                (pair.tenant, pair.id, pair.certificate, pair.private_key, pair.created_at),
            )
            await write_audit(connection, pair.tenant, audit, at)
            return True

        return await self._database.write(work)

    async def remove_key_pair(self, tenant: int, id: str, audit: AuditEntry, at: str) -> bool:
        async def work(connection: PostgresConnection) -> bool:
            await connection.value("SELECT 1 FROM tenant WHERE id = $1 FOR UPDATE", (tenant,))
            removed = await connection.change(
                "DELETE FROM sign_on_key WHERE tenant = $1 AND id = $2"
                " AND (SELECT count(*) FROM sign_on_key WHERE tenant = $1) > 1",
                (tenant, id),
            )
            if removed:
                await write_audit(connection, tenant, audit, at)
            return bool(removed)

        return await self._database.write(work)

    async def add_once(self, once: Once) -> bool:
        return bool(await self._database.change(_ADD_ONCE, _once_row(once)))

    async def once(self, kind: str, key: str, now: str) -> Once | None:
        row = await self._database.row(
            ONCE + "WHERE kind = $1 AND key = $2 AND expires_at > $3 LIMIT 1", (kind, key, now)
        )
        return as_once(row) if row else None

    async def take_once(self, once: Once, now: str) -> bool:
        return bool(await self._database.change(_TAKE_ONCE, (once.tenant, once.kind, once.key, now)))

    async def end(self, ended: Ended, now: str) -> str:
        async def work(connection: PostgresConnection) -> None:
            await _finish(connection, ended, now)
            await connection.change(_ADD_ATTEMPT, attempt_row(ended.attempt))

        try:
            await self._database.write(work)
        except _Undone as undone:
            await self._database.change(_ADD_ATTEMPT, attempt_row(ended.attempt))
            return undone.fault
        return ""

    async def exchange(self, uses: Once, session: Session, now: str) -> bool:
        async def work(connection: PostgresConnection) -> bool:
            if not await connection.change(_TAKE_ONCE, (uses.tenant, uses.kind, uses.key, now)):
                return False
            beside = await connection.row(
                SESSION_IN_FORCE + "WHERE s.tenant = $1 AND s.sign_in = $2 AND s.expires_at > $3 LIMIT 1"
                " FOR SHARE OF r",
                (session.tenant, session.sign_in, now),
            )
            if beside is None:
                return False
            await connection.change(_ADD_SESSION, session_row(session))
            return True

        return await self._database.write(work)

    async def session(self, tenant: int, hash: bytes, now: str) -> Session | None:
        row = await self._database.row(
            SESSION_IN_FORCE + "WHERE s.tenant = $1 AND s.hash = $2 AND s.expires_at > $3",
            (tenant, hash, now),
        )
        return as_session(row) if row else None

    async def sign_in(self, tenant: int, sign_in: str, now: str) -> Sequence[Session]:
        rows = await self._database.rows(
            SESSION_IN_FORCE
            + "WHERE s.tenant = $1 AND s.sign_in = $2 AND s.expires_at > $3 ORDER BY s.created_at",
            (tenant, sign_in, now),
        )
        return [as_session(row) for row in rows]

    async def end_sign_in(self, tenant: int, sign_in: str) -> int:
        return await self._database.change(
            "DELETE FROM sign_on_session WHERE tenant = $1 AND sign_in = $2", (tenant, sign_in)
        )

    async def revoke_sign_in(self, tenant: int, person: str, sign_in: str, audit: AuditEntry, at: str) -> int:
        async def work(connection: PostgresConnection) -> int:
            ended = await connection.change(
                "DELETE FROM sign_on_session WHERE tenant = $1 AND person = $2 AND sign_in = $3",
                (tenant, person, sign_in),
            )
            if ended:
                await write_audit(connection, tenant, audit, at)
            return ended

        return await self._database.write(work)

    async def end_subject(self, tenant: int, subject: str, session_indexes: Sequence[str]) -> int:
        sql = "DELETE FROM sign_on_session WHERE tenant = $1 AND subject = $2"
        if session_indexes:
            return await self._database.change(
                sql + " AND session_index = ANY ($3::text[])", (tenant, subject, list(session_indexes))
            )
        return await self._database.change(sql, (tenant, subject))

    async def sessions_of(self, tenant: int, person: str, now: str) -> Sequence[Session]:
        rows = await self._database.rows(
            SESSION + "WHERE tenant = $1 AND person = $2 AND expires_at > $3 ORDER BY created_at DESC",
            (tenant, person, now),
        )
        return [as_session(row) for row in rows]

    async def attempts(self, tenant: int, *, limit: int = 50) -> Sequence[Attempt]:
        rows = await self._database.rows(
            ATTEMPT + "WHERE tenant = $1 ORDER BY seq DESC LIMIT $2", (tenant, limit)
        )
        return [as_attempt(row) for row in rows]

    async def tidy(self, now: str, *, keep_attempts: int = 200, limit: int = 1000) -> int:
        gone = await self._database.change(
            "DELETE FROM sign_on_once o USING (SELECT tenant, kind, key FROM sign_on_once WHERE expires_at <= $1 LIMIT $2) x"
            " WHERE o.tenant = x.tenant AND o.kind = x.kind AND o.key = x.key",
            (now, limit),
        )
        gone += await self._database.change(
            "DELETE FROM sign_on_session s USING (SELECT tenant, hash FROM sign_on_session WHERE expires_at <= $1 LIMIT $2) x"
            " WHERE s.tenant = x.tenant AND s.hash = x.hash",
            (now, limit),
        )
        return gone + await self._database.change(
            "DELETE FROM sign_on_attempt a USING (SELECT tenant, seq FROM (SELECT tenant, seq, row_number() OVER"
            " (PARTITION BY tenant ORDER BY seq DESC) AS place FROM sign_on_attempt) p WHERE place > $1 LIMIT $2) x"
            " WHERE a.tenant = x.tenant AND a.seq = x.seq",
            (keep_attempts, limit),
        )


def _once_row(once: Once) -> tuple[Any, ...]:
    return once.tenant, once.kind, once.key, once.expires_at, document_text(once.document)


async def _finish(connection: PostgresConnection, ended: Ended, now: str) -> None:
    for once in ended.uses:
        if not await connection.change(_TAKE_ONCE, (once.tenant, once.kind, once.key, now)):
            raise _Undone("uses")
    for once in (*ended.remembers, *ended.adds):
        if not await connection.change(_ADD_ONCE, _once_row(once)):
            raise _Undone("remembers")
    if ended.session is not None:
        if not await connection.row(_MAY_COME_IN, (ended.tenant, ended.session.person)):
            raise _Undone("access")
        await connection.change(_ADD_SESSION, session_row(ended.session))
    if ended.proves is not None:
        await _prove(connection, ended.tenant, ended.proves, now)


async def _prove(connection: PostgresConnection, tenant: int, audit: AuditEntry, at: str) -> None:
    """The first time, the set-up is noted to work; the gate opens unless an operator had opened it."""
    if not await connection.change(
        "UPDATE sign_on SET worked_at = $1 WHERE tenant = $2 AND worked_at = ''", (at, tenant)
    ):
        return
    if await _set_gate(connection, tenant, opened=True):
        await connection.change("UPDATE sign_on SET opened_gate = true WHERE tenant = $1", (tenant,))
    await write_audit(connection, tenant, audit, at)


async def _set_gate(connection: PostgresConnection, tenant: int, *, opened: bool) -> int:
    return await connection.change(
        "UPDATE tenant SET sso_confirmed = $1, settings_version = settings_version + 1"
        " WHERE id = $2 AND sso_confirmed <> $1",
        (opened, tenant),
    )
