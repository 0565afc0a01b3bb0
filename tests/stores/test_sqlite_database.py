"""One writer, readers with snapshots of their own, and what happens when the file says no."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vestibule.scim.errors import Unavailable
from vestibule.stores.sqlite.connection import Parameters, SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.writer import start_over


def insert(text: str) -> Callable[[SqliteConnection], int]:
    return lambda connection: connection.insert("INSERT INTO t (b) VALUES (?)", (text,))


async def test_many_requests_share_a_commit(database: SqliteDatabase) -> None:
    await asyncio.gather(*[database.write(insert(str(n))) for n in range(300)])
    assert database.read("SELECT count(*) FROM t") == [(300,)]
    assert database.writer.groups < 30
    assert database.writer.requests == 300


async def test_a_request_that_fails_takes_nothing_with_it(database: SqliteDatabase) -> None:
    def bad(connection: SqliteConnection) -> None:
        connection.insert("INSERT INTO t (b) VALUES ('bad')")
        raise KeyError("bad")

    works = [insert("one"), bad, insert("two")]
    results = await asyncio.gather(*[database.write(w) for w in works], return_exceptions=True)
    assert isinstance(results[1], KeyError)
    assert database.read("SELECT b FROM t ORDER BY a") == [("one",), ("two",)]


async def test_where_one_fails_that_had_no_savepoint_the_others_are_run_again(
    database: SqliteDatabase,
) -> None:
    """As if each had had its own from the beginning: nothing is there twice, nothing is lost, and in their order."""
    runs: list[str] = []

    def work(text: str) -> Callable[[SqliteConnection], None]:
        def run(connection: SqliteConnection) -> None:
            runs.append(text)
            connection.insert("INSERT INTO t (b) VALUES (?)", (text,))
            if text == "bad":
                raise KeyError(text)
            if text == "again" and runs.count("again") < 9:
                start_over(connection)
                connection.insert("INSERT INTO t (b) VALUES ('over')")
            connection.append("INSERT INTO t (b) VALUES (?)", [(f"{text}, by and by",)])

        return run

    async def write(*texts: str) -> list[object]:
        return await asyncio.gather(
            *[database.write(work(text), repeats=True) for text in texts], return_exceptions=True
        )

    def kept() -> list[str]:
        return [text for (text,) in database.read("SELECT b FROM t ORDER BY a")]

    def expected(*texts: str) -> list[str]:
        return sorted(said for text in texts for said in (text, f"{text}, by and by"))

    many = [str(number) for number in range(10, 40)]
    assert set(await write(*many)) == {None}
    assert sorted(kept()) == expected(*many)
    assert [text for text in kept() if "," in text] == [f"{text}, by and by" for text in many]
    assert database.writer.groups < len(many)
    assert len(runs) == len(many)

    more = [str(number) for number in range(40, 70)]
    results = await write(*more[:25], "bad", *more[25:])
    assert [type(result) for result in results if result is not None] == [KeyError]
    assert sorted(kept()) == expected(*many, *more)
    assert len(runs) > len(many) + len(more) + 1, "some were run again"

    while len(runs) < 1000:  # until they are trusted again
        await write("40")
    database.writer.connection.change("DELETE FROM t")
    runs.clear()
    assert set(await write(*more[:25], "again", *more[25:])) == {None}
    assert sorted(kept()) == sorted([*expected(*more), "over", "again, by and by"])
    assert runs.count("again") > 1


async def test_a_commit_that_fails_fails_every_request_of_its_group(database: SqliteDatabase) -> None:
    """Better 503 than a false 200; and the next group is none the worse."""
    writing = database.writer.connection

    class Refusing(SqliteConnection):
        def change(self, sql: str, parameters: Parameters = ()) -> int:
            if sql == "COMMIT" and self.raw.execute("SELECT count(*) FROM t").fetchone()[0]:
                raise sqlite3.OperationalError("disk I/O error")
            return super().change(sql, parameters)

    database.writer.connection = Refusing(writing.raw)
    results = await asyncio.gather(
        *[database.write(insert(str(n))) for n in range(20)],
        return_exceptions=True,
    )
    assert {type(result) for result in results} == {Unavailable}
    assert len({id(result) for result in results}) == 20
    database.writer.connection = writing
    await database.write(insert("after"))
    assert database.read("SELECT b FROM t") == [("after",)]


async def test_a_full_disk_is_unavailable_and_loses_nothing(database: SqliteDatabase) -> None:
    """Whatever was acknowledged is there; whatever was refused is not."""
    await database.write(insert("before"))
    writing = database.writer.connection
    pages = writing.value("PRAGMA page_count")
    writing.rows(f"PRAGMA max_page_count = {pages + 4}")
    results = await asyncio.gather(
        *[database.write(insert("x" * 3000)) for _ in range(40)],
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, Unavailable)]
    assert refused
    assert all(isinstance(error.retry_after, int) for error in refused)
    assert database.read("SELECT count(*) FROM t") == [(1 + len(results) - len(refused),)]
    writing.rows("PRAGMA max_page_count = 1000000")
    await database.write(insert("after"))


async def test_a_locked_file_is_waited_for_and_then_unavailable(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as refused:
        await database.write(insert("never"))
    assert refused.value.retry_after == 5
    waiting = asyncio.ensure_future(database.write(insert("patient")))
    await asyncio.sleep(0.1)
    assert database.read("SELECT count(*) FROM t") == [(0,)]
    other.execute("ROLLBACK")
    await waiting
    other.close()


async def test_another_process_gets_its_turn(tmp_path: Path, steps: Path) -> None:
    """A server under load pauses now and then; who waits beside it is quick enough to notice."""
    url = f"sqlite:///{tmp_path}/x.db"
    server, beside = SqliteDatabase(url, steps), SqliteDatabase(url, steps)
    await server.start()
    await beside.start()
    busy = True

    async def load() -> None:
        while busy:
            await server.write(insert("load"))

    loads = [asyncio.ensure_future(load()) for _ in range(16)]
    await asyncio.sleep(0.05)
    started = time.monotonic()
    for _ in range(5):
        await beside.write(insert("beside"))
    assert time.monotonic() - started < 5
    busy = False
    await asyncio.gather(*loads)
    await beside.stop()
    await server.stop()


async def test_a_scan_sees_one_state(database: SqliteDatabase) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def look(connection: SqliteConnection) -> tuple[int, int]:
        first = connection.value("SELECT count(*) FROM t")
        begun.set()
        go_on.wait(5)
        return first, connection.value("SELECT count(*) FROM t")

    scanning = asyncio.ensure_future(database.scan(look))
    await asyncio.to_thread(begun.wait, 5)
    await database.write(insert("meanwhile"))
    go_on.set()
    assert await scanning == (0, 0)
    assert database.read("SELECT count(*) FROM t") == [(1,)]


async def test_reads_leave_no_snapshot_open(database: SqliteDatabase) -> None:
    """An open cursor would keep the write-ahead log from shrinking."""
    await database.write(insert("x"))
    database.read_row("SELECT * FROM t")
    database.reading.snapshot(lambda connection: connection.rows("SELECT * FROM t"))
    await database.scan(lambda connection: connection.value("SELECT b FROM t"))
    database.writer.connection.raw.execute("PRAGMA busy_timeout = 0")
    busy, _, _ = database.writer.connection.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0


async def test_a_scan_without_end_is_stopped(database: SqliteDatabase) -> None:
    forever = "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with pytest.raises(Unavailable, match="took too long"):
        await database.scan(lambda connection: connection.rows(forever), seconds=0.1)
    assert await database.scan(lambda connection: connection.value("SELECT 1")) == 1


async def test_readers_cannot_write(database: SqliteDatabase) -> None:
    with pytest.raises(Unavailable):
        database.read("INSERT INTO t (b) VALUES ('x')")


async def test_who_goes_away_is_written_all_the_same(database: SqliteDatabase) -> None:
    asked = asyncio.ensure_future(database.write(insert("gone")))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.sleep(0.1)
    assert database.read("SELECT b FROM t") == [("gone",)]


async def test_stopping_writes_what_was_asked_for(tmp_path: Path, steps: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db", steps)
    await database.start()
    asked = [asyncio.ensure_future(database.write(insert(str(n)))) for n in range(50)]
    await asyncio.sleep(0)
    await database.stop()
    await database.stop()
    await asyncio.gather(*asked)
    with pytest.raises(Unavailable):
        await database.write(insert("late"))
    raw = sqlite3.connect(tmp_path / "x.db")
    assert raw.execute("SELECT count(*) FROM t").fetchone() == (50,)
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()
    assert stat.S_IMODE((tmp_path / "x.db").stat().st_mode) == 0o600


async def test_in_memory_is_a_private_file_that_goes(steps: Path) -> None:
    one, other = SqliteDatabase("sqlite://", steps), SqliteDatabase("sqlite://", steps)
    await one.start()
    await other.start()
    await one.write(insert("x"))
    assert other.read("SELECT count(*) FROM t") == [(0,)]
    path = one.path
    assert path.exists()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await one.stop()
    await other.stop()
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        pytest.param(lambda path: path.mkdir(), "cannot be opened: Is a directory", id="a folder"),
        pytest.param(
            lambda path: path.write_bytes(b"userName\n" * 100), "is no SQLite database", id="another file"
        ),
    ],
)
async def test_a_file_that_is_no_database_is_refused_with_the_cure(
    tmp_path: Path, steps: Path, made: Callable[[Path], object], said: str
) -> None:
    path = tmp_path / "people.csv"
    made(path)
    with pytest.raises(Unavailable, match=said) as refused:
        await SqliteDatabase(f"sqlite:///{path}", steps).start()
    assert str(path) in refused.value.detail
    assert "VESTIBULE_DATABASE" in refused.value.detail
