"""The seam of the PostgreSQL store: reads, writes, and what becomes of them where the server is in the way."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.postgresql import Place, running
from vestibule.scim.errors import Unavailable
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import RECEIVING_MIGRATIONS, PostgresDatabase
from vestibule.stores.postgresql.pool import Pool


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text(
        "CREATE TABLE a (x int PRIMARY KEY, y text COLLATE \"C\"); INSERT INTO a VALUES (1, 'one'), (2, 'two')"
    )
    return tmp_path


@pytest.fixture
async def database(postgresql: Place, folder: Path) -> AsyncIterator[PostgresDatabase]:
    opened = PostgresDatabase(postgresql.url, folder, schema=postgresql.schema, connections=2)
    await opened.start()
    yield opened
    await opened.stop()


async def backends(database: PostgresDatabase) -> list[int]:
    """The server's process of each connection that the pool has opened."""

    async def held(connection: PostgresConnection) -> int:
        pid = await connection.value("SELECT pg_backend_pid()")
        await connection.rows("SELECT pg_sleep(0.05)")
        return int(pid)

    return list(await asyncio.gather(*(database.read(held) for _ in range(2))))


async def test_statements(database: PostgresDatabase) -> None:
    assert [tuple(row) for row in await database.rows("SELECT x, y FROM a ORDER BY x")] == [
        (1, "one"),
        (2, "two"),
    ]
    row = await database.row("SELECT y FROM a WHERE x = $1", (2,))
    assert row is not None
    assert row[0] == "two"
    assert await database.row("SELECT y FROM a WHERE x = $1", (3,)) is None
    assert await database.value("SELECT count(*) FROM a") == 2
    assert await database.change("UPDATE a SET y = $1", ("new",)) == 2
    assert database.rows_read == 4


async def test_a_write_is_whole_or_not_at_all(database: PostgresDatabase) -> None:
    async def work(connection: PostgresConnection) -> None:
        await connection.change("INSERT INTO a VALUES (3, 'three')")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.write(work)
    assert await database.value("SELECT count(*) FROM a") == 2


async def test_start_over_forgets_what_was_done_in_the_write(database: PostgresDatabase) -> None:
    async def work(connection: PostgresConnection) -> None:
        await connection.change("INSERT INTO a VALUES (3, 'three')")
        await connection.start_over()
        await connection.change("INSERT INTO a VALUES (4, 'four')")

    await database.write(work)
    assert [row[0] for row in await database.rows("SELECT x FROM a ORDER BY x")] == [1, 2, 4]


async def test_a_failure_kept_silent_about_is_no_commit(database: PostgresDatabase) -> None:
    async def work(connection: PostgresConnection) -> None:
        await connection.change("UPDATE a SET y = 'lost'")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.change("INSERT INTO a VALUES (1, 'again')")

    with pytest.raises(RuntimeError, match="undone"):
        await database.write(work)
    assert await database.value("SELECT count(*) FROM a WHERE y = 'lost'") == 0


async def test_a_snapshot_sees_one_state(database: PostgresDatabase) -> None:
    async def work(connection: PostgresConnection) -> tuple[int, int]:
        before = await connection.value("SELECT count(*) FROM a")
        await database.change("DELETE FROM a WHERE x = 1")
        return before, await connection.value("SELECT count(*) FROM a")

    assert await database.snapshot(work) == (2, 2)
    assert await database.value("SELECT count(*) FROM a") == 1


async def test_deadlocks_are_tried_again(database: PostgresDatabase) -> None:
    """Two that lock the same rows the other way round: both get there."""
    both = asyncio.Barrier(2)
    tries = 0

    async def lock(first: int, second: int) -> None:
        async def work(connection: PostgresConnection) -> None:
            nonlocal tries
            tries += 1
            await connection.change("UPDATE a SET y = y || 'x' WHERE x = $1", (first,))
            if tries <= 2:
                await both.wait()
            await connection.change("UPDATE a SET y = y || 'x' WHERE x = $1", (second,))

        await database.write(work)

    await asyncio.gather(lock(1, 2), lock(2, 1))
    assert tries == 3
    assert await database.value("SELECT y FROM a WHERE x = 1") == "onexx"


async def test_a_connection_that_the_server_closed_costs_a_reader_nothing(
    database: PostgresDatabase, postgresql: Place
) -> None:
    killer = await postgresql.connect()
    for _ in range(3):
        pids = await backends(database)
        for pid in pids:
            await killer.fetchval("SELECT pg_terminate_backend($1)", pid)
        found = await asyncio.gather(*(database.value("SELECT count(*) FROM a") for _ in range(4)))
        assert found == [2, 2, 2, 2]
    await killer.close()


async def test_a_write_whose_connection_is_lost_changed_nothing(
    database: PostgresDatabase, postgresql: Place
) -> None:
    killer = await postgresql.connect()

    async def work(connection: PostgresConnection) -> None:
        await connection.change("DELETE FROM a")
        await killer.fetchval(
            "SELECT pg_terminate_backend($1)", await connection.value("SELECT pg_backend_pid()")
        )
        await connection.change("DELETE FROM a")

    with pytest.raises(Unavailable, match="Nothing was changed") as refused:
        await database.write(work)
    assert refused.value.retry_after == 5
    assert await database.value("SELECT count(*) FROM a") == 2
    await killer.close()


async def test_a_cancelled_write_leaves_no_trace(database: PostgresDatabase) -> None:
    begun = asyncio.Event()

    async def work(connection: PostgresConnection) -> None:
        await connection.change("DELETE FROM a")
        begun.set()
        await connection.rows("SELECT pg_sleep(30)")

    writing = asyncio.create_task(database.write(work))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await asyncio.gather(*(database.value("SELECT count(*) FROM a") for _ in range(4))) == [2] * 4


async def test_more_tasks_than_connections_take_turns(database: PostgresDatabase) -> None:
    found = await asyncio.gather(*(database.value("SELECT $1::int", (n,)) for n in range(100)))
    assert found == list(range(100))


async def test_a_statement_has_a_limit(database: PostgresDatabase) -> None:
    async def work(connection: PostgresConnection) -> None:
        await connection.script("SET LOCAL statement_timeout = 20")
        await connection.rows("SELECT pg_sleep(30)")

    with pytest.raises(Unavailable, match="took too long") as refused:
        await database.write(work)
    assert refused.value.retry_after == 5


async def test_after_the_stop_nothing_is_asked(postgresql: Place, folder: Path) -> None:
    opened = PostgresDatabase(postgresql.url, folder, schema=postgresql.schema)
    await opened.start()
    await opened.stop()
    await opened.stop()
    with pytest.raises(Unavailable, match="stopping"):
        await opened.value("SELECT 1")


async def test_a_server_that_is_down_is_unavailable_until_it_is_back(folder: Path) -> None:
    with running() as server:
        place = server.place()
        database = PostgresDatabase(place.url, folder, schema=place.schema)
        await database.start()
        server.stop()
        with pytest.raises(Unavailable) as refused:
            await database.value("SELECT count(*) FROM a")
        assert isinstance(refused.value.retry_after, int)
        server.start()
        assert await database.value("SELECT count(*) FROM a") == 2
        await database.stop()


async def test_every_text_column_compares_by_bytes(postgresql: Place) -> None:
    """Whatever the database was made with: both stores sort alike."""
    opened = PostgresDatabase(postgresql.url, RECEIVING_MIGRATIONS, schema=postgresql.schema)
    await opened.start()
    columns = await opened.rows(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns "
        "WHERE table_schema = $1 AND data_type = 'text'",
        (postgresql.schema,),
    )
    await opened.stop()
    assert len(columns) > 80
    assert [tuple(column[:2]) for column in columns if column[2] != "C"] == []


async def test_who_waits_too_long_for_a_connection_is_refused(postgresql: Place, folder: Path) -> None:
    pool = Pool(PostgresDatabase(postgresql.url, folder).address.connect, 1, patience=0.05)
    taken = await pool.wait()
    with pytest.raises(Unavailable, match="in use") as refused:
        await pool.wait()
    assert refused.value.retry_after == 5
    pool.release(taken)
    assert await pool.wait() is taken
    pool.release(taken)
    await pool.close()


async def test_a_request_may_be_begun_outside_any_task(database: PostgresDatabase) -> None:
    """As the server's short way does: all that is waited for is waited for in a task afterwards."""
    loop = asyncio.get_running_loop()
    found: list[int] = []

    async def ask(number: int) -> None:
        found.append(await database.value("SELECT $1::int", (number,)))

    def begin(number: int) -> None:
        asked = ask(number)
        waiting = asked.send(None)

        @types.coroutine
        def resumed() -> Generator[Any, Any, None]:
            nonlocal waiting
            while True:
                yield waiting
                try:
                    waiting = asked.send(None)
                except StopIteration:
                    return

        running.append(loop.create_task(resumed()))

    running: list[asyncio.Task[None]] = []
    for number in range(6):
        loop.call_soon(begin, number)
    while len(running) < 6:
        await asyncio.sleep(0)
    await asyncio.gather(*running)
    assert sorted(found) == list(range(6))
