"""What must hold, beyond the rows themselves, for a Change to be what its facts said."""

from __future__ import annotations

from functools import cache

from vestibule.directory.change import Change
from vestibule.directory.facts import MemberTarget
from vestibule.stores.sqlite.connection import Parameters, SqliteConnection
from vestibule.stores.sqlite.member_targets import member_targets


class Conflict(Exception):
    """A precondition does not hold any more: decide again."""


def check_settings(connection: SqliteConnection, tenant: int, version: int) -> None:
    """Conflict where a domain, a role or another setting of the tenant has changed since."""
    if not connection.holds(_SETTINGS_VERSION, (tenant,), [(version,)]):
        raise Conflict("the tenant's settings have changed")


def check_free(connection: SqliteConnection, tenant: int, change: Change) -> None:
    """Conflict where a key of ``must_be_free`` is taken (``waiting`` apart: see below)."""
    names_members = False
    for kind, key in change.must_be_free:
        if kind == "waiting" or (kind == "userName" and _is_kept_by_index(change, key)):
            continue
        if kind == "member":
            names_members = True
            continue
        written = {write.resource.id for write in change.resources}
        for sql, parameters in _TAKEN[kind](tenant, key, change):
            if any(id not in written for (id,) in connection.rows(sql, parameters)):
                raise Conflict(f"{kind} {key!r} is taken")
    if names_members:
        _check_members_unknown(connection, tenant, change)


def check_unique(connection: SqliteConnection, tenant: int, change: Change) -> None:
    """Conflict where somebody other than the resource written has a unique value."""
    written = {write.resource.id for write in change.resources}
    for key in change.unique_keys:
        holders = connection.rows(_HOLDS_KEY, (tenant, key.attribute, key.value, key.type))
        if any(id not in written for (id,) in holders):
            raise Conflict(f"{key.attribute} {key.value!r} is taken")


def check_nobody_waits(connection: SqliteConnection, tenant: int, change: Change) -> None:
    """Conflict where an unresolved member of a ``waiting`` key is left after the pending deltas."""
    keys = [key for kind, key in change.must_be_free if kind == "waiting"]
    if not keys:
        return
    if not connection.holds(_waits(len(keys)), (tenant, *keys), []):
        raise Conflict(f"one of {keys!r} waits in a group")


def _check_members_unknown(connection: SqliteConnection, tenant: int, change: Change) -> None:
    """Conflict where a value of kind ``member`` has come to mean somebody."""
    values = [key for kind, key in change.must_be_free if kind == "member"]
    asked_by = {delta.connection for delta in change.pending if delta.present}
    keys = [MemberTarget(value, each, True) for value in values for each in asked_by]
    if keys and any(kind != "unknown" for kind, _, _ in member_targets(connection, tenant, keys).values()):
        raise Conflict("a member value means somebody by now")


def _is_kept_by_index(change: Change, user_name: str) -> bool:
    """A row inserted under that userName meets the unique index."""
    for write in change.resources:  # noqa: SIM110 (asked of every create; a generator takes as long again)
        if write.expected_version is None and write.resource.user_name == user_name:
            return True
    return False


_SETTINGS_VERSION = "SELECT settings_version FROM tenant WHERE id = ?"
_WAITS = """
SELECT 1 FROM pending_member p CROSS JOIN resource g ON g.seq = p.grp
WHERE p.tenant = ?1 AND p.folded = {key} AND g.state = 'managed'"""


@cache
def _waits(many: int) -> str:
    """One question for each key: for a list of them SQLite makes a table first, which takes as long again."""
    return " UNION ALL ".join(_WAITS.format(key=f"?{at + 2}") for at in range(many)) + " LIMIT 1"


_HOLDS_KEY = """
SELECT r.id FROM key k CROSS JOIN resource r ON r.seq = k.resource
WHERE k.tenant = ? AND k.attribute = ? AND k.value = ? AND r.type = ? AND r.state <> 'tombstone'"""
_USER_NAME = "SELECT id FROM resource WHERE tenant = ? AND user_name = ? AND state <> 'tombstone'"
_DISPLAY_NAME = """
SELECT id FROM resource WHERE tenant = ? AND display_name = ? AND state <> 'tombstone'
AND state = 'managed' AND type = 'Group' AND connection IS ?"""
_ID = (
    "SELECT id FROM resource WHERE tenant = ? AND id = ? AND state IN ('managed', 'tombstone') "
    "AND type IN ('User', 'Group')"
)

_Query = tuple[str, Parameters]


def _user_name(tenant: int, key: str, change: Change) -> list[_Query]:
    return [(_USER_NAME, (tenant, key))]


def _display_name(tenant: int, key: str, change: Change) -> list[_Query]:
    groups = {write.resource.connection for write in change.resources if write.resource.type == "Group"}
    return [(_DISPLAY_NAME, (tenant, key, managed_by)) for managed_by in groups]


def _id(tenant: int, key: str, change: Change) -> list[_Query]:
    return [(_ID, (tenant, key))]


_TAKEN = {"userName": _user_name, "displayName": _display_name, "id": _id}
