"""What must hold, beyond the rows themselves, for a Change to be what its facts said."""

from __future__ import annotations

from vestibule.directory.change import Change
from vestibule.stores.sqlite.connection import Parameters, SqliteConnection


class Conflict(Exception):
    """A precondition does not hold any more: decide again."""


def check_free(connection: SqliteConnection, tenant: int, change: Change) -> None:
    """Conflict where a key of ``must_be_free`` is taken (``waiting`` apart: see below)."""
    written = {write.resource.id for write in change.resources}
    for kind, key in change.must_be_free:
        if kind == "waiting" or (kind == "userName" and _is_kept_by_index(change, key)):
            continue
        for sql, parameters in _TAKEN[kind](tenant, key, change):
            if any(id not in written for (id,) in connection.rows(sql, parameters)):
                raise Conflict(f"{kind} {key!r} is taken")


def check_nobody_waits(connection: SqliteConnection, tenant: int, change: Change) -> None:
    """Conflict where an unresolved member of a ``waiting`` key is left after the pending deltas."""
    for kind, key in change.must_be_free:
        if kind == "waiting" and connection.rows(_WAITS, (tenant, key)):
            raise Conflict(f"{key!r} waits in a group")


def _is_kept_by_index(change: Change, user_name: str) -> bool:
    """A row inserted under that userName meets the unique index."""
    return any(
        write.expected_version is None and write.resource.user_name == user_name for write in change.resources
    )


_WAITS = """
SELECT 1 FROM pending_member p CROSS JOIN resource g ON g.seq = p.grp
WHERE p.tenant = ? AND p.folded = ? AND g.state = 'managed' LIMIT 1"""
_USER_NAME = "SELECT id FROM resource WHERE tenant = ? AND user_name = ? AND state <> 'tombstone'"
_DISPLAY_NAME = """
SELECT id FROM resource WHERE tenant = ? AND display_name = ? AND state <> 'tombstone'
AND state = 'managed' AND type = 'Group' AND connection IS ?"""
_ID = "SELECT id FROM resource WHERE tenant = ? AND id = ? AND state IN ('managed', 'tombstone')"
_EXTERNAL_ID = """
SELECT id FROM resource WHERE tenant = ?1 AND connection = ?2 AND external_id = ?3
AND state <> 'tombstone' AND state = 'managed' AND type = 'User'
UNION ALL
SELECT x.id FROM external_id e CROSS JOIN resource x ON x.seq = e.resource
WHERE e.tenant = ?1 AND e.connection = ?2 AND e.type = 'User' AND e.value = ?3 AND x.state = 'managed'"""

_Query = tuple[str, Parameters]


def _user_name(tenant: int, key: str, change: Change) -> list[_Query]:
    return [(_USER_NAME, (tenant, key))]


def _display_name(tenant: int, key: str, change: Change) -> list[_Query]:
    groups = {write.resource.connection for write in change.resources if write.resource.type == "Group"}
    return [(_DISPLAY_NAME, (tenant, key, managed_by)) for managed_by in groups]


def _id(tenant: int, key: str, change: Change) -> list[_Query]:
    return [(_ID, (tenant, key))]


def _external_id(tenant: int, key: str, change: Change) -> list[_Query]:
    return [(_EXTERNAL_ID, (tenant, asked_by, key)) for asked_by in {p.connection for p in change.pending}]


_TAKEN = {"userName": _user_name, "displayName": _display_name, "id": _id, "externalId": _external_id}
