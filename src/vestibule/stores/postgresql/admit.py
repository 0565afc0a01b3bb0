"""Who a token belongs to, and the resource that its request asks for, in one statement.

What was read of a token is remembered with the number that changes whenever anything of it does
(migration 0007), and each request's statement reads that number: so a revocation or a change of plan
holds at once, whichever process made it, and five tables need not be joined for every lookup.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from vestibule.directory.store import LookAhead
from vestibule.stores.postgresql.connection import Parameters, Row
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.rows import FRAGMENT, resource_columns
from vestibule.stores.shared_sql.searching import shown
from vestibule.stores.shared_sql.tenancy_rows import ADMISSION, ADMISSION_WIDTH, ADMITTED, as_admission
from vestibule.tenancy.admission import Admission

#: So many tokens are remembered.
_REMEMBERED = 4096
#: So many of one externalId are no lookup any more.
_MOST = 50

_VERSION = "(SELECT version FROM admission_version)"
_ADMIT = f"SELECT {_VERSION}, {ADMISSION} {ADMITTED} WHERE token.hash = $1"
_ADMIT_AGAIN = "SELECT version FROM admission_version"

#: Parameters: 2 is the value, 3 the type, 4 the base of links.
_CONDITIONS = {
    "id": "r.id = $2 AND r.state <> 'tombstone'",
    "userName": "r.user_name = $2 AND r.state <> 'tombstone'",
    "externalId": "r.state = 'managed' AND r.seq IN ("
    "SELECT seq FROM resource WHERE tenant = {tenant} AND connection = {connection} "
    "AND external_id = $2 AND state <> 'tombstone' "
    "UNION ALL SELECT resource FROM external_id WHERE tenant = {tenant} AND connection = {connection} "
    "AND type = $3 AND value = $2)",
}

#: The groups somebody is in directly; a look at all of them has a recursion to set up, whether it runs or not.
_DIRECT_GROUPS = (
    f"""(SELECT convert_to('[' || string_agg({FRAGMENT.format(base="$4", type="'direct'")}, ',' ORDER BY m.grp)"""
    " || ']', 'UTF8') FROM member m JOIN resource x ON x.tenant = m.tenant AND x.seq = m.grp "
    "WHERE m.tenant = {tenant} AND m.member = r.seq AND x.state = 'managed')"
)
#: Whether one of them is in another group itself.
_IN_MORE = (
    "(SELECT true FROM member a JOIN member b ON b.tenant = a.tenant AND b.member = a.grp "
    "WHERE a.tenant = {tenant} AND a.member = r.seq LIMIT 1)"
)


class _Known(NamedTuple):
    """What was read of a token when that version held."""

    version: int
    admission: Admission


class Admissions:
    """Admits tokens; remembers what it read of them for as long as it holds."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._known: dict[bytes, _Known] = {}

    async def admit(self, token_hash: bytes, ahead: LookAhead | None) -> Admission | None:
        """The token of that hash; what ``ahead`` asks for is put into it. None for an unknown one."""
        known = self._known.get(token_hash)
        if known is not None:
            admission = known.admission
            sql, parameters = _asking(_AGAIN, ahead, admission)
            rows = await self._database.rows(sql, parameters)
            if rows and rows[0][0] == known.version:
                _put(ahead, rows, 1)
                return admission
            self._known.pop(token_hash, None)
        sql, parameters = _asking(_FIRST, ahead, token_hash)
        rows = await self._database.rows(sql, parameters)
        if not rows:
            return None
        _put(ahead, rows, 1 + ADMISSION_WIDTH)
        admission = as_admission(rows[0][1:])
        if rows[0][0] is not None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[token_hash] = _Known(rows[0][0], admission)
        return admission


class _Statements(NamedTuple):
    alone: str
    of_users: dict[str, str]
    of_others: dict[str, str]


def _asking(
    statements: _Statements, ahead: LookAhead | None, who: bytes | Admission
) -> tuple[str, Parameters]:
    """The statement and its parameters; of one who is known, the connection comes first and the tenant last."""
    if isinstance(who, bytes):
        first: Any = who
        last: Parameters = ()
    else:
        first, last = who.connection, (who.tenant,)
    if ahead is None:
        return statements.alone, () if last else (first,)
    if ahead.type == "User":
        base = ahead.base_url
        return statements.of_users[ahead.attribute], (first, ahead.value, ahead.type, base, *last)
    return statements.of_others[ahead.attribute], (first, ahead.value, ahead.type, *last)


def _put(ahead: LookAhead | None, rows: list[Row], width: int) -> None:
    """What was found, unless it needs a closer look. ``width`` columns come before it."""
    if ahead is not None and len(rows) <= _MOST and not any(row[-1] for row in rows):
        ahead.rows = [shown(row[width:]) for row in rows if row[width] is not None]


def _looking(attribute: str, groups: str, connection: str, tenant: str) -> str:
    """What is found of one attribute, as a part of FROM."""
    limited = f"ORDER BY r.seq LIMIT {_MOST + 1}" if attribute == "externalId" else ""
    condition = _CONDITIONS[attribute].format(tenant=tenant, connection=connection)
    return (
        f"LEFT JOIN LATERAL (SELECT {resource_columns(connection)}, {groups.replace('{tenant}', tenant)} "
        f"FROM resource r WHERE r.tenant = {tenant} AND r.type = $3 AND {condition} {limited}) found ON TRUE"
    )


def _first(attribute: str, groups: str) -> str:
    looking = _looking(attribute, groups, "token.connection", "token.tenant")
    return f"SELECT {_VERSION}, {ADMISSION}, found.* {ADMITTED} {looking} WHERE token.hash = $1"


def _again(attribute: str, groups: str, tenant: str) -> str:
    looking = _looking(attribute, groups, "$1", tenant)
    # The connection is named by some of them alone, and each parameter must have a type.
    return f"SELECT v.version, found.* FROM admission_version v {looking} WHERE $1::bigint IS NOT NULL"


_GROUPS = f"{_DIRECT_GROUPS} AS groups, {_IN_MORE} AS in_more"
_NO_GROUPS = "NULL::bytea AS groups, NULL::boolean AS in_more"
_FIRST = _Statements(
    _ADMIT,
    {name: _first(name, _GROUPS) for name in _CONDITIONS},
    {name: _first(name, _NO_GROUPS) for name in _CONDITIONS},
)
_AGAIN = _Statements(
    _ADMIT_AGAIN,
    {name: _again(name, _GROUPS, "$5") for name in _CONDITIONS},
    {name: _again(name, _NO_GROUPS, "$4") for name in _CONDITIONS},
)
