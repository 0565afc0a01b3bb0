"""The write-ahead log is copied beside the writer; it stays short, and no commit does it."""

from __future__ import annotations

import asyncio
import sqlite3
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from vestibule.scim.errors import Unavailable
from vestibule.stores.sqlite.checkpoints import EVERY, Checkpoints
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase

#: Pages of some commits: far more than the log may grow to.
_ROWS, _TEXT = 40, "x" * 3000
_PATIENCE = 60.0


def fill(connection: SqliteConnection) -> None:
    connection.change_many("INSERT INTO t (b) VALUES (?)", [(_TEXT,)] * _ROWS)


def log_pages(path: Path) -> tuple[int, int]:
    """Pages in the log since it was begun, and how many of them the file has (https://sqlite.org/walformat.html)."""
    index = path.with_name(f"{path.name}-shm").read_bytes()
    (pages,) = struct.unpack_from("=I", index, 16)
    (copied,) = struct.unpack_from("=I", index, 96)
    return pages, copied


async def until(holds: Any) -> None:
    """Wait for it, off the loop."""
    async with asyncio.timeout(_PATIENCE):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.01)


async def test_the_log_is_copied_and_begun_anew(database: SqliteDatabase) -> None:
    """Again and again, and it never grows far beyond its limit."""
    longest = begun_anew = last = 0
    for number in range(2000):
        await database.write(fill)
        if number % 20 == 0:
            pages, _ = await asyncio.to_thread(log_pages, database.path)
            begun_anew += pages < last
            last, longest = pages, max(longest, pages)
        if begun_anew >= 3:
            break
    assert begun_anew >= 3
    assert longest < 8000, "twice what SQLite lets it grow to"
    assert database.read("SELECT count(*) FROM t")[0][0] % _ROWS == 0


async def test_a_commit_copies_nothing(database: SqliteDatabase) -> None:
    """The file itself stays as it is until the thread has been there."""
    await database.write(fill)
    before = database.path.stat().st_size
    for _ in range(EVERY - 2):
        await database.write(fill)
    assert database.path.stat().st_size == before
    await database.write(fill)
    await until(lambda: database.path.stat().st_size > before)


async def test_a_snapshot_that_stays_open_keeps_what_it_sees(database: SqliteDatabase) -> None:
    """It holds up the copying, not the writer; once it has ended the log is begun anew."""
    await database.write(fill)
    begun, go_on = threading.Event(), threading.Event()

    def look(connection: SqliteConnection) -> tuple[int, int]:
        first = connection.value("SELECT count(*) FROM t")
        begun.set()
        go_on.wait(_PATIENCE)
        return first, connection.value("SELECT count(*) FROM t")

    scanning = asyncio.ensure_future(database.scan(look))
    await asyncio.to_thread(begun.wait, _PATIENCE)
    for _ in range(40):
        await database.write(fill)
    pages, copied = await asyncio.to_thread(log_pages, database.path)
    assert copied < pages
    go_on.set()
    assert await scanning == (_ROWS, _ROWS)
    more = 0
    while log_pages(database.path)[0] >= pages and more < 2000:
        await database.write(fill)
        more += 1
    assert log_pages(database.path)[0] < pages
    assert database.read("SELECT count(*) FROM t") == [((41 + more) * _ROWS,)]


async def test_after_the_end_no_log_is_left(tmp_path: Path, database: SqliteDatabase) -> None:
    for _ in range(30):
        await database.write(fill)
    await database.stop()
    assert not (tmp_path / "x.db-wal").exists()
    raw = sqlite3.connect(tmp_path / "x.db")
    assert raw.execute("SELECT count(*) FROM t").fetchone() == (30 * _ROWS,)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


async def test_where_it_cannot_copy_the_writer_goes_on(database: SqliteDatabase) -> None:
    """No second connection to be had, or one whose disk fails: nobody hears of it, and the thread ends in order."""

    def refuses() -> SqliteConnection:
        raise Unavailable("too many open files")

    class Failing:
        asked = closed = 0

        def rows(self, sql: str) -> None:
            self.asked += 1
            raise Unavailable("the disk of the database is full")

        def close(self) -> None:
            self.closed += 1

    failing: Any = Failing()
    for open_one in (refuses, lambda: failing):
        checkpoints = Checkpoints(open_one, "checkpoints")
        for _ in range(3 * EVERY):
            checkpoints.committed()
        await asyncio.to_thread(checkpoints.stop)
    assert (failing.asked, failing.closed) == (3, 1)


def test_few_commits_begin_no_thread() -> None:
    """A command of the command line has none."""

    def never() -> SqliteConnection:
        raise AssertionError("opened")

    before = threading.active_count()
    checkpoints = Checkpoints(never, "checkpoints")
    for _ in range(EVERY - 1):
        checkpoints.committed()
    checkpoints.stop()
    assert threading.active_count() == before


async def test_where_no_thread_is_to_be_had_nothing_that_was_written_is_denied(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again later; the end is in order either way."""
    start, refusals = threading.Thread.start, 0

    def refuses(thread: threading.Thread) -> None:
        nonlocal refusals
        if thread.name.startswith("checkpoints") and not refusals:
            refusals += 1
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuses)
    for _ in range(EVERY + 1):
        await database.write(fill)
    assert refusals == 1
    assert database.read("SELECT count(*) FROM t") == [((EVERY + 1) * _ROWS,)]
    before = database.path.stat().st_size
    for _ in range(EVERY):
        await database.write(fill)
    await until(lambda: database.path.stat().st_size > before)
