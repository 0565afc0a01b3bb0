"""The limit of reading from PostgreSQL: an ASGI application that answers every request with one row, by its key.

asyncpg with eight connections, as many as Vestibule has, none of them reset between two requests:
what is left out is everything but the read. ``BENCH_POSTGRESQL`` names the database,
``BENCH_SCHEMA`` where the table is made.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from itertools import cycle
from typing import Any

import asyncpg

ROWS = 10_000
_CONNECTIONS = 8
_READ = "SELECT body FROM bare_read WHERE name = $1"
_MAKE = f"""
CREATE TABLE IF NOT EXISTS bare_read (name text COLLATE "C" PRIMARY KEY, body bytea NOT NULL);
INSERT INTO bare_read
SELECT 'person' || n, convert_to('{{"id":"' || n || '","text":"' || repeat('x', 1000) || '"}}', 'UTF8')
FROM generate_series(1, {ROWS}) n ON CONFLICT DO NOTHING"""

Message = MutableMapping[str, Any]


class App:
    """Connects at the first request."""

    def __init__(self) -> None:
        self._free: asyncio.LifoQueue[Any] = asyncio.LifoQueue()
        self._starting: asyncio.Lock | None = None
        self._ready = False
        self._names = cycle([f"person{number}" for number in range(1, ROWS + 1)])

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Read one row and send it."""
        if not self._ready:
            await self._start()
        connection = await self._free.get()
        try:
            [row] = await connection.fetch(_READ, next(self._names))
        finally:
            self._free.put_nowait(connection)
        body = row[0]
        headers = [
            (b"content-type", b"application/scim+json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _start(self) -> None:
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if self._ready:
                return
            for number in range(_CONNECTIONS):
                connection = await asyncpg.connect(os.environ["BENCH_POSTGRESQL"])
                schema = os.environ["BENCH_SCHEMA"]
                await connection.execute(
                    f'CREATE SCHEMA IF NOT EXISTS "{schema}"; SET search_path = "{schema}"'
                )
                if number == 0:
                    await connection.execute(_MAKE)
                self._free.put_nowait(connection)
            self._ready = True


app = App()
