"""The answers to what a decision asks: one small reading function for each kind of fact.

They run on the loop's connection for a first attempt and on the writer's, inside its
transaction, when it is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import orjson

from vestibule.directory.facts import (
    AllMembers,
    AllPending,
    ByDisplayName,
    ByEmail,
    ByExternalId,
    ById,
    ByKey,
    ByUserName,
    DeletedByKey,
    Domains,
    FactKey,
    GroupsOf,
    Inactivated,
    Membership,
    MembersMatching,
    MemberTarget,
    PendingCount,
    PendingOf,
    Reaches,
    RecentLeavers,
    Reviews,
    SeatsInUse,
    TenantRoles,
    Waiting,
)
from vestibule.directory.resource import Resource
from vestibule.profiles.profile import Role
from vestibule.stores.shared_sql.dialect import Bindings
from vestibule.stores.shared_sql.filter_sql import Asking, FilterSql
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.dialect import SqliteDialect
from vestibule.stores.sqlite.member_targets import member_targets
from vestibule.stores.sqlite.rows import RESOURCE, resource_of
from vestibule.stores.sqlite.seats import seats_in_use

_DIALECT = SqliteDialect()
#: Facts about more than so many values, or whole groups of more members, are read off the loop.
_MANY = 200


#: More than a person's creation asks are asked one by one.
_MOST_PROBED = 8
#: What a person's creation asks, which never means many.
_OF_ONE = frozenset({ById, ByUserName, ByEmail, ByExternalId, Inactivated, Waiting, TenantRoles, Domains})


def read_facts(connection: SqliteConnection, tenant: int, keys: Sequence[FactKey]) -> Mapping[FactKey, Any]:
    """The answers to ``keys``; of one snapshot where the caller holds one."""
    known = _known_absent(connection, tenant, keys)
    if len(known) == len(keys):
        return known
    targets: list[MemberTarget] = []
    for key in keys:
        if isinstance(key, MemberTarget):
            targets.append(key)
        elif key not in known:
            known[key] = _READERS[type(key)](connection, tenant, key)
    if targets:
        known.update(member_targets(connection, tenant, targets))
    return known


def are_many(connection: SqliteConnection, tenant: int, keys: Sequence[FactKey]) -> bool:
    """Whether reading them would hold up the loop."""
    if len(keys) > _MANY:
        return True
    if _OF_ONE.issuperset(map(type, keys)):
        return False
    for key in keys:
        match key:
            case MembersMatching():
                return True
            case Membership(_, values) | PendingOf(_, values) if len(values) > _MANY:
                return True
            case AllMembers(group_id) | AllPending(group_id):
                table = "member" if isinstance(key, AllMembers) else "pending_member"
                sql = (
                    f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE tenant = ?1 "
                    "AND grp = (SELECT seq FROM resource WHERE tenant = ?1 AND id = ?2) LIMIT ?3)"
                )
                if connection.value(sql, (tenant, group_id, _MANY + 1)) > _MANY:
                    return True
    return False


def _known_absent(connection: SqliteConnection, tenant: int, keys: Sequence[FactKey]) -> dict[FactKey, Any]:
    """Those of ``keys`` that mean nobody, asked in one statement.

    Who is created is hardly ever known before, and five statements cost five times as much as one.
    """
    if len(keys) > _MOST_PROBED:
        return {}
    sql, probes = _probing(tuple(map(type, keys)))
    if not sql:
        return {}
    known = connection.rows(sql, (tenant, *[probe.value(keys[at]) for at, probe in probes]))
    return {keys[at]: probe.absent for at, probe in probes if not known or (at,) not in known}


@dataclass(frozen=True, slots=True)
class _Probe:
    """Whether a key means anybody: a condition on its one value (``{}``), and the answer where not."""

    condition: str
    value: Callable[[Any], Any]
    absent: Any = ()


@cache
def _probing(kinds: tuple[type, ...]) -> tuple[str, Sequence[tuple[int, _Probe]]]:
    """The statement that gives the places of those keys of such kinds that mean somebody, and what it asks of which.

    It asks for those that can be probed; "" for fewer than two.
    """
    probes = [(at, _PROBES[kind]) for at, kind in enumerate(kinds) if kind in _PROBES]
    if len(probes) < 2:
        return "", ()
    conditions = [(at, probe.condition.format(f"?{number + 2}")) for number, (at, probe) in enumerate(probes)]
    sql = " UNION ALL ".join(f"SELECT {at} WHERE EXISTS ({condition})" for at, condition in conditions)
    return sql, tuple(probes)


_FIND = f"SELECT {RESOURCE} FROM resource r WHERE r.tenant = ?1 AND "
_BY_ID = _FIND + "r.id = ?3 AND r.type = ?4"
_BY_USER_NAME = _FIND + "r.user_name = ?3 AND r.state <> 'tombstone'"
_BY_EMAIL = (
    _FIND + "r.email = ?3 AND r.state <> 'tombstone' AND r.type = 'User' "
    "ORDER BY r.state = 'unclaimed' DESC, r.seq LIMIT 3"
)
_INACTIVATED = (
    _FIND + "r.user_name = ?3 AND r.state = 'tombstone' AND r.type = 'User' "
    "ORDER BY r.deleted_at DESC, r.seq DESC LIMIT 1"
)
_BY_EXTERNAL_ID = (
    _FIND + "r.type = ?4 AND r.state <> 'tombstone' AND r.seq IN ("
    "SELECT seq FROM resource WHERE tenant = ?1 AND connection = ?2 AND external_id = ?3 AND state <> 'tombstone' "
    "UNION SELECT resource FROM external_id WHERE tenant = ?1 AND connection = ?2 AND type = ?4 AND value = ?3"
    ") ORDER BY r.seq LIMIT 2"
)
_BY_DISPLAY_NAME = (
    _FIND + "r.display_name = ?3 AND r.type = ?4 AND r.state <> 'tombstone' AND r.state = 'managed' "
    "AND r.connection = ?2 ORDER BY r.seq LIMIT 2"
)


_BY_KEY = (
    _FIND + "r.seq IN (SELECT resource FROM key WHERE tenant = ?1 AND attribute = ?3 AND value = ?4) "
    "AND r.type = ?5 AND r.state <> 'tombstone' ORDER BY r.seq LIMIT 2"
)
_DELETED_BY_KEY = (
    _FIND + "r.seq IN (SELECT resource FROM key WHERE tenant = ?1 AND attribute = ?3 AND value = ?4) "
    "AND r.type = ?5 AND r.state = 'tombstone' ORDER BY r.deleted_at DESC, r.seq DESC LIMIT 1"
)


def _by_id(connection: SqliteConnection, tenant: int, key: ById) -> Resource | None:
    row = connection.row(_BY_ID, (tenant, key.connection, key.id, key.type))
    return resource_of(row) if row else None


def _by_user_name(connection: SqliteConnection, tenant: int, key: ByUserName) -> tuple[Resource, ...]:
    return tuple(map(resource_of, connection.rows(_BY_USER_NAME, (tenant, key.connection, key.user_name))))


def _by_email(connection: SqliteConnection, tenant: int, key: ByEmail) -> tuple[Resource, ...]:
    return tuple(map(resource_of, connection.rows(_BY_EMAIL, (tenant, key.connection, key.email))))


def _inactivated(connection: SqliteConnection, tenant: int, key: Inactivated) -> Resource | None:
    row = connection.row(_INACTIVATED, (tenant, key.connection, key.user_name))
    return resource_of(row) if row else None


def _by_external_id(connection: SqliteConnection, tenant: int, key: ByExternalId) -> tuple[Resource, ...]:
    found = connection.rows(_BY_EXTERNAL_ID, (tenant, key.connection, key.external_id, key.type))
    return tuple(map(resource_of, found))


def _by_display_name(connection: SqliteConnection, tenant: int, key: ByDisplayName) -> tuple[Resource, ...]:
    found = connection.rows(_BY_DISPLAY_NAME, (tenant, key.connection, key.display_name, key.type))
    return tuple(map(resource_of, found))


def _by_key(connection: SqliteConnection, tenant: int, key: ByKey) -> tuple[Resource, ...]:
    found = connection.rows(_BY_KEY, (tenant, key.connection, key.attribute, key.value, key.type))
    return tuple(map(resource_of, found))


def _deleted_by_key(connection: SqliteConnection, tenant: int, key: DeletedByKey) -> Resource | None:
    row = connection.row(_DELETED_BY_KEY, (tenant, key.connection, key.attribute, key.value, key.type))
    return resource_of(row) if row else None


_GROUP = "(SELECT seq FROM resource WHERE tenant = ?1 AND id = ?2)"
_MEMBERSHIP = (
    "SELECT x.id FROM json_each(?3) j CROSS JOIN resource x ON x.tenant = ?1 AND x.id = j.value "
    f"CROSS JOIN member m ON m.tenant = ?1 AND m.grp = {_GROUP} AND m.member = x.seq"
)
_PENDING_OF = (
    "SELECT p.value FROM json_each(?3) j CROSS JOIN pending_member p "
    f"ON p.tenant = ?1 AND p.grp = {_GROUP} AND p.value = j.value"
)
_PENDING_COUNT = f"SELECT count(*) FROM pending_member WHERE tenant = ?1 AND grp = {_GROUP}"
_ALL_MEMBERS = (
    "SELECT x.id, x.type, x.state = 'managed' FROM member m CROSS JOIN resource x ON x.seq = m.member "
    f"WHERE m.tenant = ?1 AND m.grp = {_GROUP} ORDER BY m.member"
)
_ALL_PENDING = f"SELECT value FROM pending_member WHERE tenant = ?1 AND grp = {_GROUP} ORDER BY value"
_WAITING = (
    "SELECT g.id, p.value, p.connection FROM json_each(?2) j CROSS JOIN pending_member p "
    "ON p.tenant = ?1 AND p.folded = j.value CROSS JOIN resource g ON g.seq = p.grp "
    "WHERE g.state = 'managed'"
)
_GROUPS_OF = (
    "SELECT g.id FROM member m CROSS JOIN resource g ON g.seq = m.grp "
    f"WHERE m.tenant = ?1 AND m.member = {_GROUP} AND g.state = 'managed' ORDER BY m.grp"
)
#: Upwards from the group: its parents are few, the members of a member may be many.
_REACHES = f"""
WITH RECURSIVE above(seq) AS (
    VALUES ({_GROUP})
    UNION
    SELECT m.grp FROM above a CROSS JOIN member m ON m.tenant = ?1 AND m.member = a.seq
)
SELECT 1 FROM above WHERE seq = (SELECT seq FROM resource WHERE tenant = ?1 AND id = ?3)"""


def _membership(connection: SqliteConnection, tenant: int, key: Membership) -> frozenset[str]:
    rows = connection.rows(_MEMBERSHIP, (tenant, key.group_id, _array(key.member_ids)))
    return frozenset(id for (id,) in rows)


def _pending_of(connection: SqliteConnection, tenant: int, key: PendingOf) -> frozenset[str]:
    rows = connection.rows(_PENDING_OF, (tenant, key.group_id, _array(key.values)))
    return frozenset(value for (value,) in rows)


def _pending_count(connection: SqliteConnection, tenant: int, key: PendingCount) -> int:
    count: int = connection.value(_PENDING_COUNT, (tenant, key.group_id))
    return count


def _all_members(
    connection: SqliteConnection, tenant: int, key: AllMembers
) -> tuple[tuple[str, str, bool], ...]:
    rows = connection.rows(_ALL_MEMBERS, (tenant, key.group_id))
    return tuple((id, type, alive == 1) for id, type, alive in rows)


def _all_pending(connection: SqliteConnection, tenant: int, key: AllPending) -> tuple[str, ...]:
    return tuple(value for (value,) in connection.rows(_ALL_PENDING, (tenant, key.group_id)))


def _members_matching(
    connection: SqliteConnection, tenant: int, key: MembersMatching
) -> tuple[tuple[str, str], ...]:
    bindings = Bindings(_DIALECT, (tenant, key.group_id))
    condition = FilterSql(_DIALECT, bindings, Asking("Group", "?1", "NULL")).member_condition(key.filter, "x")
    rows = connection.rows(
        "SELECT x.id, x.type FROM member m CROSS JOIN resource x ON x.seq = m.member "
        f"WHERE m.tenant = ?1 AND m.grp = {_GROUP} AND x.state = 'managed' AND {condition} ORDER BY m.member",
        bindings.values,
    )
    return tuple((id, type) for id, type in rows)


def _waiting(connection: SqliteConnection, tenant: int, key: Waiting) -> tuple[tuple[str, str, int], ...]:
    rows = connection.rows(_WAITING, (tenant, _array(key.values)))
    return tuple((group, value, by) for group, value, by in rows)


def _groups_of(connection: SqliteConnection, tenant: int, key: GroupsOf) -> tuple[str, ...]:
    return tuple(id for (id,) in connection.rows(_GROUPS_OF, (tenant, key.member_id)))


def _reaches(connection: SqliteConnection, tenant: int, key: Reaches) -> bool:
    if key.group_id == key.member_id:
        return True
    return bool(connection.rows(_REACHES, (tenant, key.group_id, key.member_id)))


def _domains(connection: SqliteConnection, tenant: int, key: Domains) -> frozenset[str]:
    return frozenset(
        name for (name,) in connection.rows("SELECT name FROM domain WHERE tenant = ?", (tenant,))
    )


def _tenant_roles(connection: SqliteConnection, tenant: int, key: TenantRoles) -> tuple[Role, ...]:
    rows = connection.rows("SELECT name, rights FROM tenant_role WHERE tenant = ? ORDER BY folded", (tenant,))
    return tuple(Role(name, tuple(orjson.loads(rights))) for name, rights in rows)


def _recent_leavers(connection: SqliteConnection, tenant: int, key: RecentLeavers) -> tuple[int, int, int]:
    row = connection.rows(_LEAVERS, (tenant, key.since, key.person_id))[0]
    return row[0], row[1], row[2]


_LEAVERS = """
SELECT count(*), count(held_until), coalesce((SELECT managed FROM counter WHERE tenant = ?1 AND type = 'User'), 0)
FROM leaver WHERE tenant = ?1 AND at >= ?2 AND person <> ?3"""


def _reviews(
    connection: SqliteConnection, tenant: int, key: Reviews
) -> tuple[tuple[str, str, str, str], ...]:
    rows = connection.rows(
        "SELECT v.id, v.outcome, v.user_id, v.user_name FROM review_candidate c "
        "CROSS JOIN review v ON v.seq = c.review "
        "WHERE c.tenant = ? AND c.candidate = ? AND v.connection = ? ORDER BY v.asked_at DESC, v.seq DESC",
        (tenant, key.candidate, key.connection),
    )
    return tuple((id, outcome, user_id, user_name) for id, outcome, user_id, user_name in rows)


def _array(values: Iterable[str]) -> str:
    return orjson.dumps(sorted(values)).decode()


_OF_TENANT = "WHERE tenant = ?1 AND "
_PROBES: dict[type, _Probe] = {
    ByUserName: _Probe(
        f"SELECT 1 FROM resource {_OF_TENANT}user_name = {{}} AND state <> 'tombstone'",
        attrgetter("user_name"),
    ),
    ByEmail: _Probe(
        f"SELECT 1 FROM resource {_OF_TENANT}email = {{}} AND state <> 'tombstone'", attrgetter("email")
    ),
    Inactivated: _Probe(
        f"SELECT 1 FROM resource {_OF_TENANT}user_name = {{}} AND state = 'tombstone'",
        attrgetter("user_name"),
        None,
    ),
    Waiting: _Probe(
        "SELECT 1 FROM json_each({}) j CROSS JOIN pending_member p ON p.tenant = ?1 AND p.folded = j.value",
        lambda key: _array(key.values),
    ),
    TenantRoles: _Probe("SELECT 1 FROM tenant_role WHERE tenant = ?1 AND {} IS NULL", lambda key: None),
}
_READERS: dict[type, Callable[[SqliteConnection, int, Any], Any]] = {
    ById: _by_id,
    ByUserName: _by_user_name,
    ByEmail: _by_email,
    Inactivated: _inactivated,
    ByExternalId: _by_external_id,
    ByDisplayName: _by_display_name,
    ByKey: _by_key,
    DeletedByKey: _deleted_by_key,
    Membership: _membership,
    PendingOf: _pending_of,
    PendingCount: _pending_count,
    AllMembers: _all_members,
    AllPending: _all_pending,
    MembersMatching: _members_matching,
    Waiting: _waiting,
    GroupsOf: _groups_of,
    Reaches: _reaches,
    Domains: _domains,
    TenantRoles: _tenant_roles,
    Reviews: _reviews,
    RecentLeavers: _recent_leavers,
    SeatsInUse: seats_in_use,
}
