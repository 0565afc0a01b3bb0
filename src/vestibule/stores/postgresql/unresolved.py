"""Member values that mean nobody yet: as an operator wants to see them, and their end."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Unresolved
from vestibule.stores.postgresql.database import PostgresDatabase

_UNRESOLVED = """
SELECT p.value, p.connection, p.since FROM resource g JOIN pending_member p ON p.tenant = g.tenant AND p.grp = g.seq
WHERE g.tenant = $1 AND g.id = $2 AND g.type = 'Group' AND g.state = 'managed' ORDER BY p.since, p.value"""

#: Those that somebody else removes at this moment are his.
_FORGET = """
DELETE FROM pending_member WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM pending_member WHERE since < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
))"""


async def unresolved_members(database: PostgresDatabase, tenant: int, group_id: str) -> Sequence[Unresolved]:
    """Those of one group, oldest first."""
    return [Unresolved(*row) for row in await database.rows(_UNRESOLVED, (tenant, group_id))]


async def forget_unresolved(database: PostgresDatabase, before: str, limit: int) -> int:
    """Those kept since before that moment; how many went."""
    return await database.change(_FORGET, (before, limit))
