"""No reader skips an event: whoever drew a lower number and is not done yet holds the readers back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.postgresql import Place
from vestibule.directory.change import AuditEntry
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import RECEIVING_MIGRATIONS, PostgresDatabase
from vestibule.stores.postgresql.request_log import RequestLog
from vestibule.stores.postgresql.story import PostgresDirectoryLog

_APPEND = """
INSERT INTO event (tenant, at, type, subject_type, subject_id)
VALUES ($1, '2026-01-02T03:04:05.678Z', 'UserCreated', 'User', $2)"""


@pytest.fixture
async def database(postgresql: Place) -> AsyncIterator[PostgresDatabase]:
    opened = PostgresDatabase(postgresql.url, RECEIVING_MIGRATIONS, schema=postgresql.schema)
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
def log(database: PostgresDatabase) -> PostgresDirectoryLog:
    return PostgresDirectoryLog(database, RequestLog(database))


class Writer:
    """A transaction that goes on when it is told to."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def begin(self) -> None:
        await self._connection.execute("BEGIN")

    async def append(self, subject: str, tenant: int = 1) -> None:
        await self._connection.execute(_APPEND, tenant, subject)

    async def end(self, how: str = "COMMIT") -> None:
        await self._connection.execute(how)


@pytest.fixture
async def writers(postgresql: Place, database: PostgresDatabase) -> AsyncIterator[list[Writer]]:
    connections = [await postgresql.connect() for _ in range(3)]
    yield [Writer(connection) for connection in connections]
    for connection in connections:
        await connection.close()


async def subjects(log: PostgresDirectoryLog, **asked: Any) -> list[str]:
    return [event.subject_id for event in await log.events(**asked)]


async def test_a_later_event_is_not_read_before_an_earlier_one_is_committed(
    log: PostgresDirectoryLog, writers: list[Writer]
) -> None:
    slow, quick, _ = writers
    await quick.append("before")
    await slow.begin()
    await slow.append("slow")
    await quick.append("later")
    assert await subjects(log) == ["before"]
    assert await subjects(log, tenant=1) == ["before"]
    [before] = await log.events()
    await slow.end()
    assert await subjects(log, after=before.seq) == ["slow", "later"]


async def test_it_is_the_number_that_counts_and_not_who_began_first(
    log: PostgresDirectoryLog, writers: list[Writer]
) -> None:
    """The one who began first draws last: by transaction ids alone the other's event would be passed."""
    first, second, _ = writers
    await first.begin()
    await first._connection.execute("SELECT pg_current_xact_id()")
    await second.begin()
    await second.append("low number")
    await first.append("high number")
    await first.end()
    assert await subjects(log) == []
    await second.end()
    assert await subjects(log) == ["low number", "high number"]


async def test_who_undoes_holds_nobody_back(log: PostgresDirectoryLog, writers: list[Writer]) -> None:
    undone, quick, _ = writers
    await undone.begin()
    await undone.append("never")
    await quick.append("later")
    assert await subjects(log) == []
    await undone.end("ROLLBACK")
    assert await subjects(log) == ["later"]


async def test_writers_of_other_things_hold_nobody_back(
    log: PostgresDirectoryLog, writers: list[Writer]
) -> None:
    """A long transaction that tells nothing (a migration, a report) stops no event."""
    other, quick, _ = writers
    await other.begin()
    await other._connection.execute("INSERT INTO setting VALUES ('a', 'b')")
    await quick.append("later")
    assert await subjects(log) == ["later"]
    await other.end()


async def test_numbers_beyond_31_bits(
    log: PostgresDirectoryLog, database: PostgresDatabase, writers: list[Writer]
) -> None:
    """The lock has room for so many; the reader knows the rest."""
    slow, quick, _ = writers
    for number in (2**31 - 2, 2**40 - 2, 2**62):
        await database.value("SELECT setval('event_seq_seq', $1)", (number,))
        await slow.begin()
        await slow.append(f"slow {number}")
        await quick.append(f"quick {number}")
        await quick.append(f"again {number}")
        assert await subjects(log, after=number) == []
        await slow.end()
        assert await subjects(log, after=number) == [f"slow {number}", f"quick {number}", f"again {number}"]


async def test_audit_entries_alike(log: PostgresDirectoryLog, database: PostgresDatabase) -> None:
    appended, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: PostgresConnection) -> None:
        await write_audit(connection, 1, AuditEntry("operator:mia", "slow", "Tenant", "corp"), "2026")
        appended.set()
        await go_on.wait()

    async def quick(connection: PostgresConnection) -> None:
        await write_audit(connection, 1, AuditEntry("operator:mia", "quick", "Tenant", "corp"), "2026")

    slowly = asyncio.create_task(database.write(slow))
    await appended.wait()
    await database.write(quick)
    assert await log.audit(1) == []
    go_on.set()
    await slowly
    assert [entry.action for entry in await log.audit(1)] == ["slow", "quick"]


async def test_readers_beside_many_writers_see_each_event_once_and_in_order(
    log: PostgresDirectoryLog, database: PostgresDatabase
) -> None:
    writing = True

    async def write(writer: int) -> None:
        for step in range(25):

            async def work(connection: PostgresConnection, step: int = step) -> None:
                await connection.change(_APPEND, (1, f"{writer}.{step}"))
                await connection.rows("SELECT pg_sleep(random() * 0.002)")

            await database.write(work)

    async def read() -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        while True:
            last_look = not writing
            events = await log.events(found[-1][0] if found else 0, 7)
            found += [(event.seq, event.subject_id) for event in events]
            if last_look and not events:
                return found

    async def write_all() -> None:
        nonlocal writing
        await asyncio.gather(*(write(writer) for writer in range(5)))
        writing = False

    one, other, _ = await asyncio.gather(read(), read(), write_all())
    assert one == other == sorted(one)
    assert len({subject for _, subject in one}) == len(one) == 125
    for writer in range(5):
        own = [subject for _, subject in one if subject.startswith(f"{writer}.")]
        assert own == [f"{writer}.{step}" for step in range(25)]
