"""Sign-on in SQLite: set-ups, key pairs, what counts once, sessions, attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.directory.change import AuditEntry
from vestibule.sign_on.store import Attempt, Ended, Once, Session, StoredKeyPair, StoredSetup
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
from vestibule.stores.sqlite.audit import write_audit
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase

_PUT_SETUP = """
INSERT INTO sign_on (tenant, issuer, document, secret, read_at, read_fault, worked_at, changed_at)
VALUES (?, ?, ?, ?, ?, ?, '', ?)
ON CONFLICT (tenant) DO UPDATE SET
    worked_at = CASE WHEN issuer = excluded.issuer THEN worked_at ELSE '' END,
    issuer = excluded.issuer, document = excluded.document, secret = excluded.secret,
    read_at = excluded.read_at, read_fault = excluded.read_fault, changed_at = excluded.changed_at"""
_ADD_ONCE = """
INSERT INTO sign_on_once (tenant, kind, key, expires_at, document) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_TAKE_ONCE = "DELETE FROM sign_on_once WHERE tenant = ? AND kind = ? AND key = ? AND expires_at > ?"
_ADD_SESSION = f"INSERT INTO sign_on_session ({SESSION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MAY_COME_IN = """
SELECT 1 FROM resource WHERE tenant = ? AND id = ? AND state <> 'tombstone' AND access = 'granted' AND active"""
_ADD_ATTEMPT = f"INSERT INTO sign_on_attempt ({ATTEMPT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_END_SESSIONS_OF = "DELETE FROM sign_on_session WHERE tenant = ? AND person = ?"


def end_sessions_of(connection: SqliteConnection, tenant: int, person: str) -> None:
    """End a person's sessions, in the transaction that ends their access."""
    connection.change(_END_SESSIONS_OF, (tenant, person))


class SqliteSignOn:
    """A ``SignOnStore`` over one SQLite database; the Protocol says what each method promises."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def setup(self, tenant: int) -> StoredSetup | None:
        row = self._database.read_row(SETUP + "WHERE tenant = ?", (tenant,))
        return as_setup(row) if row else None

    async def setups(self) -> Sequence[StoredSetup]:
        return [as_setup(row) for row in self._database.read(SETUP + "ORDER BY tenant")]

    async def put_setup(self, setup: StoredSetup, audit: AuditEntry, at: str) -> None:
        def work(connection: SqliteConnection) -> None:
            connection.change(
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
            write_audit(connection, setup.tenant, audit, at)

        await self._database.write(work)

    async def note_metadata(
        self, tenant: int, document: Mapping[str, Any] | None, at: str, fault: str
    ) -> None:
        kept = document_text(document) if document is not None else None
        await self._database.write(
            lambda connection: connection.change(
                "UPDATE sign_on SET document = ifnull(?, document), read_at = ?, read_fault = ? WHERE tenant = ?",
                (kept, at, fault, tenant),
            )
        )

    async def remove_setup(self, tenant: int, audit: AuditEntry, at: str) -> bool:
        def work(connection: SqliteConnection) -> bool:
            row = connection.row("DELETE FROM sign_on WHERE tenant = ? RETURNING opened_gate", (tenant,))
            if row is None:
                return False
            if row[0]:
                _set_gate(connection, tenant, opened=False)
            connection.change("DELETE FROM sign_on_session WHERE tenant = ?", (tenant,))
            connection.change("DELETE FROM sign_on_once WHERE tenant = ?", (tenant,))
            write_audit(connection, tenant, audit, at)
            return True

        return await self._database.write(work)

    async def tenants_of_issuer(self, issuer: str) -> Sequence[int]:
        rows = self._database.read("SELECT tenant FROM sign_on WHERE issuer = ? ORDER BY tenant", (issuer,))
        return [tenant for (tenant,) in rows]

    async def key_pairs(self, tenant: int) -> Sequence[StoredKeyPair]:
        rows = self._database.read(KEY_PAIR + "WHERE tenant = ? ORDER BY created_at DESC, id DESC", (tenant,))
        return [as_key_pair(row) for row in rows]

    async def add_key_pair(
        self, pair: StoredKeyPair, audit: AuditEntry, at: str, *, only_first: bool = False
    ) -> bool:
        def work(connection: SqliteConnection) -> bool:
            if only_first and connection.row("SELECT 1 FROM sign_on_key WHERE tenant = ?", (pair.tenant,)):
                return False
            connection.change(
                "INSERT INTO sign_on_key (tenant, id, certificate, private_key, created_at) VALUES (?, ?, ?, ?, ?)",
                (pair.tenant, pair.id, pair.certificate, pair.private_key, pair.created_at),
            )
            write_audit(connection, pair.tenant, audit, at)
            return True

        return await self._database.write(work)

    async def remove_key_pair(self, tenant: int, id: str, audit: AuditEntry, at: str) -> bool:
        def work(connection: SqliteConnection) -> bool:
            removed = connection.change(
                "DELETE FROM sign_on_key WHERE tenant = ? AND id = ?"
                " AND (SELECT count(*) FROM sign_on_key WHERE tenant = ?) > 1",
                (tenant, id, tenant),
            )
            if removed:
                write_audit(connection, tenant, audit, at)
            return bool(removed)

        return await self._database.write(work)

    async def add_once(self, once: Once) -> bool:
        return bool(await self._database.write(lambda connection: _remember(connection, once)))

    async def once(self, kind: str, key: str, now: str) -> Once | None:
        row = self._database.read_row(
            ONCE + "WHERE kind = ? AND key = ? AND expires_at > ? LIMIT 1", (kind, key, now)
        )
        return as_once(row) if row else None

    async def take_once(self, once: Once, now: str) -> bool:
        parameters = (once.tenant, once.kind, once.key, now)
        return bool(await self._database.write(lambda writing: writing.change(_TAKE_ONCE, parameters)))

    async def end(self, ended: Ended, now: str) -> str:
        def work(connection: SqliteConnection) -> str:
            connection.change("SAVEPOINT sign_in")
            fault = _finish(connection, ended, now)
            if fault:
                connection.change("ROLLBACK TO sign_in")
            connection.change("RELEASE sign_in")
            connection.change(_ADD_ATTEMPT, attempt_row(ended.attempt))
            return fault

        return await self._database.write(work)

    async def exchange(self, uses: Once, session: Session, now: str) -> bool:
        def work(connection: SqliteConnection) -> bool:
            if not connection.change(_TAKE_ONCE, (uses.tenant, uses.kind, uses.key, now)):
                return False
            beside = connection.row(
                SESSION_IN_FORCE + "WHERE s.tenant = ? AND s.sign_in = ? AND s.expires_at > ? LIMIT 1",
                (session.tenant, session.sign_in, now),
            )
            if beside is None:
                return False
            connection.change(_ADD_SESSION, session_row(session))
            return True

        return await self._database.write(work)

    async def session(self, tenant: int, hash: bytes, now: str) -> Session | None:
        row = self._database.read_row(
            SESSION_IN_FORCE + "WHERE s.tenant = ? AND s.hash = ? AND s.expires_at > ?", (tenant, hash, now)
        )
        return as_session(row) if row else None

    async def sign_in(self, tenant: int, sign_in: str, now: str) -> Sequence[Session]:
        rows = self._database.read(
            SESSION_IN_FORCE
            + "WHERE s.tenant = ? AND s.sign_in = ? AND s.expires_at > ? ORDER BY s.created_at",
            (tenant, sign_in, now),
        )
        return [as_session(row) for row in rows]

    async def end_sign_in(self, tenant: int, sign_in: str) -> int:
        return await self._database.write(
            lambda connection: connection.change(
                "DELETE FROM sign_on_session WHERE tenant = ? AND sign_in = ?", (tenant, sign_in)
            )
        )

    async def revoke_sign_in(self, tenant: int, person: str, sign_in: str, audit: AuditEntry, at: str) -> int:
        def work(connection: SqliteConnection) -> int:
            ended = connection.change(
                "DELETE FROM sign_on_session WHERE tenant = ? AND person = ? AND sign_in = ?",
                (tenant, person, sign_in),
            )
            if ended:
                write_audit(connection, tenant, audit, at)
            return ended

        return await self._database.write(work)

    async def end_subject(self, tenant: int, subject: str, session_indexes: Sequence[str]) -> int:
        sql = "DELETE FROM sign_on_session WHERE tenant = ? AND subject = ?"
        if session_indexes:
            sql += " AND session_index IN (SELECT value FROM json_each(?))"
        named = (document_text(list(session_indexes)),) if session_indexes else ()
        return await self._database.write(
            lambda connection: connection.change(sql, (tenant, subject, *named))
        )

    async def sessions_of(self, tenant: int, person: str, now: str) -> Sequence[Session]:
        rows = self._database.read(
            SESSION + "WHERE tenant = ? AND person = ? AND expires_at > ? ORDER BY created_at DESC",
            (tenant, person, now),
        )
        return [as_session(row) for row in rows]

    async def attempts(self, tenant: int, *, limit: int = 50) -> Sequence[Attempt]:
        rows = self._database.read(ATTEMPT + "WHERE tenant = ? ORDER BY seq DESC LIMIT ?", (tenant, limit))
        return [as_attempt(row) for row in rows]

    async def tidy(self, now: str, *, keep_attempts: int = 200, limit: int = 1000) -> int:
        def work(connection: SqliteConnection) -> int:
            gone = connection.change(
                "DELETE FROM sign_on_once WHERE (tenant, kind, key) IN"
                " (SELECT tenant, kind, key FROM sign_on_once WHERE expires_at <= ? LIMIT ?)",
                (now, limit),
            )
            gone += connection.change(
                "DELETE FROM sign_on_session WHERE (tenant, hash) IN"
                " (SELECT tenant, hash FROM sign_on_session WHERE expires_at <= ? LIMIT ?)",
                (now, limit),
            )
            return gone + connection.change(
                "DELETE FROM sign_on_attempt WHERE seq IN (SELECT seq FROM (SELECT seq, row_number() OVER"
                " (PARTITION BY tenant ORDER BY seq DESC) AS place FROM sign_on_attempt) WHERE place > ? LIMIT ?)",
                (keep_attempts, limit),
            )

        return await self._database.write(work, is_long=True)


def _remember(connection: SqliteConnection, once: Once) -> int:
    return connection.change(
        _ADD_ONCE, (once.tenant, once.kind, once.key, once.expires_at, document_text(once.document))
    )


def _finish(connection: SqliteConnection, ended: Ended, now: str) -> str:
    for once in ended.uses:
        if not connection.change(_TAKE_ONCE, (once.tenant, once.kind, once.key, now)):
            return "uses"
    for once in (*ended.remembers, *ended.adds):
        if not _remember(connection, once):
            return "remembers"
    if ended.session is not None:
        if not connection.row(_MAY_COME_IN, (ended.tenant, ended.session.person)):
            return "access"
        connection.change(_ADD_SESSION, session_row(ended.session))
    if ended.proves is not None:
        _prove(connection, ended.tenant, ended.proves, now)
    return ""


def _prove(connection: SqliteConnection, tenant: int, audit: AuditEntry, at: str) -> None:
    """The first time, the set-up is noted to work; the gate opens unless an operator had opened it."""
    if not connection.change(
        "UPDATE sign_on SET worked_at = ? WHERE tenant = ? AND worked_at = ''", (at, tenant)
    ):
        return
    if _set_gate(connection, tenant, opened=True):
        connection.change("UPDATE sign_on SET opened_gate = 1 WHERE tenant = ?", (tenant,))
    write_audit(connection, tenant, audit, at)


def _set_gate(connection: SqliteConnection, tenant: int, *, opened: bool) -> int:
    return connection.change(
        "UPDATE tenant SET sso_confirmed = ?, settings_version = settings_version + 1"
        " WHERE id = ? AND sso_confirmed <> ?",
        (opened, tenant, opened),
    )
