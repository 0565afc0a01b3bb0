"""The loop's reads: one snapshot a turn, nothing acknowledged unseen, nothing remembered beyond a commit."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from vestibule.stores.sqlite.database import SqliteDatabase


def count(database: SqliteDatabase) -> int:
    number: int = database.read("SELECT count(*) FROM t")[0][0]
    return number


async def test_a_turn_sees_one_state_and_the_next_all_that_was_committed(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    assert count(database) == 0
    other.execute("INSERT INTO t (b) VALUES ('x')")
    assert count(database) == 0
    await asyncio.sleep(0)
    assert count(database) == 1
    other.close()


async def test_who_wrote_sees_it_at_once(database: SqliteDatabase) -> None:
    for number in range(50):
        await asyncio.gather(
            *(database.write(lambda c: c.insert("INSERT INTO t (b) VALUES ('x')")) for _ in range(4))
        )
        assert count(database) == 4 * (number + 1)


async def test_what_is_remembered_ends_with_any_commit(database: SqliteDatabase, tmp_path: Path) -> None:
    database.reading.read_before()["key"] = "kept"
    await asyncio.sleep(0)
    assert database.reading.read_before() == {"key": "kept"}
    await database.write(lambda c: c.insert("INSERT INTO t (b) VALUES ('x')"))
    assert database.reading.read_before() == {}
    database.reading.read_before()["key"] = "again"
    await asyncio.sleep(0)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("INSERT INTO t (b) VALUES ('y')")
    other.close()
    assert database.reading.read_before() == {}


async def test_the_cache_grows_with_the_file_and_no_further_than_it_may(
    database: SqliteDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cached() -> int:
        kib: int = -database.read("PRAGMA cache_size")[0][0]
        return kib

    monkeypatch.setattr("vestibule.stores.sqlite.turn._SMALLEST_KIB", 100)
    monkeypatch.setattr("vestibule.stores.sqlite.turn._LARGEST_KIB", 2000)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    sizes = []
    for megabytes in (0, 3, 9, 30, 0):
        for _ in range(64):
            other.execute("INSERT INTO t (b) VALUES (?)", ("x" * (megabytes << 20 >> 6),))
            count(database)
            await asyncio.sleep(0)
        count(database)
        await asyncio.sleep(0)
        sizes.append(cached())
    other.close()
    assert sizes[0] == 100
    assert sizes == sorted(sizes)
    assert sizes[-1] == 2000
