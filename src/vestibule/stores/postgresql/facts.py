"""The answers to what a decision asks, in one statement: each kind of fact is a part of it.

A statement is a snapshot, and it costs a round trip whatever it asks. So all keys of a round are
read by one, whose text depends on their kinds alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from vestibule.profiles.profile import Role
from vestibule.stores.postgresql.connection import PostgresConnection, Row
from vestibule.stores.postgresql.dialect import PostgresDialect
from vestibule.stores.postgresql.member_targets import member_targets, targets_sql
from vestibule.stores.postgresql.rows import found_by
from vestibule.stores.shared_sql.dialect import Bindings
from vestibule.stores.shared_sql.filter_sql import Asking, FilterSql
from vestibule.stores.shared_sql.rows import RESOURCE_WIDTH, resource_columns, resource_of

#: Parts of one statement: more are several statements, of one snapshot where the caller holds one.
MOST_AT_ONCE = 40
_DIALECT = PostgresDialect()
_NO_RESOURCE = (
    "NULL::text, NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::bytea, NULL::text, NULL::bigint, "
    "NULL::text, NULL::boolean, NULL::text, NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::text"
)
_NO_VALUES = "NULL::text, NULL::text, NULL::text, NULL::text, NULL::bigint"
#: Where a row says to which part it belongs, and where its four texts and its number are.
_PART = RESOURCE_WIDTH
_TEXTS = slice(RESOURCE_WIDTH + 1, RESOURCE_WIDTH + 5)
_NUMBER = RESOURCE_WIDTH + 5


async def read_facts(
    connection: PostgresConnection, tenant: int, keys: Sequence[FactKey]
) -> Mapping[FactKey, Any]:
    """The answers to ``keys``; of one snapshot where there are at most ``MOST_AT_ONCE``, or the caller holds one."""
    known: dict[FactKey, Any] = {}
    if not keys:
        return known
    targets = [key for key in keys if isinstance(key, MemberTarget)]
    others = [key for key in keys if not isinstance(key, MemberTarget)]
    for start in range(0, max(len(others), 1), MOST_AT_ONCE):
        reading = _Reading(tenant, others[start : start + MOST_AT_ONCE], () if start else targets)
        reading.answer(await connection.rows(reading.sql, reading.values), known)
    return known


def are_many(keys: Sequence[FactKey]) -> bool:
    """Whether they are more than one statement."""
    return sum(not isinstance(key, MemberTarget) for key in keys) > MOST_AT_ONCE


@dataclass(frozen=True, slots=True)
class _Found:
    """Resources: a condition over ``r``, its values; ``{c}`` is the asking connection."""

    where: str
    values: Callable[[Any], Sequence[Any]]
    is_one: bool = False

    def sql(self, part: int, key: Any, bindings: Bindings) -> str:
        connection = bindings.add(key.connection)
        given = [bindings.add(value) for value in self.values(key)]
        return (
            f"SELECT {resource_columns(connection)}, {part}, {_NO_VALUES} FROM resource r "
            f"WHERE r.tenant = $1 AND {self.where.format(*given, c=connection)}"
        )

    def made(self, rows: Sequence[Row]) -> Any:
        found = tuple(map(resource_of, rows))
        return (found[0] if found else None) if self.is_one else found


@dataclass(frozen=True, slots=True)
class _Listed:
    """Up to four texts and a number: ``what`` and where from, and what the rows of them mean."""

    what: str
    rest: str
    values: Callable[[Any], Sequence[Any]]
    made_of: Callable[[Sequence[Sequence[Any]]], Any]

    def sql(self, part: int, key: Any, bindings: Bindings) -> str:
        given = [bindings.add(value) for value in self.values(key)]
        return f"SELECT {_NO_RESOURCE}, {part}, {_values(self.what)} {self.rest.format(*given)}"

    def made(self, rows: Sequence[Row]) -> Any:
        return self.made_of([(*row[_TEXTS], row[_NUMBER]) for row in rows])


class _Matching:
    """Members for which a filter holds."""

    def sql(self, part: int, key: Any, bindings: Bindings) -> str:
        group = _GROUP.format(bindings.add(key.group_id))
        asking = Asking("Group", "$1", "NULL")
        condition = FilterSql(_DIALECT, bindings, asking).member_condition(key.filter, "x")
        return (
            f"SELECT {_NO_RESOURCE}, {part}, {_values('x.id, x.type')} FROM member m "
            f"JOIN {found_by('seq = m.member', 'x')} ON TRUE "
            f"WHERE m.tenant = $1 AND m.grp = {group} AND x.state = 'managed' AND {condition} ORDER BY m.member"
        )

    def made(self, rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
        return tuple((id, type) for id, type, _, _ in (row[_TEXTS] for row in rows))


class _Reading:
    """One statement, and how its rows are told apart."""

    def __init__(self, tenant: int, keys: Sequence[FactKey], targets: Sequence[MemberTarget]) -> None:
        self._keys, self._targets = keys, targets
        bindings = Bindings(_DIALECT, (tenant,))
        parts = [_PARTS[type(key)].sql(number, key, bindings) for number, key in enumerate(keys)]
        if targets:
            parts.append(
                f"SELECT {_NO_RESOURCE}, {len(keys)}, found.* FROM ({targets_sql(targets, bindings)}) AS found"
            )
        self.sql = parts[0] if len(parts) == 1 else " UNION ALL ".join(f"({part})" for part in parts)
        self.values = bindings.values

    def answer(self, rows: Sequence[Row], known: dict[FactKey, Any]) -> None:
        """Put what the rows say to what is ``known``."""
        parts: list[list[Row]] = [[] for _ in range(len(self._keys) + 1)]
        for row in rows:
            parts[row[_PART]].append(row)
        for key, part in zip(self._keys, parts, strict=False):
            known[key] = _PARTS[type(key)].made(part)
        if self._targets:
            known.update(member_targets(self._targets, [(*row[_TEXTS], row[_NUMBER]) for row in parts[-1]]))


def _values(what: str) -> str:
    """``what``, filled up to four texts and a number; ``#`` stands before a number."""
    texts, _, number = what.partition("#")
    given = [text for text in texts.split(", ") if text]
    return ", ".join([*given, *["NULL::text"] * (4 - len(given)), f"({number or 'NULL'})::bigint"])


_GROUP = "(SELECT seq FROM resource WHERE tenant = $1 AND id = {0})"
_NAMED = "FROM unnest({1}::text[]) AS j (value)"
_KEYED = (
    "r.seq = ANY (ARRAY(SELECT resource FROM key WHERE tenant = $1 AND attribute = {0} AND value = {1})) "
    "AND r.type = {2}"
)
#: Upwards from the group: its parents are few, the members of a member may be many.
_REACHES = f"""
FROM (
    WITH RECURSIVE above (seq) AS (
        SELECT {_GROUP}
        UNION
        SELECT m.grp FROM above a JOIN {found_by("member = a.seq", "m", "member")} ON TRUE
    )
    SELECT 1 FROM above WHERE seq = (SELECT seq FROM resource WHERE tenant = $1 AND id = {{1}}) OR {{0}} = {{1}}
) AS up LIMIT 1"""


def _first_texts(rows: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    return tuple(row[0] for row in rows)


def _roles(rows: Sequence[Sequence[Any]]) -> tuple[Role, ...]:
    return tuple(Role(row[0], tuple(orjson.loads(row[1]))) for row in rows)


_PARTS: Mapping[type, _Found | _Listed | _Matching] = {
    ById: _Found("r.id = {0} AND r.type = {1}", lambda k: (k.id, k.type), is_one=True),
    ByUserName: _Found("r.user_name = {0} AND r.state <> 'tombstone'", lambda k: (k.user_name,)),
    ByEmail: _Found(
        "r.email = {0} AND r.state <> 'tombstone' AND r.type = 'User' "
        "ORDER BY (r.state = 'unclaimed') DESC, r.seq LIMIT 3",
        lambda k: (k.email,),
    ),
    Inactivated: _Found(
        "r.user_name = {0} AND r.state = 'tombstone' AND r.type = 'User' "
        "ORDER BY r.deleted_at DESC NULLS LAST, r.seq DESC LIMIT 1",
        lambda k: (k.user_name,),
        is_one=True,
    ),
    ByExternalId: _Found(
        "r.type = {1} AND r.state <> 'tombstone' AND r.seq = ANY (ARRAY("
        "SELECT seq FROM resource WHERE tenant = $1 AND connection = {c} AND external_id = {0} "
        "AND state <> 'tombstone' UNION SELECT resource FROM external_id "
        "WHERE tenant = $1 AND connection = {c} AND type = {1} AND value = {0})) ORDER BY r.seq LIMIT 2",
        lambda k: (k.external_id, k.type),
    ),
    ByDisplayName: _Found(
        "r.display_name = {0} AND r.type = {1} AND r.state <> 'tombstone' AND r.state <> 'unclaimed' "
        "AND r.connection = {c} ORDER BY r.seq LIMIT 2",
        lambda k: (k.display_name, k.type),
    ),
    ByKey: _Found(
        f"{_KEYED} AND r.state <> 'tombstone' ORDER BY r.seq LIMIT 2",
        lambda k: (k.attribute, k.value, k.type),
    ),
    DeletedByKey: _Found(
        f"{_KEYED} AND r.state = 'tombstone' ORDER BY r.deleted_at DESC NULLS LAST, r.seq DESC LIMIT 1",
        lambda k: (k.attribute, k.value, k.type),
        is_one=True,
    ),
    Membership: _Listed(
        "x.id",
        f"{_NAMED} JOIN {found_by('id = j.value', 'x')} ON TRUE "
        f"JOIN {found_by(f'grp = {_GROUP} AND member = x.seq', 'm', 'member')} ON TRUE",
        lambda k: (k.group_id, sorted(k.member_ids)),
        lambda rows: frozenset(row[0] for row in rows),
    ),
    PendingOf: _Listed(
        "p.value",
        f"{_NAMED} JOIN {found_by(f'grp = {_GROUP} AND value = j.value', 'p', 'pending_member')} ON TRUE",
        lambda k: (k.group_id, sorted(k.values)),
        lambda rows: frozenset(row[0] for row in rows),
    ),
    PendingCount: _Listed(
        "#count(*)",
        f"FROM pending_member WHERE tenant = $1 AND grp = {_GROUP}",
        lambda k: (k.group_id,),
        lambda rows: rows[0][4],
    ),
    AllMembers: _Listed(
        "x.id, x.type#(x.state = 'managed')::int",
        f"FROM member m JOIN {found_by('seq = m.member', 'x')} ON TRUE "
        f"WHERE m.tenant = $1 AND m.grp = {_GROUP} ORDER BY m.member",
        lambda k: (k.group_id,),
        lambda rows: tuple((row[0], row[1], row[4] == 1) for row in rows),
    ),
    AllPending: _Listed(
        "value",
        f"FROM pending_member WHERE tenant = $1 AND grp = {_GROUP} ORDER BY value",
        lambda k: (k.group_id,),
        _first_texts,
    ),
    MembersMatching: _Matching(),
    Waiting: _Listed(
        "g.id, p.value#p.connection",
        "FROM unnest({0}::text[]) AS j (value) "
        f"JOIN {found_by('folded = j.value', 'p', 'pending_member')} ON TRUE "
        f"JOIN {found_by('seq = p.grp', 'g')} ON TRUE "
        "WHERE g.state = 'managed' ORDER BY p.folded, p.grp, p.value",
        lambda k: (sorted(k.values),),
        lambda rows: tuple((row[0], row[1], row[4]) for row in rows),
    ),
    GroupsOf: _Listed(
        "g.id",
        f"FROM member m JOIN {found_by('seq = m.grp', 'g')} ON TRUE "
        f"WHERE m.tenant = $1 AND m.member = {_GROUP} AND g.state = 'managed' ORDER BY m.grp",
        lambda k: (k.member_id,),
        _first_texts,
    ),
    Reaches: _Listed("#1", _REACHES, lambda k: (k.group_id, k.member_id), bool),
    Domains: _Listed(
        "name",
        "FROM domain WHERE tenant = $1",
        lambda k: (),
        lambda rows: frozenset(row[0] for row in rows),
    ),
    TenantRoles: _Listed(
        "name, rights", "FROM tenant_role WHERE tenant = $1 ORDER BY folded", lambda k: (), _roles
    ),
    SeatsInUse: _Listed(
        "q.taken::text",
        "FROM (SELECT coalesce((SELECT taken FROM seat WHERE tenant = $1 AND basis = {0}), (SELECT count(*) FROM resource "
        "WHERE tenant = $1 AND type = 'User' AND state = 'managed' AND active)) AS taken) q",
        lambda k: (k.seats.basis,),
        lambda rows: int(rows[0][0]),
    ),
    RecentLeavers: _Listed(
        "count(*)::text, count(held_until)::text, (SELECT sum(managed)::text FROM counter "
        "WHERE tenant = $1 AND type = 'User')",
        "FROM leaver WHERE tenant = $1 AND at >= {0} AND person <> {1}",
        lambda k: (k.since, k.person_id),
        lambda rows: (int(rows[0][0]), int(rows[0][1]), int(rows[0][2] or 0)),
    ),
    Reviews: _Listed(
        "v.id, v.outcome, v.user_id, v.user_name",
        f"FROM review_candidate c JOIN {found_by('seq = c.review', 'v', 'review')} ON TRUE "
        "WHERE c.tenant = $1 AND c.candidate = {0} AND v.connection = {1} ORDER BY v.asked_at DESC, v.seq DESC",
        lambda k: (k.candidate, k.connection),
        lambda rows: tuple((row[0], row[1], row[2], row[3]) for row in rows),
    ),
}
