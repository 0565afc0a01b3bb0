"""No table and no column is forgotten by a move: what the migrations make is what is declared."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.postgresql import Place
from vestibule.stores.postgresql.database import RECEIVING_MIGRATIONS, PostgresDatabase
from vestibule.stores.receiving import open_receiving_store
from vestibule.stores.shared_sql.tables import LEFT_BEHIND, RECEIVING

_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
)

Columns = dict[str, set[str]]


async def on_sqlite(folder: Path) -> Columns:
    store = open_receiving_store(f"sqlite:///{folder / 'v.db'}")
    await store.start()
    await store.stop()
    connection = sqlite3.connect(folder / "v.db")
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {n: {row[1] for row in connection.execute(f"PRAGMA table_info({n})")} for n in names}
    connection.close()
    return found


async def on_postgresql(place: Place) -> Columns:
    database = PostgresDatabase(place.url, RECEIVING_MIGRATIONS, schema=place.schema)
    await database.start()
    found: Columns = {}
    for table, column in await database.rows(_COLUMNS):
        found.setdefault(table, set()).add(column)
    await database.stop()
    return found


async def test_every_table_of_either_store_is_declared(tmp_path: Path, postgresql: Place) -> None:
    declared = {table.name for table in RECEIVING}
    assert len(declared) == len(RECEIVING)
    here, there = await on_sqlite(tmp_path), await on_postgresql(postgresql)
    assert here.keys() - LEFT_BEHIND.keys() == declared
    assert there.keys() - LEFT_BEHIND.keys() == declared
    assert LEFT_BEHIND.keys() <= here.keys() | there.keys()


async def test_every_column_of_either_store_is_on_the_other(tmp_path: Path, postgresql: Place) -> None:
    here, there = await on_sqlite(tmp_path), await on_postgresql(postgresql)
    for table in RECEIVING:
        assert here[table.name] | table.only_there.keys() == there[table.name], table.name
