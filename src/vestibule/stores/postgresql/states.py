"""``StateStore`` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.feed.acknowledgement import Acknowledgement, Held, Unconfirmed
from vestibule.feed.wanted_state import LinkedRow, StateRow
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.rows import groups_sql
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
from vestibule.stores.shared_sql.text import without_nul

_GROUPS = groups_sql("''")
_BY_ID = f"""
SELECT {STATE}, {_GROUPS} FROM resource r
WHERE r.tenant = $1 AND r.type = 'User' AND r.id = ANY ($2::text[])"""
_WALK = {
    "User": f"""
SELECT {STATE}, {_GROUPS} FROM resource r
WHERE r.tenant = $1 AND r.type = 'User' AND r.state = 'managed' AND r.seq > $2 ORDER BY r.seq LIMIT $3""",
    "Group": f"""
SELECT {STATE}, NULL::bytea FROM resource r
WHERE r.tenant = $1 AND r.type = 'Group' AND r.state = 'managed' AND r.seq > $2 ORDER BY r.seq LIMIT $3""",
}
#: Where the person still is as told: nobody has granted access and ended it again meanwhile.
_LAST_END = """
SELECT max(e.seq) FROM event e JOIN resource r ON r.tenant = e.tenant AND r.id = e.subject_id
WHERE e.tenant = $1 AND e.subject_id = $2 AND e.type = 'access.ended' AND r.version = $3 AND r.access = 'ended'"""
_FORGET = "DELETE FROM leaver WHERE at < $1 AND (held_until IS NULL OR held_until < $1)"
_KEEP = """
INSERT INTO acknowledgement (tenant, person, at, version, outcome, reason, author, confirms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""

_LINKED = LINKED.format("$1", "= ANY ($2::text[])")
_FORGET_ANSWERS = """
DELETE FROM acknowledgement WHERE (tenant, seq) IN (SELECT tenant, seq FROM acknowledgement WHERE at < $1 LIMIT $2)"""


class PostgresStates:
    """Reads what ``PostgresDirectory`` has written, and keeps what the product says of it."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def states(self, tenant: int, ids: Sequence[str]) -> Sequence[StateRow]:
        """Those people of the tenant, deleted ones included."""
        asked = [without_nul(id) for id in ids]
        return [state_of(row) for row in await self._database.rows(_BY_ID, (tenant, asked))]

    async def walk_states(self, tenant: int, type: str, after: int, limit: int) -> Sequence[StateRow]:
        """The managed people, or teams, after that place."""
        return [state_of(row) for row in await self._database.rows(_WALK[type], (tenant, after, limit))]

    async def linked(self, tenant: int, ids: Sequence[str]) -> Sequence[LinkedRow]:
        """Their accounts at outside services."""
        asked = (tenant, [without_nul(id) for id in ids])
        return [linked_of(row) for row in await self._database.rows(_LINKED, asked)]

    async def acknowledge(
        self, tenant: int, answer: Acknowledgement, *, settles: int | None
    ) -> Acknowledgement:
        """Keep it; with the end of access that it settles."""

        async def work(connection: PostgresConnection) -> Acknowledgement:
            end: int | None = None
            if settles is not None:
                end = await connection.value(_LAST_END, (tenant, answer.person, settles))
            reason = without_nul(answer.reason)
            row = (answer.person, answer.at, answer.version, answer.outcome.value, reason, answer.by)
            await connection.change(_KEEP, (tenant, *row, end))
            return replace(answer, confirms=end)

        return await self._database.write(work)

    async def held(self, tenant: int | None = None, *, due: str | None = None) -> Sequence[Held]:
        """People whose access is held, the first due first."""
        asked = tuple(value for value in (tenant, due) if value is not None)
        sql = HELD.format(
            "" if tenant is None else "AND l.tenant = $1",
            "" if due is None else f"AND l.held_until <= ${len(asked)}",
        )
        return [held_of(row) for row in await self._database.rows(sql, asked)]

    async def forget_leavers(self, before: str) -> int:
        """Forget who left before that moment and is not held."""
        return await self._database.change(_FORGET, (before,))

    async def forget_answers(self, before: str, *, limit: int = 1000) -> int:
        """Forget what the product said before that moment."""

        async def work(connection: PostgresConnection) -> int:
            # Finding the old ones of many may take longer than a request may.
            await connection.script("SET LOCAL statement_timeout = 0")
            return await connection.change(_FORGET_ANSWERS, (before, limit))

        return await self._database.write(work)

    async def unconfirmed(self, tenant: int | None, *, limit: int = 1000) -> Sequence[Unconfirmed]:
        """Access that ended and is not confirmed, the oldest first."""
        sql = UNCONFIRMED.format("" if tenant is None else "AND e.tenant = $2", "$1")
        asked = (limit,) if tenant is None else (limit, tenant)
        return [unconfirmed_of(row) for row in await self._database.rows(sql, asked)]
