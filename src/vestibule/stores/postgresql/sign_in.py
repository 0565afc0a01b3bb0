"""Sign-in in PostgreSQL: a session is one statement, changes commit together with their audit entry."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.change import AuditEntry
from vestibule.scim.fold import fold
from vestibule.sign_in.administrator import Administrator, Grant, NewAdministrator
from vestibule.sign_in.session import NewSession, Session
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.sign_in_rows import (
    ADMINISTRATOR,
    ADMINISTRATOR_WIDTH,
    SESSION,
    as_administrator,
    as_session,
)

_COLUMNS = ADMINISTRATOR.format(grants="string_agg(g.account || ':' || g.tenant, ',')")
_SELECT = f"SELECT {_COLUMNS} FROM administrator a "
_WITH_SESSION = (
    f"SELECT {_COLUMNS}, {SESSION} FROM console_session s JOIN administrator a ON a.id = s.administrator"
    " WHERE s.hash = $1"
)


class PostgresSignIn:
    """A ``SignInStore`` over one PostgreSQL database; the Protocol says what each method promises."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def put_administrator(
        self, new: NewAdministrator, tenant: int | None, audit: AuditEntry, at: str
    ) -> Administrator:
        """Add them, or give what is new to the one of that address."""

        async def work(connection: PostgresConnection) -> Administrator:
            await connection.change(
                "INSERT INTO administrator (email, folded, name, is_operator, created_at) VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT (folded) DO UPDATE SET is_operator = administrator.is_operator OR excluded.is_operator,"
                " name = CASE excluded.name WHEN '' THEN administrator.name ELSE excluded.name END",
                (new.email, fold(new.email), new.name, new.is_operator, at),
            )
            row = await connection.row(_SELECT + "WHERE a.folded = $1", (fold(new.email),))
            assert row is not None, "the administrator was written in this transaction"
            for grant in new.grants:
                await connection.change(
                    "INSERT INTO administrator_grant (administrator, account, tenant) VALUES ($1, $2, $3)"
                    " ON CONFLICT DO NOTHING",
                    (row[0], grant.account, grant.tenant or 0),
                )
            await write_audit(connection, tenant, audit, at)
            row = await connection.row(_SELECT + "WHERE a.id = $1", (row[0],))
            assert row is not None
            return as_administrator(row)

        return await self._database.write(work)

    async def administrators(self, account: int | None = None) -> Sequence[Administrator]:
        """All of them by address, or those with a grant in that account."""
        where, parameters = "", ()
        if account is not None:
            where = "WHERE a.id IN (SELECT administrator FROM administrator_grant WHERE account = $1) "
            parameters = (account,)  # type: ignore[assignment]
        rows = await self._database.rows(_SELECT + where + "ORDER BY a.folded", parameters)
        return [as_administrator(row) for row in rows]

    async def administrator(self, id: int) -> Administrator | None:
        """The one of that number."""
        row = await self._database.row(_SELECT + "WHERE a.id = $1", (id,))
        return as_administrator(row) if row else None

    async def administrator_named(self, email: str) -> Administrator | None:
        """The one of that address, in whatever letter case."""
        row = await self._database.row(_SELECT + "WHERE a.folded = $1", (fold(email),))
        return as_administrator(row) if row else None

    async def remove_grant(
        self, administrator: int, grant: Grant, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Take that grant away."""

        async def work(connection: PostgresConnection) -> None:
            await connection.change(
                "DELETE FROM administrator_grant WHERE administrator = $1 AND account = $2 AND tenant = $3",
                (administrator, grant.account, grant.tenant or 0),
            )
            await _forget_if_nothing_is_left(connection, administrator)
            await write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def remove_operator(self, administrator: int, audit: AuditEntry, at: str) -> None:
        """They are no operator any more."""

        async def work(connection: PostgresConnection) -> None:
            await connection.change(
                "UPDATE administrator SET is_operator = false WHERE id = $1", (administrator,)
            )
            await _forget_if_nothing_is_left(connection, administrator)
            await write_audit(connection, None, audit, at)

        await self._database.write(work)

    async def password(self, administrator: int) -> str:
        """What is kept of their password, "" for none."""
        row = await self._database.row("SELECT password FROM administrator WHERE id = $1", (administrator,))
        return row[0] if row else ""

    async def put_password(
        self, administrator: int, kept: str, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Another password; all their sessions and links end."""

        async def work(connection: PostgresConnection) -> None:
            await connection.change(
                "UPDATE administrator SET password = $1 WHERE id = $2", (kept, administrator)
            )
            await _end_all(connection, administrator)
            await write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def put_language(self, administrator: int, language: str) -> None:
        """The language of their pages."""
        await self._database.change(
            "UPDATE administrator SET language = $1 WHERE id = $2", (language, administrator)
        )

    async def add_link(
        self, hash: bytes, administrator: int, expires_at: str, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Keep a sign-in link; earlier ones of theirs end."""

        async def work(connection: PostgresConnection) -> None:
            await connection.change("DELETE FROM sign_in_link WHERE administrator = $1", (administrator,))
            await connection.change(
                "INSERT INTO sign_in_link (hash, administrator, created_at, expires_at) VALUES ($1, $2, $3, $4)",
                (hash, administrator, at, expires_at),
            )
            await write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def link(self, hash: bytes, at: str) -> int | None:
        """Whose link it is, while it can be used."""
        row = await self._database.row(
            "SELECT administrator FROM sign_in_link WHERE hash = $1 AND expires_at > $2", (hash, at)
        )
        return row[0] if row else None

    async def take_link(self, hash: bytes, at: str) -> int | None:
        """Use it up."""

        async def work(connection: PostgresConnection) -> int | None:
            found = await connection.rows(
                "DELETE FROM sign_in_link WHERE hash = $1 AND expires_at > $2 RETURNING administrator",
                (hash, at),
            )
            return found[0][0] if found else None

        return await self._database.write(work)

    async def add_session(self, new: NewSession, tenant: int | None, audit: AuditEntry, at: str) -> None:
        """Keep a session."""
        record = new.record

        async def work(connection: PostgresConnection) -> None:
            await connection.change(
                "INSERT INTO console_session (hash, id, administrator, created_at, seen_at, ends_at, user_agent)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
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
            await connection.change(
                "UPDATE administrator SET signed_in_at = $1 WHERE id = $2", (at, record.administrator)
            )
            await write_audit(connection, tenant, audit, at)

        await self._database.write(work)

    async def session(self, hash: bytes) -> tuple[Session, Administrator] | None:
        """The session of that hash with whose it is."""
        row = await self._database.row(_WITH_SESSION, (hash,))
        if row is None:
            return None
        return as_session(row[ADMINISTRATOR_WIDTH:]), as_administrator(row[:ADMINISTRATOR_WIDTH])

    async def sessions(self, administrator: int) -> Sequence[Session]:
        """Their sessions, newest first."""
        rows = await self._database.rows(
            f"SELECT {SESSION} FROM console_session s WHERE s.administrator = $1 ORDER BY s.created_at DESC",
            (administrator,),
        )
        return [as_session(row) for row in rows]

    async def touch_session(self, id: str, at: str) -> None:
        """Note that somebody is still there."""
        await self._database.change("UPDATE console_session SET seen_at = $1 WHERE id = $2", (at, id))

    async def view_tenant(self, session: str, viewing: int | None, audit: AuditEntry, at: str) -> None:
        """Note whose screens an operator looks at."""

        async def work(connection: PostgresConnection) -> None:
            before = await connection.value("SELECT viewing FROM console_session WHERE id = $1", (session,))
            await connection.change(
                "UPDATE console_session SET viewing = $1 WHERE id = $2", (viewing, session)
            )
            await write_audit(connection, viewing if viewing is not None else before, audit, at)

        await self._database.write(work)

    async def end_session(
        self, id: str, administrator: int, tenant: int | None, audit: AuditEntry, at: str
    ) -> bool:
        """End one of theirs."""

        async def work(connection: PostgresConnection) -> bool:
            if not await connection.change(
                "DELETE FROM console_session WHERE id = $1 AND administrator = $2", (id, administrator)
            ):
                return False
            await write_audit(connection, tenant, audit, at)
            return True

        return await self._database.write(work)

    async def forget_ended(self, before: str) -> int:
        """Forget sessions and links that ended before that moment."""

        async def work(connection: PostgresConnection) -> int:
            return await connection.change(
                "DELETE FROM console_session WHERE ends_at < $1", (before,)
            ) + await connection.change("DELETE FROM sign_in_link WHERE expires_at < $1", (before,))

        return await self._database.write(work)


async def _forget_if_nothing_is_left(connection: PostgresConnection, administrator: int) -> None:
    left = await connection.row(
        "SELECT 1 FROM administrator a WHERE a.id = $1 AND (a.is_operator OR EXISTS"
        " (SELECT 1 FROM administrator_grant g WHERE g.administrator = a.id))",
        (administrator,),
    )
    if left is None:
        await _end_all(connection, administrator)
        await connection.change("DELETE FROM administrator WHERE id = $1", (administrator,))


async def _end_all(connection: PostgresConnection, administrator: int) -> None:
    await connection.change("DELETE FROM console_session WHERE administrator = $1", (administrator,))
    await connection.change("DELETE FROM sign_in_link WHERE administrator = $1", (administrator,))
