"""What a search looks through, kept beside the people: ``person_text``. Triggers say whose is to be made anew."""

from __future__ import annotations

import json

from vestibule.scim.fold import fold
from vestibule.stores.shared_sql.sending.statements import Database, Statements

_AT_ONCE = 2_000
_DUE = (
    "SELECT d.person_id, p.login_folded, p.login, p.attributes FROM person_text_due AS d "
    "JOIN person AS p ON p.id = d.person_id ORDER BY d.person_id LIMIT ?"
)


class PersonTexts:
    """The part of the store that keeps them current."""

    database: Database

    async def renew_texts(self) -> None:
        """Make anew what a migration, or a version that does not know of it, has left to be made."""
        if await self.database.fetch_row("SELECT person_id FROM person_text_due LIMIT 1"):
            await self.database.write(renew, is_long=True)


def renew(connection: Statements) -> None:
    """Make the texts that are due, in the transaction of what they are due to."""
    while rows := connection.rows(_DUE, (_AT_ONCE,)):
        ids = [(row[0],) for row in rows]
        connection.change_many("DELETE FROM person_text WHERE person_id = ?", ids)
        connection.change_many(
            "INSERT INTO person_text (person_id, login_folded, text) VALUES (?, ?, ?)",
            [(row[0], row[1], text_of(row[2], row[3])) for row in rows],
        )
        connection.change_many("DELETE FROM person_text_due WHERE person_id = ?", ids)


def text_of(login: str, attributes: str) -> str:
    """A login and what attributes, kept as JSON, have for values: a line each, folded."""
    values = (str(value) for value in json.loads(attributes).values() if value)
    return "\n".join(dict.fromkeys(fold(value) for value in (login, *values)))


def pattern(typed: str) -> str:
    """What LIKE takes for the text in the middle of another; ``!`` is the escape."""
    kept = fold(typed)
    for mark in "!%_":
        kept = kept.replace(mark, f"!{mark}")
    return f"%{kept}%"
