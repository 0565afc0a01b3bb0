"""Groups that only add rows are written by a process of their own: just as the writer itself would, whatever becomes of it."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from bench.process import started_by
from tests.served import hand_of, person, serving, side_by_side
from vestibule.scim.errors import Unavailable
from vestibule.stores.sqlite.appending import process, program
from vestibule.stores.sqlite.appending.process import AppendProcess
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase

_ADD = "INSERT INTO t (b) VALUES (?)"
_COUNT = "SELECT count(*) FROM t"

Work = Callable[[SqliteConnection], None]


def adds(text: str) -> Work:
    """Adds a row, whose text must be new."""

    def work(connection: SqliteConnection) -> None:
        if not connection.holds("SELECT a FROM t WHERE b = ?", (text,), []):
            raise KeyError(text)
        connection.append(_ADD, [(text,)], proof=("SELECT 1 FROM t WHERE b = ?", (text,)))

    return work


def process_of(database: SqliteDatabase) -> AppendProcess:
    """The one that writes for it."""
    found = database.writer.apart
    assert found is not None
    return found


def pid_of(database: SqliteDatabase) -> int:
    """The number of the one that runs."""
    pid = process_of(database).pid
    assert pid is not None
    return pid


async def is_free(database: SqliteDatabase, seconds: float = 20) -> None:
    """Wait until it can be handed something."""
    ends = time.monotonic() + seconds
    while not process_of(database).is_free:
        assert time.monotonic() < ends, "no process begins"
        await asyncio.sleep(0.005)


def written_here(database: SqliteDatabase) -> int:
    """Rows that the writer's own connection wrote."""
    return database.writer.connection.raw.total_changes


async def write(database: SqliteDatabase, *texts: str) -> list[object]:
    """All of them at once, each of its own: four are two groups. One alone is written here."""
    works = [database.write(adds(text), appends=True) for text in texts]
    return await asyncio.gather(*works, return_exceptions=True)


def kept(database: SqliteDatabase) -> list[str]:
    """What is there, in its order."""
    return [text for (text,) in database.read("SELECT b FROM t ORDER BY a")]


@pytest.fixture
async def apart(
    tmp_path: Path, steps: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SqliteDatabase]:
    """A database whose rows a process adds; the next one begins at once where it ends."""
    monkeypatch.setattr(process, "_REST_SECONDS", 0.05)
    (steps / "0002_b.sql").write_text("CREATE UNIQUE INDEX t_b ON t (b);")
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db", steps, patience=0.5, appends_apart=True)
    await database.start()
    await is_free(database)
    yield database
    await database.stop()


async def test_rows_are_added_by_the_process_and_seen_by_whoever_was_told(apart: SqliteDatabase) -> None:
    before, texts = written_here(apart), [str(number) for number in range(100, 300)]
    assert set(await write(apart, *texts)) == {None}
    assert kept(apart) == texts
    assert written_here(apart) == before
    assert apart.writer.requests >= len(texts)
    assert apart.writer.groups < 20


async def test_one_alone_is_written_here(apart: SqliteDatabase) -> None:
    before = written_here(apart)
    assert await write(apart, "one") == [None]
    assert await write(apart, "two") == [None]
    assert written_here(apart) == before + 2


async def test_what_does_more_than_add_is_done_here(apart: SqliteDatabase) -> None:
    before = written_here(apart)
    works: list[Callable[[SqliteConnection], object]] = [
        lambda connection: connection.insert(_ADD, ("one",)),
        lambda connection: connection.change_many(_ADD, [("two",), ("three",)]),
        adds("four"),
        lambda connection: connection.value(_COUNT),
    ]
    results = await asyncio.gather(*[apart.write(work, appends=True) for work in works])
    assert results == [1, 2, None, 3], "what is appended is written at the end of its group"
    assert kept(apart) == ["one", "two", "three", "four"]
    assert written_here(apart) == before + 4


async def test_a_value_that_is_no_plain_one_is_written_here(apart: SqliteDatabase) -> None:
    class Colour(StrEnum):
        RED = "red"

    def work(connection: SqliteConnection) -> None:
        connection.append(_ADD, [(Colour.RED,)], proof=(_COUNT, ()))

    before = written_here(apart)
    await asyncio.gather(*[apart.write(each, appends=True) for each in (work, adds("a"), adds("b"))])
    assert kept(apart) == ["red", "a", "b"]
    assert written_here(apart) == before + 3


async def test_what_nobody_could_look_for_afterwards_is_written_here(apart: SqliteDatabase) -> None:
    """Were the process to end without an answer, it could be there twice."""
    before = written_here(apart)
    works = [
        apart.write(lambda connection: connection.append(_ADD, [("x",)]), appends=True),
        apart.write(lambda connection: connection.append(_ADD, [("y",)]), appends=True),
    ]
    await asyncio.gather(*works, *[apart.write(adds(text), appends=True) for text in "ab"])
    assert kept(apart) == ["x", "y", "a", "b"]
    assert written_here(apart) == before + 2, "the first group, not the second"


async def test_both_take_turns(apart: SqliteDatabase) -> None:
    """Nobody is held up, and everybody sees what was there before."""

    def counts(connection: SqliteConnection) -> int:
        found: int = connection.value(_COUNT)
        connection.change(_ADD, (f"counted {found}",))
        return found

    found: list[int] = []
    for number in range(40):
        await write(apart, str(number), f"{number} too")
        found.append(await apart.write(counts))
    assert found == [3 * number + 2 for number in range(40)]


async def test_of_many_that_add_one_value_one_does(apart: SqliteDatabase) -> None:
    results = await write(apart, *["same"] * 32)
    assert results.count(None) == 1
    assert {type(result) for result in results} - {type(None)} <= {KeyError, sqlite3.IntegrityError}
    assert kept(apart) == ["same"]


async def test_what_does_not_hold_any_more_is_decided_here(apart: SqliteDatabase) -> None:
    """One whose condition fails takes nothing of another with it."""
    await write(apart, "old")
    results = await write(apart, "a", "old", "b")
    assert [type(result) for result in results] == [type(None), KeyError, type(None)]
    assert sorted(kept(apart)) == ["a", "b", "old"]


async def test_a_locked_file_is_waited_for_and_then_unavailable(
    apart: SqliteDatabase, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused = await write(apart, "never", "ever", "so", "long")
    assert {type(each) for each in refused} == {Unavailable}
    waiting = asyncio.ensure_future(write(apart, "very", "patient", "and", "long"))
    await asyncio.sleep(0.1)
    other.execute("ROLLBACK")
    other.close()
    assert await waiting == [None] * 4
    assert kept(apart) == ["very", "patient", "and", "long"]


async def test_another_process_gets_its_turn(apart: SqliteDatabase, tmp_path: Path, steps: Path) -> None:
    beside = SqliteDatabase(f"sqlite:///{tmp_path}/x.db", steps)
    await beside.start()
    busy, numbers = True, iter(range(1_000_000))

    async def load() -> None:
        while busy:
            assert await write(apart, f"load {next(numbers)}") == [None]

    loads = [asyncio.ensure_future(load()) for _ in range(16)]
    await asyncio.sleep(0.05)
    started = time.monotonic()
    for number in range(5):
        await beside.write(adds(f"beside {number}"))
    assert time.monotonic() - started < 5
    busy = False
    await asyncio.gather(*loads)
    await beside.stop()


async def test_where_it_was_killed_at_rest_the_writer_goes_on_and_another_begins(
    apart: SqliteDatabase,
) -> None:
    first = pid_of(apart)
    os.kill(first, signal.SIGKILL)
    texts = [str(number) for number in range(100)]
    for at in range(0, len(texts), 4):
        assert await write(apart, *texts[at : at + 4]) == [None] * 4
    assert kept(apart) == texts
    await is_free(apart)
    assert process_of(apart).pid not in (first, None)
    before = written_here(apart)
    await write(apart, *"abcdefgh")
    assert written_here(apart) < before + 2, "one of them may be alone in the last group"


async def test_where_it_was_killed_before_it_committed_the_writer_does_it(apart: SqliteDatabase) -> None:
    pid = pid_of(apart)
    os.kill(pid, signal.SIGSTOP)
    texts = ["one", "two", "three", "four"]
    writing = asyncio.ensure_future(write(apart, *texts))
    await asyncio.sleep(0.1)
    assert not writing.done()
    os.kill(pid, signal.SIGKILL)
    assert await writing == [None] * 4
    assert kept(apart) == texts


async def test_where_it_committed_and_ended_before_it_could_say_so_nothing_is_there_twice(
    tmp_path: Path, steps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very program, but for its answer."""
    text = Path(program.__file__).read_text("utf-8")
    silent = text.replace(
        "os.write(channel, append(connection, *message))", "append(connection, *message); os._exit(7)"
    )
    assert silent != text
    file = tmp_path / "silent.py"
    file.write_text(silent)
    monkeypatch.setattr(program, "__file__", str(file))
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db", steps, appends_apart=True)
    await database.start()
    await is_free(database)
    before = written_here(database)
    texts = ["one", "two", "three", "four"]
    assert await write(database, *texts) == [None] * 4
    assert kept(database) == texts
    assert written_here(database) == before + 2, "the second group found no process"
    await database.stop()


async def test_one_that_does_not_answer_is_ended(
    apart: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever, and whatever else is to be written is."""
    monkeypatch.setattr(process, "_PATIENCE_SECONDS", 0.3)
    pid = pid_of(apart)
    os.kill(pid, signal.SIGSTOP)
    texts = ["one", "two", "three", "four"]
    assert await write(apart, *texts) == [None] * 4
    assert kept(apart) == texts
    await is_free(apart)
    assert process_of(apart).pid != pid


async def test_one_that_does_not_answer_at_rest_does_not_hold_up_the_end(
    apart: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_PATIENCE_SECONDS", 0.3)
    pid = pid_of(apart)
    os.kill(pid, signal.SIGSTOP)
    await asyncio.wait_for(apart.stop(), 20)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_where_nobody_can_tell_what_became_of_it_nobody_says_that_nothing_was_done(
    apart: SqliteDatabase,
) -> None:
    def adds_unseen(text: str) -> Work:
        return lambda connection: connection.append(
            _ADD, [(text,)], proof=("SELECT 1 FROM no_such_table", ())
        )

    pid = pid_of(apart)
    os.kill(pid, signal.SIGSTOP)
    works = [apart.write(adds_unseen(text), appends=True) for text in "ab"]
    writing = asyncio.ensure_future(
        asyncio.gather(*works, *[apart.write(adds(t), appends=True) for t in "cd"], return_exceptions=True)
    )
    await asyncio.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    results = await writing
    assert [type(each) for each in results] == [Unavailable, Unavailable, type(None), type(None)]
    assert "not known" in str(results[0])
    assert await write(apart, "after") == [None]
    await is_free(apart)


async def test_where_the_next_one_cannot_be_started_it_is_tried_again(
    apart: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    begins = subprocess.Popen

    def begins_later(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        tries.append(1)
        if len(tries) < 4:
            raise OSError(errno.EAGAIN, "not now")
        started: subprocess.Popen[bytes] = begins(*arguments, **options)
        return started

    monkeypatch.setattr(process, "_LONGEST_REST_SECONDS", 0.05)
    monkeypatch.setattr(subprocess, "Popen", begins_later)
    pid = pid_of(apart)
    os.kill(pid, signal.SIGKILL)
    assert await write(apart, *"abcd") == [None] * 4
    await asyncio.sleep(0.02)
    await is_free(apart)
    assert len(tries) == 4


async def test_the_end_may_come_while_none_can_be_started(
    apart: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_to_be_had() -> None:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(socket, "socketpair", none_to_be_had)
    pid = pid_of(apart)
    os.kill(pid, signal.SIGKILL)
    assert await write(apart, *"abcd") == [None] * 4
    await asyncio.sleep(0.2)
    await asyncio.wait_for(apart.stop(), 10)


@pytest.mark.parametrize("instead", ["a copy", "nothing"])
async def test_none_begins_on_another_file_than_the_server_has_open(
    apart: SqliteDatabase, tmp_path: Path, instead: str
) -> None:
    """What it wrote would be acknowledged, and seen by nobody."""
    await write(apart, "before")
    file, aside = tmp_path / "x.db", tmp_path / "aside.db"
    file.rename(aside)
    if instead == "a copy":
        shutil.copy(aside, file)
    with capture_logs() as logs:
        os.kill(pid_of(apart), signal.SIGKILL)
        ends = time.monotonic() + 20
        while not any(said["event"] == "append_process_refused" for said in logs):
            assert time.monotonic() < ends, logs
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.2)
    assert process_of(apart).pid is None
    assert await write(apart, *"abcd") == [None] * 4
    assert kept(apart) == ["before", *"abcd"]
    assert file.exists() == (instead == "a copy")


async def test_a_path_may_have_any_characters(tmp_path: Path, steps: Path) -> None:
    folder = tmp_path / "50% of 'what?' #1 é"
    folder.mkdir()
    database = SqliteDatabase(f"sqlite:///{quote(str(folder))}/x.db", steps, appends_apart=True)
    await database.start()
    await is_free(database)
    await write(database, *"abcd")
    assert database.writer.groups_apart == 2
    await database.stop()


async def test_large_rows_come_in_small_groups(apart: SqliteDatabase) -> None:
    """The loop does nothing else while a message is made."""
    texts = [f"{number:03}" * 40_000 for number in range(100)]
    assert set(await write(apart, *texts[:10])) == {None}
    groups = apart.writer.groups
    assert set(await write(apart, *texts[10:])) == {None}
    assert apart.writer.groups - groups >= 10
    assert kept(apart) == texts


async def test_a_message_larger_than_the_channel_holds_goes_over_whole(apart: SqliteDatabase) -> None:
    before, texts = written_here(apart), [f"{number}" * 700_000 for number in range(1, 9)]
    assert set(await write(apart, *texts)) == {None}
    assert sorted(kept(apart)) == texts
    assert written_here(apart) == before


async def test_stopping_writes_what_was_asked_for_and_ends_it(apart: SqliteDatabase, tmp_path: Path) -> None:
    pid = pid_of(apart)
    asked = [asyncio.ensure_future(apart.write(adds(str(number)), appends=True)) for number in range(50)]
    await asyncio.sleep(0)
    await apart.stop()
    await asyncio.gather(*asked)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    raw = sqlite3.connect(tmp_path / "x.db")
    assert raw.execute(_COUNT).fetchone() == (50,)
    raw.close()
    assert not (tmp_path / "x.db-wal").exists()


async def test_told_to_stop_with_all_others_it_answers_first(apart: SqliteDatabase) -> None:
    """A terminal's Ctrl-C, and a service manager, tell every process; what was asked for is written all the same."""
    pid = pid_of(apart)
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)
    before = written_here(apart)
    assert await write(apart, "one", "two", "three", "four") == [None] * 4
    assert written_here(apart) == before
    assert process_of(apart).pid == pid


async def test_where_none_can_be_started_the_writer_does_everything(
    tmp_path: Path, steps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no such file"))
    database = SqliteDatabase(f"sqlite:///{tmp_path}/x.db", steps, appends_apart=True)
    await database.start()
    assert await write(database, "one") == [None]
    assert kept(database) == ["one"]
    await database.stop()


async def test_a_private_file_has_none(steps: Path) -> None:
    database = SqliteDatabase("sqlite://", steps, appends_apart=True)
    await database.start()
    assert database.writer.apart is None
    await database.stop()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="/proc tells whose child a process is")
def test_a_server_has_one_and_takes_it_along_when_it_is_killed(tmp_path: Path) -> None:
    """Killed itself it is missed by nobody; and what was acknowledged is there."""
    with serving(tmp_path, "sqlite") as server:
        hand = hand_of(server, "apart")
        names = [f"person{number}@corp.example" for number in range(60)]
        ids = {name: hand.create(name) for name in names[:20]}
        (first,) = started_by(server.pid)
        os.kill(first, signal.SIGKILL)
        ids |= {name: hand.create(name) for name in names[20:40]}
        wires = [[hand.wire("POST", "/Users", person(name))] for name in names[40:]]
        assert {answer.status for (answer,) in side_by_side(server.port, wires)} == {201}
        found = hand("GET", "/Users?count=200").json["Resources"]
        assert sorted(each["userName"] for each in found) == sorted(names)
        assert ids.items() <= {each["userName"]: each["id"] for each in found}.items()

        ends = time.monotonic() + 30
        while not (second := list(started_by(server.pid))) and time.monotonic() < ends:
            time.sleep(0.05)
        assert second
        assert second != [first]
        server.kill()
        while Path(f"/proc/{second[0]}").exists() and time.monotonic() < ends:
            time.sleep(0.01)
        assert not Path(f"/proc/{second[0]}").exists()
        server.start()
        assert len(hand("GET", "/Users?count=200").json["Resources"]) == len(names)
        server.stop()
