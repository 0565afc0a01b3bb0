"""A PostgreSQL schema into which a move did not end: it holds everything, and nobody may serve it yet."""

from __future__ import annotations

from vestibule.stores.postgresql.address import DatabaseRefused
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.tables import UNFINISHED

THERE = "SELECT to_regclass('setting') IS NOT NULL"
NOTE = "SELECT value FROM setting WHERE name = $1"


async def refuse_unfinished(database: PostgresDatabase) -> None:
    """``DatabaseRefused`` where the note of an unfinished move stands."""
    if await database.value(THERE) and await database.value(NOTE, (UNFINISHED,)) is not None:
        raise DatabaseRefused(
            f"{database.address}, schema {database.address.schema!r}: a move into it did not come to its end, and its "
            "source may have changed since. Start it again: vestibule migrate --database sqlite:////… --to …"
        )
