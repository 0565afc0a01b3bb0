"""The token row with all that it belongs to, and the resource that its request asks for, in one statement."""

from __future__ import annotations

from vestibule.directory.store import LookAhead
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.rows import FRAGMENT, resource_columns
from vestibule.stores.shared_sql.searching import shown
from vestibule.stores.shared_sql.tenancy_rows import ADMISSION, ADMISSION_WIDTH, ADMITTED, as_admission
from vestibule.tenancy.admission import Admission

_ADMIT = f"SELECT {ADMISSION} {ADMITTED} WHERE token.hash = $1"

#: So many of one externalId are no lookup any more.
_MOST = 50
#: Parameters: 2 is the value, 3 the type, 4 the base of links.
_CONDITIONS = {
    "id": "r.id = $2 AND r.state <> 'tombstone'",
    "userName": "r.user_name = $2 AND r.state <> 'tombstone'",
    "externalId": "r.state = 'managed' AND r.seq IN ("
    "SELECT seq FROM resource WHERE tenant = token.tenant AND connection = token.connection "
    "AND external_id = $2 AND state <> 'tombstone' "
    "UNION ALL SELECT resource FROM external_id WHERE tenant = token.tenant AND connection = token.connection "
    "AND type = $3 AND value = $2)",
}


#: The groups somebody is in directly; a look at all of them has a recursion to set up, whether it runs or not.
_DIRECT_GROUPS = (
    f"""(SELECT convert_to('[' || string_agg({FRAGMENT.format(base="$4", type="'direct'")}, ',' ORDER BY m.grp)"""
    " || ']', 'UTF8') FROM member m JOIN resource x ON x.tenant = m.tenant AND x.seq = m.grp "
    "WHERE m.tenant = token.tenant AND m.member = r.seq AND x.state = 'managed')"
)
#: Whether one of them is in another group itself.
_IN_MORE = (
    "(SELECT true FROM member a JOIN member b ON b.tenant = a.tenant AND b.member = a.grp "
    "WHERE a.tenant = token.tenant AND a.member = r.seq LIMIT 1)"
)


def _looking(attribute: str, groups: str) -> str:
    limited = f"ORDER BY r.seq LIMIT {_MOST + 1}" if attribute == "externalId" else ""
    return (
        f"SELECT {ADMISSION}, found.* {ADMITTED} LEFT JOIN LATERAL ("
        f"SELECT {resource_columns('token.connection')}, {groups} FROM resource r "
        f"WHERE r.tenant = token.tenant AND r.type = $3 AND {_CONDITIONS[attribute]} {limited}"
        ") found ON TRUE WHERE token.hash = $1"
    )


_OF_USERS = {
    name: _looking(name, f"{_DIRECT_GROUPS} AS groups, {_IN_MORE} AS in_more") for name in _CONDITIONS
}
_OF_OTHERS = {name: _looking(name, "NULL::bytea AS groups, NULL::boolean AS in_more") for name in _CONDITIONS}


async def admit(database: PostgresDatabase, token_hash: bytes, ahead: LookAhead | None) -> Admission | None:
    """The token of that hash; what ``ahead`` asks for is put into it."""
    if ahead is None:
        row = await database.row(_ADMIT, (token_hash,))
        return as_admission(row) if row else None
    asked = (token_hash, ahead.value, ahead.type)
    if ahead.type == "User":
        rows = await database.rows(_OF_USERS[ahead.attribute], (*asked, ahead.base_url))
    else:
        rows = await database.rows(_OF_OTHERS[ahead.attribute], asked)
    if not rows:
        return None
    if len(rows) <= _MOST and not any(row[-1] for row in rows):
        ahead.rows = [shown(row[ADMISSION_WIDTH:]) for row in rows if row[ADMISSION_WIDTH] is not None]
    return as_admission(rows[0])
