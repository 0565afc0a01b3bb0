"""Follow the log into your own PostgreSQL, each effect exactly once.

The place in the log is a row of a table in your database, and moves in the transaction in which you apply an
event: both are committed, or neither is. So a crash at any line repeats nothing and leaves nothing out::

    async def apply(connection: asyncpg.Connection, event: Event) -> None:
        if event.type == "user.created":
            await connection.execute("INSERT INTO member (id) VALUES ($1)", event.subject_id)

    source = HttpSource("https://provisioning.example.com", token)
    await follow(asyncpg_pool, source, apply, name="members")

Several processes may follow under one name: they take turns at the row. It needs nothing of Vestibule but its API.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2

#: One answer waits for the next event so long.
WAIT_SECONDS = 20
_FAULT_SECONDS = 1.0
_MOST_FAULT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the log; docs/reference/events.md tells of its types. ``payload`` is None where there is none."""

    seq: int
    tenant: str
    at: str
    type: str
    subject_type: str
    subject_id: str
    request: str | None
    data: Mapping[str, Any]
    payload: Mapping[str, Any] | None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Event:
        """From the event as the API gives it."""
        return cls(
            document["seq"],
            document["tenant"],
            document["at"],
            document["type"],
            document["subjectType"],
            document["subjectId"],
            document["request"],
            document["data"],
            document["payload"],
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in order, and the cursor of the place after them."""

    events: Sequence[Event]
    cursor: str


class SourceRefused(Exception):
    """The server refuses, and trying again does not help; the message is its own."""


class Source(Protocol):
    """Where events come from."""

    async def read(self, after: str, wait: int) -> Batch:
        """The events after a cursor; where there are none, those that come within ``wait`` seconds."""
        ...


class HttpSource:
    """``GET /api/v1/events`` of the server at that address, with an API token that has ``events:read``.

    ``tenant`` and ``types`` limit what is read; a cursor is good for the same ``tenant`` only.
    """

    def __init__(
        self, url: str, token: str, *, tenant: str | None = None, types: Sequence[str] = (), limit: int = 500
    ) -> None:
        self._query: dict[str, str | int] = {"limit": limit}
        if tenant is not None:
            self._query["tenant"] = tenant
        if types:
            self._query["types"] = ",".join(types)
        self._client = httpx2.AsyncClient(
            base_url=url.rstrip("/"),
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx2.Timeout(10.0, read=WAIT_SECONDS + 10.0),
        )

    async def read(self, after: str, wait: int) -> Batch:
        """The events after a cursor. ``SourceRefused``; ``httpx2.HTTPError`` where trying again may help."""
        answer = await self._client.get(
            "/api/v1/events", params={**self._query, "after": after, "wait": wait}
        )
        if 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
            raise SourceRefused(str(answer.json().get("detail", answer.text)))
        answer.raise_for_status()
        found = answer.json()
        return Batch([Event.of(document) for document in found["events"]], found["cursor"])

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()


class Connection(Protocol):
    """What is asked of a connection: asyncpg's answers it."""

    async def execute(self, query: str, *args: Any) -> Any:
        """Carry out a statement."""
        ...

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first value of the first row, or None."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """A transaction: committed at the end of the block, undone where it raises."""
        ...


class Pool(Protocol):
    """What is asked of a pool: asyncpg's answers it."""

    def acquire(self) -> AbstractAsyncContextManager[Any]:
        """A connection, for the block."""
        ...


#: Applies one event, in the transaction of the connection that it is handed.
Apply = Callable[[Any, Event], Awaitable[object]]

_TABLE = """
CREATE TABLE IF NOT EXISTS vestibule_cursor (
    name text PRIMARY KEY,
    cursor text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now()
)"""
_FIRST = "INSERT INTO vestibule_cursor (name, cursor) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_CURSOR = "SELECT cursor FROM vestibule_cursor WHERE name = $1"
_MOVE = "UPDATE vestibule_cursor SET cursor = $2, moved_at = now() WHERE name = $1"


async def prepare(connection: Connection, name: str, *, start: str = "oldest") -> None:
    """Make the table ``vestibule_cursor``, and the row of that name where there is none.

    ``start`` is a cursor (a snapshot's, say), ``oldest`` or ``now``.
    """
    await connection.execute(_TABLE)
    await connection.execute(_FIRST, name, start)


async def take(connection: Connection, source: Source, apply: Apply, name: str, *, wait: int = 0) -> int:
    """One batch: read what comes after the place, apply it and move the place in one transaction; how many events.

    The events are read before the transaction begins, so that none is open while it waits.
    """
    place = await connection.fetchval(_CURSOR, name)
    batch = await source.read(place, wait)
    if batch.cursor == place:
        return 0
    async with connection.transaction():
        if await connection.fetchval(f"{_CURSOR} FOR UPDATE", name) != place:
            return 0  # another process has been here meanwhile
        for event in batch.events:
            await apply(connection, event)
        await connection.execute(_MOVE, name, batch.cursor)
    return len(batch.events)


async def follow(
    pool: Pool, source: Source, apply: Apply, name: str, *, start: str = "oldest", wait: int = WAIT_SECONDS
) -> None:
    """Batch after batch, until it is cancelled. What ``apply`` raises is raised: nothing of that batch happened.

    Where the server cannot be reached it waits and tries again. ``SourceRefused`` where that does not help.
    """
    async with pool.acquire() as connection:
        await prepare(connection, name, start=start)
    pause = _FAULT_SECONDS
    while True:
        try:
            async with pool.acquire() as connection:
                await take(connection, source, apply, name, wait=wait)
        except httpx2.HTTPError:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _MOST_FAULT_SECONDS)
        else:
            pause = _FAULT_SECONDS
