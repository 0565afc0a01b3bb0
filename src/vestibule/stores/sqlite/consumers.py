"""``ConsumerStore`` on SQLite."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.story import LoggedEvent
from vestibule.feed.store import Consumer, Parked
from vestibule.stores.shared_sql.consumers import CONSUMERS, DUE, PARKED, consumer_of, due_of, parked_of
from vestibule.stores.shared_sql.feed import FORGOTTEN
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase

_NEW = """
INSERT OR IGNORE INTO consumer (name, place)
VALUES (?1, coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE name = ?2), 0))"""
_LEASE = """
UPDATE consumer SET holder = ?2, leased_until = ?4
WHERE name = ?1 AND (holder = ?2 OR leased_until <= ?3) RETURNING place"""
_PARK = """
INSERT INTO parked_event (consumer, seq, tenant, subject, attempts, until, error, given_up)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET attempts = excluded.attempts, until = excluded.until, error = excluded.error,
    given_up = excluded.given_up"""
_SUBJECTS = "SELECT DISTINCT tenant, subject FROM parked_event WHERE consumer = ? AND given_up = 0"
_UNPARK = "DELETE FROM parked_event WHERE tenant = ? AND consumer = ? AND seq = ?"
_DUE = DUE.format("?1", "?2", "0")


class SqliteConsumers:
    """How far each follower of the log is."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def lease(self, name: str, holder: str, now: str, until: str) -> int | None:
        """The consumer's place, if nobody else follows for it."""

        def work(connection: SqliteConnection) -> int | None:
            connection.change(_NEW, (name, FORGOTTEN))
            place: int | None = connection.value(_LEASE, (name, holder, now, until))
            return place

        return await self._database.write(work)

    async def release(self, name: str, holder: str) -> None:
        """Let another follow at once."""
        sql = "UPDATE consumer SET holder = '', leased_until = '' WHERE name = ? AND holder = ?"
        await self._database.write(lambda connection: connection.change(sql, (name, holder)))

    async def advance(self, name: str, holder: str, place: int, to: int, parked: Sequence[Parked]) -> bool:
        """Move from ``place`` on, and park these events, together."""

        def work(connection: SqliteConnection) -> bool:
            sql = "UPDATE consumer SET place = ? WHERE name = ? AND holder = ? AND place = ?"
            if not connection.change(sql, (to, name, holder, place)):
                return False
            connection.change_many(_PARK, [_columns(name, one) for one in parked])
            return True

        return await self._database.write(work, is_long=len(parked) > 50)

    async def set_place(self, name: str, place: int) -> bool:
        """Put a consumer elsewhere, with nothing parked."""

        def work(connection: SqliteConnection) -> bool:
            connection.change("DELETE FROM parked_event WHERE consumer = ?", (name,))
            return bool(connection.change("UPDATE consumer SET place = ? WHERE name = ?", (place, name)))

        return await self._database.write(work, is_long=True)

    async def parked_subjects(self, name: str) -> Sequence[tuple[int, str]]:
        """(tenant, resource) of which something is parked."""
        return [(row[0], row[1]) for row in await self._database.scan(lambda c: c.rows(_SUBJECTS, (name,)))]

    async def parked_due(self, name: str, now: str) -> Sequence[tuple[Parked, LoggedEvent | None]]:
        """The first parked event of each resource, where it is due."""
        return [due_of(row) for row in await self._database.scan(lambda c: c.rows(_DUE, (name, now)))]

    async def park(self, name: str, parked: Parked) -> None:
        """Keep it as it is now."""
        await self._database.write(lambda connection: connection.change(_PARK, _columns(name, parked)))

    async def unpark(self, name: str, parked: Parked) -> None:
        """It was dealt with."""
        asked = (parked.tenant, name, parked.seq)
        await self._database.write(lambda connection: connection.change(_UNPARK, asked))

    async def parked(self, name: str, *, limit: int = 1000) -> Sequence[Parked]:
        """All that is parked or given up, in order."""
        sql = f"SELECT {PARKED} FROM parked_event p WHERE consumer = ? ORDER BY seq LIMIT ?"
        return [parked_of(row) for row in await self._database.scan(lambda c: c.rows(sql, (name, limit)))]

    async def consumers(self) -> Sequence[Consumer]:
        """All, by name."""
        sql = CONSUMERS.format("0", "1")
        return [consumer_of(row) for row in await self._database.scan(lambda c: c.rows(sql))]


def _columns(name: str, parked: Parked) -> tuple[object, ...]:
    return (
        name,
        parked.seq,
        parked.tenant,
        parked.subject,
        parked.attempts,
        parked.until,
        parked.error,
        parked.given_up,
    )
