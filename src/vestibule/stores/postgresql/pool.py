"""The connections of one process: a free list, and a queue for it.

asyncpg's own pool resets a connection whenever it is released, which costs a round trip and
halves the reads; here a connection comes back clean because whoever had it ended its transaction.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from vestibule.scim.errors import Unavailable
from vestibule.stores.postgresql.connection import PostgresConnection, Raw


class Pool:
    """Up to ``size`` connections, opened when they are needed; the one used last is handed out first.

    ``patience`` is how many seconds a task waits for one before it gets ``Unavailable``.
    """

    def __init__(self, connect: Callable[[], Coroutine[Any, Any, Raw]], size: int, patience: float) -> None:
        self._connect = connect
        self._size = size
        self._patience = patience
        self._free: list[PostgresConnection] = []
        self._open: set[PostgresConnection] = set()
        self._opening = 0
        self._waiting: deque[asyncio.Future[PostgresConnection | None]] = deque()
        self._closed = False
        self._rows_read = 0

    @property
    def waiting(self) -> int:
        """Tasks that wait for a connection."""
        return len(self._waiting)

    @property
    def busy(self) -> int:
        """Connections in use."""
        return len(self._open) - len(self._free)

    @property
    def rows_read(self) -> int:
        """How many rows all connections handed to Python so far."""
        return self._rows_read + sum(connection.rows_read for connection in self._open)

    def take(self) -> PostgresConnection | None:
        """A free connection, or None: then ``wait`` for one."""
        while self._free:
            connection = self._free.pop()
            if not connection.raw.is_closed():
                return connection
            self._forget(connection)
        return None

    async def wait(self) -> PostgresConnection:
        """A connection, opened if there may be one more, else the next that comes back.

        Unavailable where none does in time, or where the pool is closed; what connecting raises
        is raised here.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while not self._closed:
            connection = self.take()
            if connection is not None:
                return connection
            if len(self._open) + self._opening < self._size:
                return await self._one_more(loop)
            waiter: asyncio.Future[PostgresConnection | None] = loop.create_future()
            self._waiting.append(waiter)
            # No asyncio.timeout: a request may be begun outside any task.
            alarm = loop.call_at(deadline, _give_up, waiter)
            try:
                connection = await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled() and (handed := waiter.result()) is not None:
                    self.release(handed)
                raise
            finally:
                alarm.cancel()
            if connection is not None:
                return connection
        raise Unavailable("The server is stopping. Try again in 5 seconds.")

    def release(self, connection: PostgresConnection) -> None:
        """Give it back. One that is closed, or was left in a transaction, is thrown away."""
        if self._closed or connection.raw.is_closed() or connection.raw.is_in_transaction():
            self.discard(connection)
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._free.append(connection)

    def discard(self, connection: PostgresConnection) -> None:
        """Throw it away, with whatever it was doing: its transaction is undone."""
        connection.raw.terminate()
        self._forget(connection)

    async def close(self, patience: float = 10.0) -> None:
        """Close all of them; who waits for one gets ``Unavailable``."""
        self._closed = True
        self._let_try_again(len(self._waiting))
        free, self._free = self._free, []
        for connection in free:
            try:
                await connection.raw.close(timeout=patience)
            except (OSError, TimeoutError):
                connection.raw.terminate()
            self._forget(connection)
        for connection in list(self._open):
            self.discard(connection)

    async def _one_more(self, loop: asyncio.AbstractEventLoop) -> PostgresConnection:
        self._opening += 1
        try:
            # In a task of its own: the driver looks at the clock, which needs one.
            connection = PostgresConnection(await loop.create_task(self._connect()))
        except BaseException:
            self._let_try_again(1)
            raise
        finally:
            self._opening -= 1
        self._open.add(connection)
        return connection

    def _forget(self, connection: PostgresConnection) -> None:
        if connection in self._open:
            self._open.discard(connection)
            self._rows_read += connection.rows_read
            self._let_try_again(1)

    def _let_try_again(self, many: int) -> None:
        """There may be room for one more: whoever waits looks again."""
        while many and self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                many -= 1


def _give_up(waiter: asyncio.Future[PostgresConnection | None]) -> None:
    if not waiter.done():
        waiter.set_exception(
            Unavailable(
                "Nothing was changed: all connections to the database are in use. Try again in 5 seconds."
            )
        )
