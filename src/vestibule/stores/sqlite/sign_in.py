"""Sign-in in SQLite: a session is a point read on the loop's own connection, changes go through the writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vestibule.directory.change import AuditEntry
from vestibule.scim.fold import fold
from vestibule.sign_in.administrator import Administrator, Grant, NewAdministrator
from vestibule.sign_in.session import NewSession, Session
from vestibule.stores.shared_sql.sign_in_rows import (
    ADMINISTRATOR,
    ADMINISTRATOR_WIDTH,
    SESSION,
    as_administrator,
    as_session,
)
from vestibule.stores.sqlite.audit import write_audit
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase

_COLUMNS = ADMINISTRATOR.format(grants="group_concat(g.account || ':' || g.tenant)")
_SELECT = f"SELECT {_COLUMNS} FROM administrator a "
_WITH_SESSION = (
    f"SELECT {_COLUMNS}, {SESSION} FROM console_session s JOIN administrator a ON a.id = s.administrator"
    " WHERE s.hash = ?"
)


class SqliteSignIn:
    """A ``SignInStore`` over one SQLite database; the Protocol says what each method promises."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def put_administrator(
        self, new: NewAdministrator, tenant: int | None, audit: AuditEntry, at: str
    ) -> Administrator:
        """Add them, or give what is new to the one of that address."""

        def work(connection: SqliteConnection) -> Administrator:
            connection.change(
                "INSERT INTO administrator (email, folded, name, is_operator, created_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (folded) DO UPDATE SET is_operator = max(is_operator, excluded.is_operator),"
                " name = CASE excluded.name WHEN '' THEN name ELSE excluded.name END",
                (new.email, fold(new.email), new.name, new.is_operator, at),
            )
            row = connection.row(_SELECT + "WHERE a.folded = ?", (fold(new.email),))
            assert row is not None, "the administrator was written in this transaction"
            for grant in new.grants:
                connection.change(
                    "INSERT INTO administrator_grant (administrator, account, tenant) VALUES (?, ?, ?)"
                    " ON CONFLICT DO NOTHING",
                    (row[0], grant.account, grant.tenant or 0),
                )
            write_audit(connection, tenant, audit, at)
            row = connection.row(_SELECT + "WHERE a.id = ?", (row[0],))
            assert row is not None
            return as_administrator(row)

        return await self._database.write(work)

    async def administrators(self, account: int | None = None) -> Sequence[Administrator]:
        """All of them by address, or those with a grant in that account."""
        where, parameters = "", ()
        if account is not None:
            where = "WHERE a.id IN (SELECT administrator FROM administrator_grant WHERE account = ?) "
            parameters = (account,)  # type: ignore[assignment]
        return await self._database.scan(
            lambda reader: [
                as_administrator(row)
                for row in reader.rows(_SELECT + where + "ORDER BY a.folded", parameters)
            ]
        )

    async def administrator(self, id: int) -> Administrator | None:
        """The one of that number."""
        row = self._database.read_row(_SELECT + "WHERE a.id = ?", (id,))
        return as_administrator(row) if row else None

    async def administrator_named(self, email: str) -> Administrator | None:
        """The one of that address, in whatever letter case."""
        row = self._database.read_row(_SELECT + "WHERE a.folded = ?", (fold(email),))
        return as_administrator(row) if row else None

    async def remove_grant(
        self, administrator: int, grant: Grant, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Take that grant away."""

        def work(connection: SqliteConnection) -> None:
            connection.change(
                "DELETE FROM administrator_grant WHERE administrator = ? AND account = ? AND tenant = ?",
                (administrator, grant.account, grant.tenant or 0),
            )
            _forget_if_nothing_is_left(connection, administrator)
            write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def remove_operator(self, administrator: int, audit: AuditEntry, at: str) -> None:
        """They are no operator any more."""

        def work(connection: SqliteConnection) -> None:
            connection.change("UPDATE administrator SET is_operator = 0 WHERE id = ?", (administrator,))
            _forget_if_nothing_is_left(connection, administrator)
            write_audit(connection, None, audit, at)

        await self._database.write(work)

    async def password(self, administrator: int) -> str:
        """What is kept of their password, "" for none."""
        row = self._database.read_row("SELECT password FROM administrator WHERE id = ?", (administrator,))
        return row[0] if row else ""

    async def put_password(
        self, administrator: int, kept: str, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Another password; all their sessions and links end."""

        def work(connection: SqliteConnection) -> None:
            connection.change("UPDATE administrator SET password = ? WHERE id = ?", (kept, administrator))
            _end_all(connection, administrator)
            write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def put_language(self, administrator: int, language: str) -> None:
        """The language of their pages."""
        await self._database.write(
            _changing("UPDATE administrator SET language = ? WHERE id = ?", language, administrator)
        )

    async def add_link(
        self, hash: bytes, administrator: int, expires_at: str, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Keep a sign-in link; earlier ones of theirs end."""

        def work(connection: SqliteConnection) -> None:
            connection.change("DELETE FROM sign_in_link WHERE administrator = ?", (administrator,))
            connection.change(
                "INSERT INTO sign_in_link (hash, administrator, created_at, expires_at) VALUES (?, ?, ?, ?)",
                (hash, administrator, at, expires_at),
            )
            write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def link(self, hash: bytes, at: str) -> int | None:
        """Whose link it is, while it can be used."""
        row = self._database.read_row(
            "SELECT administrator FROM sign_in_link WHERE hash = ? AND expires_at > ?", (hash, at)
        )
        return row[0] if row else None

    async def take_link(self, hash: bytes, at: str) -> int | None:
        """Use it up."""

        def work(connection: SqliteConnection) -> int | None:
            found = connection.rows(
                "DELETE FROM sign_in_link WHERE hash = ? AND expires_at > ? RETURNING administrator",
                (hash, at),
            )
            return found[0][0] if found else None

        return await self._database.write(work)

    async def add_session(self, new: NewSession, tenant: int | None, audit: AuditEntry, at: str) -> None:
        """Keep a session."""
        record = new.record

        def work(connection: SqliteConnection) -> None:
            connection.change(
                "INSERT INTO console_session (hash, id, administrator, created_at, seen_at, ends_at, user_agent)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    new.hash,
                    record.id,
                    record.administrator,
                    record.created_at,
                    record.seen_at,
                    record.ends_at,
                    record.user_agent,
                ),
            )
            connection.change(
                "UPDATE administrator SET signed_in_at = ? WHERE id = ?", (at, record.administrator)
            )
            write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def session(self, hash: bytes) -> tuple[Session, Administrator] | None:
        """The session of that hash with whose it is."""
        row = self._database.read_row(_WITH_SESSION, (hash,))
        if row is None:
            return None
        return as_session(row[ADMINISTRATOR_WIDTH:]), as_administrator(row[:ADMINISTRATOR_WIDTH])

    async def sessions(self, administrator: int) -> Sequence[Session]:
        """Their sessions, newest first."""
        return await self._database.scan(
            lambda reader: [
                as_session(row)
                for row in reader.rows(
                    f"SELECT {SESSION} FROM console_session s WHERE s.administrator = ? ORDER BY s.created_at DESC",
                    (administrator,),
                )
            ]
        )

    async def touch_session(self, id: str, at: str) -> None:
        """Note that somebody is still there."""
        await self._database.write(_changing("UPDATE console_session SET seen_at = ? WHERE id = ?", at, id))

    async def view_tenant(self, session: str, viewing: int | None, audit: AuditEntry, at: str) -> None:
        """Note whose screens an operator looks at."""

        def work(connection: SqliteConnection) -> None:
            before = connection.value("SELECT viewing FROM console_session WHERE id = ?", (session,))
            connection.change("UPDATE console_session SET viewing = ? WHERE id = ?", (viewing, session))
            write_audit(connection, viewing if viewing is not None else before, audit, at)

        await self._database.write(work)

    async def end_session(
        self, id: str, administrator: int, tenant: int | None, audit: AuditEntry, at: str
    ) -> bool:
        """End one of theirs."""

        def work(connection: SqliteConnection) -> bool:
            if not connection.change(
                "DELETE FROM console_session WHERE id = ? AND administrator = ?", (id, administrator)
            ):
                return False
            write_audit(connection, tenant, audit, at)
            return True

        return await self._database.write(work)

    async def forget_ended(self, before: str) -> int:
        """Forget sessions and links that ended before that moment."""

        def work(connection: SqliteConnection) -> int:
            return connection.change(
                "DELETE FROM console_session WHERE ends_at < ?", (before,)
            ) + connection.change("DELETE FROM sign_in_link WHERE expires_at < ?", (before,))

        return await self._database.write(work)


def _changing(sql: str, *parameters: object) -> Callable[[SqliteConnection], int]:
    return lambda connection: connection.change(sql, parameters)


def _forget_if_nothing_is_left(connection: SqliteConnection, administrator: int) -> None:
    left = connection.row(
        "SELECT 1 FROM administrator a WHERE a.id = ? AND (a.is_operator OR EXISTS"
        " (SELECT 1 FROM administrator_grant g WHERE g.administrator = a.id))",
        (administrator,),
    )
    if left is None:
        _end_all(connection, administrator)
        connection.change("DELETE FROM administrator WHERE id = ?", (administrator,))


def _end_all(connection: SqliteConnection, administrator: int) -> None:
    connection.change("DELETE FROM console_session WHERE administrator = ?", (administrator,))
    connection.change("DELETE FROM sign_in_link WHERE administrator = ?", (administrator,))
