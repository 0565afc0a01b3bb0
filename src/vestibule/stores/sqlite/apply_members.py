"""Membership deltas: only the rows named are read or written, however large the group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from vestibule.directory.change import MemberDelta, PendingDelta
from vestibule.directory.facts import Reaches
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.facts import read_facts
from vestibule.stores.sqlite.preconditions import Conflict
from vestibule.stores.sqlite.text import array

_GROUP = "SELECT seq, state = 'managed' FROM resource WHERE tenant = ? AND id = ? AND type = 'Group'"
#: ?3 holds pairs: the id, and whether a tombstone will do.
_ADD = """
INSERT OR IGNORE INTO member (tenant, grp, member)
SELECT ?1, ?2, x.seq FROM json_each(?3) j
CROSS JOIN resource x ON x.tenant = ?1 AND x.id = json_extract(j.value, '$[0]')
WHERE x.state = 'managed' OR (x.state = 'tombstone' AND json_extract(j.value, '$[1]'))"""
_ADD_ONE = """
INSERT OR IGNORE INTO member (tenant, grp, member)
SELECT ?1, ?2, x.seq FROM resource x
WHERE x.tenant = ?1 AND x.id = ?3 AND (x.state = 'managed' OR (x.state = 'tombstone' AND ?4))"""
_REMOVE = """
DELETE FROM member WHERE tenant = ?1 AND grp = ?2 AND member IN (
    SELECT x.seq FROM json_each(?3) j CROSS JOIN resource x ON x.tenant = ?1 AND x.id = j.value
)"""


def apply_members(connection: SqliteConnection, tenant: int, deltas: Sequence[MemberDelta]) -> None:
    """Add and remove. Conflict where one was there already, or not; or an added one is gone."""
    for (group_id, present), several in groupby(sorted(deltas, key=_group_and_kind), key=_group_and_kind):
        named = list(several)
        group, alive = _group(connection, tenant, group_id)
        if not present:
            done = connection.change(_REMOVE, (tenant, group, array([delta.member_id for delta in named])))
        elif not alive:
            raise Conflict(f"group {group_id} is gone")
        else:
            _refuse_cycles(connection, tenant, named)
            done = _add(connection, tenant, group, named)
        if done != len(named):
            raise Conflict(f"the members of group {group_id} have changed")


_INSERT_PENDING = """
INSERT OR IGNORE INTO pending_member (tenant, grp, value, folded, connection, since) VALUES (?, ?, ?, ?, ?, ?)"""
_DELETE_PENDING = "DELETE FROM pending_member WHERE tenant = ? AND grp = ? AND value = ?"


def apply_pending(connection: SqliteConnection, tenant: int, deltas: Iterable[PendingDelta]) -> None:
    """Keep or forget unresolved values. Conflict where one to forget is not there, or the group is gone."""
    groups: dict[str, tuple[int, bool]] = {}
    for delta in deltas:
        if delta.group_id not in groups:
            groups[delta.group_id] = _group(connection, tenant, delta.group_id)
        group, alive = groups[delta.group_id]
        if delta.present:
            if not alive:
                raise Conflict(f"group {delta.group_id} is gone")
            row = (tenant, group, delta.value, delta.folded, delta.connection, delta.since)
            connection.change(_INSERT_PENDING, row)
        elif not connection.change(_DELETE_PENDING, (tenant, group, delta.value)):
            raise Conflict(f"{delta.value!r} does not wait in group {delta.group_id} any more")


def _add(connection: SqliteConnection, tenant: int, group: int, deltas: list[MemberDelta]) -> int:
    if len(deltas) == 1:
        return connection.change(_ADD_ONE, (tenant, group, deltas[0].member_id, deltas[0].tombstone))
    pairs = [(delta.member_id, delta.tombstone) for delta in deltas]
    return connection.change(_ADD, (tenant, group, array(pairs)))


def _refuse_cycles(connection: SqliteConnection, tenant: int, deltas: Iterable[MemberDelta]) -> None:
    for delta in deltas:
        if delta.member_type == "Group":
            reaches = Reaches(delta.group_id, delta.member_id)
            if read_facts(connection, tenant, (reaches,))[reaches]:
                raise Conflict(f"group {delta.member_id} holds group {delta.group_id}")


def _group(connection: SqliteConnection, tenant: int, group_id: str) -> tuple[int, bool]:
    row = connection.row(_GROUP, (tenant, group_id))
    if row is None:
        raise Conflict(f"group {group_id} is not there")
    return row[0], row[1] == 1


def _group_and_kind(delta: MemberDelta) -> tuple[str, bool]:
    return delta.group_id, delta.present
