"""``StateStore`` on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.feed.acknowledgement import Acknowledgement, Held, Unconfirmed
from vestibule.feed.wanted_state import LinkedRow, StateRow
from vestibule.stores.shared_sql.states import (
    HELD,
    LINKED,
    STATE,
    UNCONFIRMED,
    held_of,
    linked_of,
    state_of,
    unconfirmed_of,
)
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.rows import groups_sql
from vestibule.stores.sqlite.text import array

_GROUPS = groups_sql("''")
_BY_ID = f"""
SELECT {STATE}, {_GROUPS} FROM resource r
WHERE r.tenant = ?1 AND r.type = 'User' AND r.id IN (SELECT value FROM json_each(?2))"""
_WALK = {
    "User": f"""
SELECT {STATE}, {_GROUPS} FROM resource r
WHERE r.tenant = ?1 AND r.type = 'User' AND r.state = 'managed' AND r.seq > ?2 ORDER BY r.seq LIMIT ?3""",
    "Group": f"""
SELECT {STATE}, NULL FROM resource r
WHERE r.tenant = ?1 AND r.type = 'Group' AND r.state = 'managed' AND r.seq > ?2 ORDER BY r.seq LIMIT ?3""",
}
#: Where the person still is as told: nobody has granted access and ended it again meanwhile.
_LAST_END = """
SELECT max(e.seq) FROM event e JOIN resource r ON r.tenant = e.tenant AND r.id = e.subject_id
WHERE e.tenant = ? AND e.subject_id = ? AND e.type = 'access.ended' AND r.version = ? AND r.access = 'ended'"""
_FORGET = "DELETE FROM leaver WHERE at < ?1 AND (held_until IS NULL OR held_until < ?1)"
_KEEP = """
INSERT INTO acknowledgement (tenant, person, at, version, outcome, reason, author, confirms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_LINKED = LINKED.format("?1", "IN (SELECT value FROM json_each(?2))")
#: Old ones stand at the front, so only the front is looked at.
_FORGET_ANSWERS = """
DELETE FROM acknowledgement WHERE seq IN (
    SELECT seq FROM (SELECT seq, at FROM acknowledgement ORDER BY seq LIMIT ?2) WHERE at < ?1
)"""
#: A few people are read on the loop; more would keep others waiting.
_FEW = 20


class SqliteStates:
    """Reads what ``SqliteDirectory`` has written, and keeps what the product says of it."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def states(self, tenant: int, ids: Sequence[str]) -> Sequence[StateRow]:
        """Those people of the tenant, deleted ones included."""
        asked = (tenant, array(ids))
        if len(ids) <= _FEW:
            return [state_of(row) for row in self._database.read(_BY_ID, asked)]
        return await self._database.scan(lambda c: [state_of(row) for row in c.rows(_BY_ID, asked)])

    async def walk_states(self, tenant: int, type: str, after: int, limit: int) -> Sequence[StateRow]:
        """The managed people, or teams, after that place."""
        asked = (tenant, after, limit)
        return await self._database.scan(lambda c: [state_of(row) for row in c.rows(_WALK[type], asked)])

    async def linked(self, tenant: int, ids: Sequence[str]) -> Sequence[LinkedRow]:
        """Their accounts at outside services."""
        asked = (tenant, array(ids))
        if len(ids) <= _FEW:
            return [linked_of(row) for row in self._database.read(_LINKED, asked)]
        return await self._database.scan(lambda c: [linked_of(row) for row in c.rows(_LINKED, asked)])

    async def acknowledge(
        self, tenant: int, answer: Acknowledgement, *, settles: int | None
    ) -> Acknowledgement:
        """Keep it; with the end of access that it settles."""

        def work(connection: SqliteConnection) -> Acknowledgement:
            end: int | None = None
            if settles is not None:
                end = connection.value(_LAST_END, (tenant, answer.person, settles))
            row = (answer.person, answer.at, answer.version, answer.outcome.value, answer.reason, answer.by)
            connection.change(_KEEP, (tenant, *row, end))
            return replace(answer, confirms=end)

        return await self._database.write(work)

    async def held(self, tenant: int | None = None, *, due: str | None = None) -> Sequence[Held]:
        """People whose access is held, the first due first."""
        asked = tuple(value for value in (tenant, due) if value is not None)
        sql = HELD.format(
            "" if tenant is None else "AND l.tenant = ?1",
            "" if due is None else f"AND l.held_until <= ?{len(asked)}",
        )
        return await self._database.scan(lambda c: [held_of(row) for row in c.rows(sql, asked)])

    async def forget_leavers(self, before: str) -> int:
        """Forget who left before that moment and is not held."""
        return await self._database.write(lambda c: c.change(_FORGET, (before,)), is_long=True)

    async def forget_answers(self, before: str, *, limit: int = 1000) -> int:
        """Forget what the product said before that moment."""
        return await self._database.write(lambda c: c.change(_FORGET_ANSWERS, (before, limit)), is_long=True)

    async def unconfirmed(self, tenant: int | None, *, limit: int = 1000) -> Sequence[Unconfirmed]:
        """Access that ended and is not confirmed, the oldest first."""
        sql = UNCONFIRMED.format("" if tenant is None else "AND e.tenant = ?2", "?1")
        asked = (limit,) if tenant is None else (limit, tenant)
        return await self._database.scan(lambda c: [unconfirmed_of(row) for row in c.rows(sql, asked)])
