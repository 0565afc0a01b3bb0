"""A Change done: as it was decided, or as it is decided again where others were quicker."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg

from vestibule.directory.change import Change
from vestibule.directory.facts import Facts, Need
from vestibule.directory.store import Applied, Recorded
from vestibule.scim.errors import Unavailable
from vestibule.stores.postgresql.apply import change_statement
from vestibule.stores.postgresql.connection import PostgresConnection, may_be_retried
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.facts import read_facts
from vestibule.stores.postgresql.preconditions import CONFLICT, keys_to_hold
from vestibule.stores.postgresql.seats import hold_seats, take_seats
from vestibule.stores.postgresql.statement import Statement

#: Rounds of questions after which a decision is a fault of ours.
_MOST_ROUNDS = 50
#: Whoever decides again holds what he lost before, so that each time he must have met something new.
_MOST_TRIES = 20

_HOLD_KEYS = "SELECT hold_keys($1, $2)"
_HOLD_ROWS = (
    "SELECT count(*) FROM (SELECT seq FROM resource WHERE tenant = $1 AND id = ANY ($2::text[]) "
    "ORDER BY seq FOR NO KEY UPDATE) AS held"
)


async def apply_change(
    database: PostgresDatabase,
    tenant: int,
    change: Change,
    again: Callable[[Facts], Change | Need],
    record: Callable[[Change], Recorded] | None,
) -> Applied:
    """Do all of it: first in one statement, trusting the facts; then in a transaction that holds what was lost."""
    if change.seats is None:
        first = change_statement(tenant, change, record(change) if record else None, is_first=True)
        if await database.read(lambda connection: _is_done(connection, first)):
            database.writes += 1
            return Applied(change)
    for _ in range(_MOST_TRIES):
        lost = change

        async def decide_and_do(connection: PostgresConnection, lost: Change = lost) -> Change:
            if lost.seats is not None:
                await hold_seats(connection, tenant, lost.seats)
            await _hold(connection, tenant, lost)
            anew = await _decided(connection, tenant, again)
            if anew.seats is not None and (
                lost.seats is None or not await take_seats(connection, tenant, anew.seats)
            ):
                raise _Lost(anew)
            statement = change_statement(tenant, anew, record(anew) if record else None)
            if not await _is_done(connection, statement):
                raise _Lost(anew)
            return anew

        try:
            return Applied(await database.write(decide_and_do))
        except _Lost as quicker:
            change = quicker.change
    raise Unavailable("Nothing was changed: others change the same at the same time.", retry_after=1)


class _Lost(Exception):
    """A precondition of this Change did not hold: its transaction is undone."""

    def __init__(self, change: Change) -> None:
        super().__init__("somebody else was quicker")
        self.change = change


async def _is_done(connection: PostgresConnection, statement: Statement) -> bool:
    """Carry it out; False, and nothing done, where a precondition failed or another transaction won."""
    try:
        await connection.rows(statement.sql(), statement.values)
    except asyncpg.UniqueViolationError:
        return False
    except asyncpg.PostgresError as error:
        if error.sqlstate == CONFLICT or may_be_retried(error):
            return False
        raise
    return True


async def _hold(connection: PostgresConnection, tenant: int, lost: Change) -> None:
    """Nobody else changes what ``lost`` was about until the transaction ends: keys first, then rows, each in order."""
    keys = keys_to_hold(lost)
    keys += [f"person {name}" for write in lost.resources if (name := write.resource.user_name)]
    if keys:
        await connection.rows(_HOLD_KEYS, (tenant, sorted(set(keys))))
    ids = {write.resource.id for write in lost.resources if write.expected_version is not None}
    ids.update(touch.group_id for touch in lost.touches)
    ids.update(delta.group_id for delta in lost.members)
    ids.update(delta.group_id for delta in lost.pending)
    if ids:
        await connection.rows(_HOLD_ROWS, (tenant, sorted(ids)))


async def _decided(
    connection: PostgresConnection, tenant: int, again: Callable[[Facts], Change | Need]
) -> Change:
    facts = Facts()
    for _ in range(_MOST_ROUNDS):
        outcome = again(facts)
        if isinstance(outcome, Change):
            return outcome
        facts = facts.and_these(await read_facts(connection, tenant, outcome.keys))
    raise RuntimeError(f"no decision after {_MOST_ROUNDS} rounds of questions")
