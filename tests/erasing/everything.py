"""All that a database holds, as text: every row of every table, packed ones unpacked, and the files themselves."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from vestibule.stores.sqlite.database import SqliteDatabase


async def everything_kept(store: Any) -> dict[str, str]:
    """By table. Bytes are read as UTF-8 where they can be."""
    database = store.database
    if isinstance(database, SqliteDatabase):
        with closing(sqlite3.connect(database.path)) as connection:
            tables = [
                row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            return {
                table: _text(connection.execute(f'SELECT * FROM "{table}"').fetchall()) for table in tables
            }
    found = {}
    tables = await database.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()", ()
    )
    for (table,) in tables:
        found[table] = _text(await database.rows(f'SELECT * FROM "{table}"', ()))
    return found


def bytes_of_files(store: Any) -> bytes:
    """What stands in the database's files on SQLite; b"" elsewhere."""
    if not isinstance(store.database, SqliteDatabase):
        return b""
    path: Path = store.database.path
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.is_file())


def _text(rows: Any) -> str:
    return "\n".join(" | ".join(_cell(value) for value in row) for row in rows)


def _cell(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    with suppress(zlib.error):
        value = zlib.decompress(value)
    return value.decode("utf-8", "replace")
