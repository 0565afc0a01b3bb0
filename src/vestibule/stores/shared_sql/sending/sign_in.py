"""Sign-in of directory administrators: each of them administers the whole directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vestibule.directory.change import AuditEntry
from vestibule.provisioning.audit import AuditEntry as DirectoryEntry
from vestibule.scim.fold import fold
from vestibule.sign_in.administrator import Administrator, Grant, NewAdministrator
from vestibule.sign_in.session import NewSession, Session
from vestibule.stores.shared_sql.sending.audit import write_entry
from vestibule.stores.shared_sql.sending.statements import Database, Row, Statements

_ADMINISTRATOR = (
    "a.id, a.email, a.name, a.created_at, a.signed_in_at, a.language, "
    "CASE WHEN a.password = '' THEN 0 ELSE 1 END"
)
_WIDTH = 7
_SESSION = "s.id, s.administrator, s.created_at, s.seen_at, s.ends_at, s.user_agent"
#: There is one directory, and nothing in it is handed out apart.
_ALL = (Grant(1),)


class DirectorySignIn:
    """A ``vestibule.sign_in.store.SignInStore`` over the sending side's database; the Protocol says the promises.

    It has no tenants: whatever of them is handed in is left out.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_administrator(
        self, new: NewAdministrator, tenant: int | None, audit: AuditEntry, at: str
    ) -> Administrator:
        """Add them, or give a name to the one of that address."""

        def work(connection: Statements) -> Administrator:
            connection.change(
                "INSERT INTO administrator (email, folded, name, created_at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (folded) DO UPDATE SET "
                "name = CASE excluded.name WHEN '' THEN administrator.name ELSE excluded.name END",
                (new.email, fold(new.email), new.name, at),
            )
            _note(connection, audit, at)
            row = connection.row(
                f"SELECT {_ADMINISTRATOR} FROM administrator AS a WHERE a.folded = ?", (fold(new.email),)
            )
            assert row is not None, "the administrator was written in this transaction"
            return _administrator(row)

        return await self._database.write(work)

    async def administrators(self, account: int | None = None) -> Sequence[Administrator]:
        """All of them by address."""
        rows = await self._database.fetch(
            f"SELECT {_ADMINISTRATOR} FROM administrator AS a ORDER BY a.folded"
        )
        return [_administrator(row) for row in rows]

    async def administrator(self, id: int) -> Administrator | None:
        """The one of that number."""
        return await self._one("a.id = ?", id)

    async def administrator_named(self, email: str) -> Administrator | None:
        """The one of that address, in whatever letter case."""
        return await self._one("a.folded = ?", fold(email))

    async def remove_grant(
        self, administrator: int, grant: Grant, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """They administer the directory no more: sign-in and sessions end."""

        def work(connection: Statements) -> None:
            _end_all(connection, administrator)
            connection.change("DELETE FROM administrator WHERE id = ?", (administrator,))
            _note(connection, audit, at)

        await self._database.write(work)

    async def remove_operator(self, administrator: int, audit: AuditEntry, at: str) -> None:
        """There are no operators here."""

    async def password(self, administrator: int) -> str:
        """What is kept of their password, "" for none."""
        row = await self._database.fetch_row(
            "SELECT password FROM administrator WHERE id = ?", (administrator,)
        )
        return row[0] if row else ""

    async def put_password(
        self, administrator: int, kept: str, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Another password; all their sessions and links end."""

        def work(connection: Statements) -> None:
            connection.change("UPDATE administrator SET password = ? WHERE id = ?", (kept, administrator))
            _end_all(connection, administrator)
            _note(connection, audit, at)

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

        def work(connection: Statements) -> None:
            connection.change("DELETE FROM sign_in_link WHERE administrator = ?", (administrator,))
            connection.change(
                "INSERT INTO sign_in_link (hash, administrator, created_at, expires_at) VALUES (?, ?, ?, ?)",
                (hash, administrator, at, expires_at),
            )
            _note(connection, audit, at)

        await self._database.write(work)

    async def link(self, hash: bytes, at: str) -> int | None:
        """Whose link it is, while it can be used."""
        row = await self._database.fetch_row(
            "SELECT administrator FROM sign_in_link WHERE hash = ? AND expires_at > ?", (hash, at)
        )
        return row[0] if row else None

    async def take_link(self, hash: bytes, at: str) -> int | None:
        """Use it up."""

        def work(connection: Statements) -> int | None:
            found = connection.rows(
                "DELETE FROM sign_in_link WHERE hash = ? AND expires_at > ? RETURNING administrator",
                (hash, at),
            )
            return found[0][0] if found else None

        return await self._database.write(work)

    async def add_session(self, new: NewSession, tenant: int | None, audit: AuditEntry, at: str) -> None:
        """Keep a session."""
        one = new.record

        def work(connection: Statements) -> None:
            connection.change(
                "INSERT INTO console_session (hash, id, administrator, created_at, seen_at, ends_at, user_agent) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    new.hash,
                    one.id,
                    one.administrator,
                    one.created_at,
                    one.seen_at,
                    one.ends_at,
                    one.user_agent,
                ),
            )
            connection.change(
                "UPDATE administrator SET signed_in_at = ? WHERE id = ?", (at, one.administrator)
            )
            _note(connection, audit, at)

        await self._database.write(work)

    async def session(self, hash: bytes) -> tuple[Session, Administrator] | None:
        """The session of that hash with whose it is."""
        row = await self._database.fetch_row(
            f"SELECT {_ADMINISTRATOR}, {_SESSION} FROM console_session AS s "
            "JOIN administrator AS a ON a.id = s.administrator WHERE s.hash = ?",
            (hash,),
        )
        return (Session(*row[_WIDTH:]), _administrator(row[:_WIDTH])) if row else None

    async def sessions(self, administrator: int) -> Sequence[Session]:
        """Their sessions, newest first."""
        rows = await self._database.fetch(
            f"SELECT {_SESSION} FROM console_session AS s WHERE s.administrator = ? ORDER BY s.created_at DESC",
            (administrator,),
        )
        return [Session(*row) for row in rows]

    async def touch_session(self, id: str, at: str) -> None:
        """Note that somebody is still there."""
        await self._database.write(_changing("UPDATE console_session SET seen_at = ? WHERE id = ?", at, id))

    async def view_tenant(self, session: str, viewing: int | None, audit: AuditEntry, at: str) -> None:
        """There are no tenants here."""

    async def end_session(
        self, id: str, administrator: int, tenant: int | None, audit: AuditEntry, at: str
    ) -> bool:
        """End one of theirs."""

        def work(connection: Statements) -> bool:
            ended = connection.change(
                "DELETE FROM console_session WHERE id = ? AND administrator = ?", (id, administrator)
            )
            if ended:
                _note(connection, audit, at)
            return bool(ended)

        return await self._database.write(work)

    async def forget_ended(self, before: str) -> int:
        """Forget sessions and links that ended before that moment."""

        def work(connection: Statements) -> int:
            gone = connection.change("DELETE FROM console_session WHERE ends_at < ?", (before,))
            return gone + connection.change("DELETE FROM sign_in_link WHERE expires_at < ?", (before,))

        return await self._database.write(work)

    async def _one(self, condition: str, value: object) -> Administrator | None:
        row = await self._database.fetch_row(
            f"SELECT {_ADMINISTRATOR} FROM administrator AS a WHERE {condition}", (value,)
        )
        return _administrator(row) if row else None


def _administrator(row: Row) -> Administrator:
    id, email, name, created_at, signed_in_at, language, has_password = row
    return Administrator(
        id=id,
        email=email,
        name=name,
        is_operator=False,
        created_at=created_at,
        grants=_ALL,
        signed_in_at=signed_in_at,
        has_password=bool(has_password),
        language=language,
    )


def _note(connection: Statements, audit: AuditEntry, at: str) -> None:
    told: Mapping[str, Any] = audit.payload or {}
    write_entry(
        connection,
        DirectoryEntry(at, audit.actor, audit.action, audit.subject_type, audit.subject_id, told),
    )


def _end_all(connection: Statements, administrator: int) -> None:
    connection.change("DELETE FROM console_session WHERE administrator = ?", (administrator,))
    connection.change("DELETE FROM sign_in_link WHERE administrator = ?", (administrator,))


def _changing(sql: str, *parameters: object) -> Callable[[Statements], int]:
    return lambda connection: connection.change(sql, parameters)
