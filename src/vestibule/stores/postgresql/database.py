"""One PostgreSQL database of a process: some connections, reads on one of them, writes in a transaction.

Several processes may share the database. Whatever one commits, the next statement of any other
sees: nothing is remembered here between two statements.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from vestibule.scim.errors import Unavailable
from vestibule.stores.postgresql.address import Address, DatabaseRefused
from vestibule.stores.postgresql.connection import (
    Parameters,
    PostgresConnection,
    Raw,
    Row,
    may_be_retried,
    unavailable,
)
from vestibule.stores.postgresql.migrate import migrate
from vestibule.stores.postgresql.pool import Pool

T = TypeVar("T")
Work = Callable[[PostgresConnection], Awaitable[T]]

RECEIVING_MIGRATIONS = Path(__file__).parent / "migrations" / "receiving"

#: A write that loses against another (deadlock, serialization) is tried so often in all.
_TRIES = 6
_PAUSE_SECONDS = 0.005
#: A task waits so long for a connection.
_QUEUE_SECONDS = 10.0


class PostgresDatabase:
    """``row``, ``rows``, ``value`` for one statement; ``read`` for several; ``write`` for changes.

    - ``rows(sql, parameters)`` and its like take a connection for one statement: one round trip.
      Each statement is a snapshot of its own.
    - ``read(work)`` hands ``work`` a connection outside any transaction: several statements, each
      its own snapshot, without waiting for a connection between them.
    - ``snapshot(work)`` is a read-only transaction: all statements of ``work`` see the same state
      (two round trips more).
    - ``write(work)`` is a transaction (READ COMMITTED: take row locks and advisory locks for what
      must hold), durable when it returns. What ``work`` raises undoes it and is raised here. On a
      deadlock it is run again from the start, so it must not keep what it learnt. ``work`` may call
      ``connection.start_over()``. One statement alone may do with ``change``.

    ``work`` awaits nothing but its connection. All of them raise ``Unavailable`` where the database
    does not answer, is full, or took more than 30 seconds. Advisory locks of one bigint key are free
    for any use; those of two int keys are the event log's (migration 0003).

    The tables are found by ``search_path``, which holds ``schema`` alone: name them without schema,
    and name the tenant in every join and look-up (every key begins with it).
    Bound to the loop that calls ``start``. ``waiting`` is called with the seconds waited so far
    while another process migrates.
    """

    def __init__(
        self,
        url: str,
        migrations: Path,
        *,
        schema: str = "vestibule",
        migrates: bool = True,
        connections: int = 8,
        patience: float = 30.0,
        waiting: Callable[[float], None] | None = None,
    ) -> None:
        self.address = Address(url, schema)
        self._migrations = migrations
        self._migrates = migrates
        self._connections = connections
        self._patience = patience
        self._waiting = waiting
        #: Between ``start`` and ``stop``.
        self.started = False
        #: Transactions committed so far, for the metrics; statements that write by themselves among them.
        self.writes = 0

    @property
    def waiting(self) -> int:
        """Tasks that wait for a connection."""
        return self._pool.waiting

    @property
    def busy(self) -> int:
        """Connections in use."""
        return self._pool.busy

    @property
    def rows_read(self) -> int:
        """How many rows were handed to Python so far, on all connections of this process."""
        return self._pool.rows_read

    async def start(self) -> None:
        """Connect, migrate (unless told not to) and begin.

        ``DatabaseRefused`` says why the database cannot be used and what to do; Unavailable where
        another process migrates for too long.
        """
        raw = await self.address.connect()
        try:
            await self.address.examine(raw)
            if self._migrates:
                connection = PostgresConnection(raw)
                await migrate(
                    connection,
                    self._migrations,
                    self.address,
                    patience=self._patience,
                    waiting=self._waiting,
                )
        finally:
            await raw.close()
        self._pool = Pool(self._connect, self._connections, _QUEUE_SECONDS)
        self.started = True

    async def stop(self) -> None:
        """Close everything; a second time does nothing."""
        if self.started:
            self.started = False
            await self._pool.close()

    async def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of one statement that reads."""
        # A server that restarts closes them all, which is noticed one by one; a read may be asked again.
        left = self._connections
        while True:
            connection = self._pool.take() or await self._wait()
            try:
                return await connection.rows(sql, parameters)
            except Exception as error:
                if not left or not connection.raw.is_closed():
                    raise_mapped(error, is_lost=connection.raw.is_closed())
            except BaseException:
                self._pool.discard(connection)
                raise
            finally:
                self._pool.release(connection)
            left -= 1

    async def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of one statement that finds one at most, or None."""
        found = await self.rows(sql, parameters)
        return found[0] if found else None

    async def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        found = await self.rows(sql, parameters)
        return found[0][0] if found else None

    async def change(self, sql: str, parameters: Parameters = ()) -> int:
        """Carry out one statement as a transaction of its own; how many rows it changed."""
        changed = await self._on_one(lambda connection: connection.change(sql, parameters))
        self.writes += 1
        return changed

    async def read(self, work: Work[T]) -> T:
        """What ``work`` gives, with a connection for it alone and no transaction."""
        return await self._on_one(work)

    async def snapshot(self, work: Work[T]) -> T:
        """What ``work`` gives, all its statements seeing the same state."""
        return await self._on_one(lambda connection: _in_snapshot(connection, work))

    async def write(self, work: Work[T]) -> T:
        """What ``work`` gives, once its changes are durable."""
        tries = 1
        while True:
            try:
                done = await self._on_one(lambda connection: _in_transaction(connection, work))
                self.writes += 1
                return done
            except Unavailable as refused:
                if tries == _TRIES or not may_be_retried(refused.__cause__):
                    raise
            await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS * tries))
            tries += 1

    async def _on_one(self, work: Work[T]) -> T:
        connection = self._pool.take() or await self._wait()
        try:
            return await work(connection)
        except Exception as error:
            raise_mapped(error, is_lost=connection.raw.is_closed())
        except BaseException:
            # Cancelled in the middle of a statement: nobody knows what state it is in.
            self._pool.discard(connection)
            raise
        finally:
            self._pool.release(connection)

    async def _wait(self) -> PostgresConnection:
        if not self.started:
            raise Unavailable("The server is stopping. Try again in 5 seconds.")
        return await self._pool.wait()

    async def _connect(self) -> Raw:
        try:
            return await self.address.connect()
        except DatabaseRefused as refused:
            raise Unavailable(
                "Nothing was changed: the database cannot be reached. Try again in 5 seconds."
            ) from refused


def raise_mapped(error: Exception, *, is_lost: bool = False) -> NoReturn:
    """Raise it, as ``Unavailable`` where that is what it means."""
    mapped = unavailable(error, is_lost=is_lost)
    if mapped is error:
        raise error
    raise mapped from error


async def _in_transaction(connection: PostgresConnection, work: Work[T]) -> T:
    raw = connection.raw
    await raw.execute("BEGIN")
    try:
        result = await work(connection)
    except Exception:
        await _undo(connection)
        raise
    try:
        ended = await raw.execute("COMMIT")
    except Exception as error:
        if raw.is_closed() or raw.is_in_transaction():
            raise _unknown() from error
        raise
    # A failed statement that ``work`` kept silent about makes PostgreSQL answer ROLLBACK, without an error.
    if ended != "COMMIT":
        raise RuntimeError("the transaction had failed and was undone")
    return result


def _unknown() -> Unavailable:
    return Unavailable(
        "The connection to the database was lost while the change was being committed, so it is not known "
        "whether it was kept. Try again in 5 seconds."
    )


async def _in_snapshot(connection: PostgresConnection, work: Work[T]) -> T:
    raw = connection.raw
    await raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        result = await work(connection)
    except Exception:
        await _undo(connection)
        raise
    await raw.execute("COMMIT")
    return result


async def _undo(connection: PostgresConnection) -> None:
    """Where even that fails, the pool throws the connection away, which undoes it as well."""
    try:
        await connection.raw.execute("ROLLBACK")
    except Exception:
        connection.raw.terminate()
