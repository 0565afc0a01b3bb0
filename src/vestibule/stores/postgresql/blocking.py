"""The sending side's statements on PostgreSQL, said once for both stores.

Its methods are written as work on a connection that blocks, as SQLite has it. Here such work runs
in a thread that has a connection and a loop of its own, so nothing waits on the main loop. The
engine is bound by the requests it sends: a hop to a thread costs far less than one of them.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from vestibule.scim.errors import Unavailable
from vestibule.stores.postgresql.address import Address
from vestibule.stores.postgresql.connection import (
    PostgresConnection,
    Raw,
    may_be_retried,
    unavailable,
)
from vestibule.stores.postgresql.migrate import migrate

T = TypeVar("T")
Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]

_TRIES = 6
_PAUSE_SECONDS = 0.005
_CLOSE_SECONDS = 5.0
_MARK = re.compile(r"'(?:[^']|'')*'|\?|(?<!:):(\w+)")
_EACH = re.compile(r"json_each\((:\w+)\) AS j\b")


class BlockingConnection:
    """What the work of a transaction is handed; used by one thread."""

    def __init__(self, raw: Raw, loop: asyncio.AbstractEventLoop) -> None:
        self.raw = raw
        self._loop = loop
        self.rows_read = 0

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a statement."""
        statement, order = translated(sql)
        found = self._wait(self.raw.fetch(statement, *_ordered(order, parameters)))
        self.rows_read += len(found)
        return [tuple(row) for row in found]

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.rows(sql, parameters)
        return found[0][0] if found else None

    def change(self, sql: str, parameters: Parameters = ()) -> int:
        """Carry out a statement that gives no rows; how many rows it changed."""
        statement, order = translated(sql)
        counted = self._wait(self.raw.execute(statement, *_ordered(order, parameters))).rpartition(" ")[2]
        return int(counted) if counted.isdecimal() else 0

    def change_many(self, sql: str, parameters: Sequence[Parameters]) -> None:
        """Carry out a statement once for each of ``parameters``."""
        if parameters:
            statement, order = translated(sql)
            self._wait(self.raw.executemany(statement, [_ordered(order, one) for one in parameters]))

    def count_many(self, sql: str, parameters: Sequence[Parameters]) -> int:
        """As ``change_many``; how many rows changed in all."""
        return sum(self.change(sql, one) for one in parameters)

    def close(self) -> None:
        """Close it, and the loop that was its own. After its thread has ended, in any other."""
        with suppress(OSError, TimeoutError):
            self._wait(self.raw.close(timeout=_CLOSE_SECONDS))
        if not self._loop.is_closed():
            self._loop.close()

    def _wait(self, coming: Any) -> Any:
        return self._loop.run_until_complete(coming)


class BlockingDatabase:
    """``fetch`` for a point read, ``scan`` for a long one, ``write`` for a transaction, as on SQLite."""

    #: Several workers claim at once, and none waits for another.
    skip_locked = " FOR UPDATE SKIP LOCKED"
    #: Any number of processes send.
    single_sender = 0
    #: What has a lower mark was committed before any statement from now on: marks are transaction ids.
    newest_mark = "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) - 1"

    def __init__(
        self,
        url: str,
        migrations: Path,
        *,
        schema: str,
        migrates: bool = True,
        threads: int = 4,
        patience: float = 30.0,
        waiting: Callable[[float], None] | None = None,
    ) -> None:
        self.address = Address(url, schema)
        self._migrations = migrations
        self._migrates = migrates
        self._threads = threads
        self._patience = patience
        self._waiting = waiting
        self._own = threading.local()
        self._opened: list[BlockingConnection] = []
        self.started = False

    @property
    def rows_read(self) -> int:
        """How many rows were handed to Python so far."""
        return sum(connection.rows_read for connection in self._opened)

    async def start(self) -> None:
        """Connect, migrate (unless told not to) and begin. ``DatabaseRefused``, Unavailable."""
        self._loop = asyncio.get_running_loop()
        raw = await self.address.connect()
        try:
            await self.address.examine(raw)
            if self._migrates:
                connection = PostgresConnection(raw)
                await migrate(
                    connection, self._migrations, self.address, patience=self._patience, waiting=self._waiting
                )
        finally:
            await raw.close()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="postgresql")
        self.started = True

    async def stop(self) -> None:
        """Finish what was asked for and close everything; a second time does nothing."""
        if self.started:
            self.started = False
            await asyncio.to_thread(self._close)

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one statement."""
        return await self._hand_over(lambda connection: connection.rows(sql, parameters), False)

    async def fetch_row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The one row of a statement, or None."""
        found = await self.fetch(sql, parameters)
        return found[0] if found else None

    async def scan(self, look: Callable[[BlockingConnection], T]) -> T:
        """What ``look`` gives, all its statements seeing the same state."""
        return await self._hand_over(look, True, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    async def write(self, work: Callable[[BlockingConnection], T], *, is_long: bool = False) -> T:
        """What ``work`` gives, once its changes are durable. Run again from the start on a deadlock."""
        return await self._hand_over(work, True)

    def _close(self) -> None:
        self._pool.shutdown()
        for connection in self._opened:
            connection.close()

    async def _hand_over(
        self, work: Callable[[BlockingConnection], T], whole: bool, begin: str = "BEGIN"
    ) -> T:
        if not self.started:
            raise Unavailable("The server is stopping. Try again in 5 seconds.")
        return await self._loop.run_in_executor(self._pool, self._run, work, whole, begin)

    def _run(self, work: Callable[[BlockingConnection], T], whole: bool, begin: str) -> T:
        tries = 1
        while True:
            connection = self._connection()
            try:
                return _in_transaction(connection, work, begin) if whole else work(connection)
            except Exception as error:
                if connection.raw.is_closed():
                    self._own.connection = None  # its loop serves the next one
                mapped = unavailable(error, is_lost=connection.raw.is_closed())
                if tries == _TRIES or not may_be_retried(error):
                    if mapped is error:
                        raise
                    raise mapped from error
            time.sleep(random.uniform(0, _PAUSE_SECONDS * tries))
            tries += 1

    def _connection(self) -> BlockingConnection:
        connection: BlockingConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            loop = getattr(self._own, "loop", None) or asyncio.new_event_loop()
            self._own.loop = loop
            connection = BlockingConnection(loop.run_until_complete(self.address.connect()), loop)
            self._own.connection = connection
            self._opened = [one for one in self._opened if not one.raw.is_closed()] + [connection]
        return connection


@lru_cache(maxsize=512)
def translated(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with PostgreSQL's placeholders, and the names of the parameters in their order.

    Positions are counted where they have no names.
    """
    order: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found[0].startswith("'"):
            return found[0]
        name = found[1] or str(sum(one.isdecimal() for one in order))
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    # CROSS JOIN … ON is SQLite's way to be told an order; PostgreSQL finds it by itself, and has no such thing.
    sql = sql.replace("CROSS JOIN", "JOIN")
    portable = _EACH.sub(r"json_array_elements_text(CAST(\1 AS json)) AS j(value)", sql)
    return _MARK.sub(place, portable), tuple(order)


def _ordered(order: tuple[str, ...], parameters: Parameters) -> Sequence[Any]:
    return [parameters[name] for name in order] if isinstance(parameters, Mapping) else parameters


def _in_transaction(connection: BlockingConnection, work: Callable[[BlockingConnection], T], begin: str) -> T:
    connection.change(begin)
    try:
        result = work(connection)
        connection.change("COMMIT")
    except BaseException:
        if not connection.raw.is_closed():
            connection.change("ROLLBACK")
        raise
    return result
