"""``ConsumerStore`` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.story import LoggedEvent
from vestibule.feed.store import Consumer, Parked
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.consumers import CONSUMERS, DUE, PARKED, consumer_of, due_of, parked_of
from vestibule.stores.shared_sql.feed import FORGOTTEN
from vestibule.stores.shared_sql.text import without_nul

_NEW = """
INSERT INTO consumer (name, place)
VALUES ($1, coalesce((SELECT value::bigint FROM setting WHERE name = $2), 0)) ON CONFLICT DO NOTHING"""
_LEASE = """
UPDATE consumer SET holder = $2, leased_until = $4
WHERE name = $1 AND (holder = $2 OR leased_until <= $3) RETURNING place"""
_RELEASE = "UPDATE consumer SET holder = '', leased_until = '' WHERE name = $1 AND holder = $2"
_ADVANCE = "UPDATE consumer SET place = $4 WHERE name = $1 AND holder = $2 AND place = $3"
_PARK = """
INSERT INTO parked_event (consumer, seq, tenant, subject, attempts, until, error, given_up)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, consumer, seq) DO UPDATE SET attempts = excluded.attempts, until = excluded.until,
    error = excluded.error, given_up = excluded.given_up"""
_SUBJECTS = "SELECT DISTINCT tenant, subject FROM parked_event WHERE consumer = $1 AND NOT given_up"
_UNPARK = "DELETE FROM parked_event WHERE tenant = $1 AND consumer = $2 AND seq = $3"
_DUE = DUE.format("$1", "$2", "false")


class PostgresConsumers:
    """How far each follower of the log is."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def lease(self, name: str, holder: str, now: str, until: str) -> int | None:
        """The consumer's place, if nobody else follows for it."""

        async def work(connection: PostgresConnection) -> int | None:
            await connection.change(_NEW, (name, FORGOTTEN))
            place: int | None = await connection.value(_LEASE, (name, holder, now, until))
            return place

        return await self._database.write(work)

    async def release(self, name: str, holder: str) -> None:
        """Let another follow at once."""
        await self._database.change(_RELEASE, (name, holder))

    async def advance(self, name: str, holder: str, place: int, to: int, parked: Sequence[Parked]) -> bool:
        """Move from ``place`` on, and park these events, together."""

        async def work(connection: PostgresConnection) -> bool:
            if not await connection.change(_ADVANCE, (name, holder, place, to)):
                return False
            for one in parked:
                await connection.change(_PARK, _columns(name, one))
            return True

        return await self._database.write(work)

    async def set_place(self, name: str, place: int) -> bool:
        """Put a consumer elsewhere, with nothing parked."""

        async def work(connection: PostgresConnection) -> bool:
            await connection.change("DELETE FROM parked_event WHERE consumer = $1", (name,))
            return bool(
                await connection.change("UPDATE consumer SET place = $2 WHERE name = $1", (name, place))
            )

        return await self._database.write(work)

    async def parked_subjects(self, name: str) -> Sequence[tuple[int, str]]:
        """(tenant, resource) of which something is parked."""
        return [(row[0], row[1]) for row in await self._database.rows(_SUBJECTS, (name,))]

    async def parked_due(self, name: str, now: str) -> Sequence[tuple[Parked, LoggedEvent | None]]:
        """The first parked event of each resource, where it is due."""
        return [due_of(row) for row in await self._database.rows(_DUE, (name, now))]

    async def park(self, name: str, parked: Parked) -> None:
        """Keep it as it is now."""
        await self._database.change(_PARK, _columns(name, parked))

    async def unpark(self, name: str, parked: Parked) -> None:
        """It was dealt with."""
        await self._database.change(_UNPARK, (parked.tenant, name, parked.seq))

    async def parked(self, name: str, *, limit: int = 1000) -> Sequence[Parked]:
        """All that is parked or given up, in order."""
        sql = f"SELECT {PARKED} FROM parked_event p WHERE consumer = $1 ORDER BY seq LIMIT $2"
        return [parked_of(row) for row in await self._database.rows(sql, (name, limit))]

    async def consumers(self) -> Sequence[Consumer]:
        """All, by name."""
        return [consumer_of(row) for row in await self._database.rows(CONSUMERS.format("false", "true"))]


def _columns(name: str, parked: Parked) -> tuple[object, ...]:
    return (
        name,
        parked.seq,
        parked.tenant,
        parked.subject,
        parked.attempts,
        parked.until,
        without_nul(parked.error),
        parked.given_up,
    )
