"""Member values that mean nobody yet: as an operator wants to see them, and their end."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Unresolved
from vestibule.stores.sqlite.connection import SqliteConnection

_UNRESOLVED = """
SELECT p.value, p.connection, p.since FROM resource g JOIN pending_member p ON p.tenant = g.tenant AND p.grp = g.seq
WHERE g.tenant = ? AND g.id = ? AND g.type = 'Group' AND g.state = 'managed' ORDER BY p.since, p.value"""

_FORGET = """
DELETE FROM pending_member WHERE (tenant, grp, value) IN (
    SELECT tenant, grp, value FROM pending_member WHERE since < ? LIMIT ?
)"""


def unresolved_members(connection: SqliteConnection, tenant: int, group_id: str) -> Sequence[Unresolved]:
    """Those of one group, oldest first."""
    return [Unresolved(*row) for row in connection.rows(_UNRESOLVED, (tenant, group_id))]


def forget_unresolved(connection: SqliteConnection, before: str, limit: int) -> int:
    """Those kept since before that moment; how many went."""
    return connection.change(_FORGET, (before, limit))
