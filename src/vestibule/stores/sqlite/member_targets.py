"""What the member values of a request are: ids first, then people by externalId, then by userName."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from vestibule.directory.facts import FactKey, MemberTarget
from vestibule.scim.fold import fold_user_name
from vestibule.stores.sqlite.connection import SqliteConnection

Found = tuple[str, str, str]

_UNKNOWN: Found = ("unknown", "", "")

_BY_ID = (
    "SELECT j.value, x.state, x.id, x.type FROM json_each(?2) j "
    "CROSS JOIN resource x ON x.tenant = ?1 AND x.id = j.value "
    "WHERE x.state IN ('managed', 'tombstone') AND x.type IN ('User', 'Group')"
)
_BY_EXTERNAL_ID = """
SELECT j.value, x.id FROM json_each(?2) j
CROSS JOIN resource x ON x.tenant = ?1 AND x.connection = ?3 AND x.external_id = j.value
WHERE x.state <> 'tombstone' AND x.state = 'managed' AND x.type = 'User'
UNION ALL
SELECT j.value, x.id FROM json_each(?2) j
CROSS JOIN external_id e ON e.tenant = ?1 AND e.connection = ?3 AND e.type = 'User' AND e.value = j.value
CROSS JOIN resource x ON x.seq = e.resource
WHERE x.state = 'managed' AND x.connection IS NOT ?3"""
_BY_USER_NAME = (
    "SELECT x.user_name, x.id FROM json_each(?2) j "
    "CROSS JOIN resource x ON x.tenant = ?1 AND x.user_name = j.value "
    "WHERE x.state <> 'tombstone' AND x.state = 'managed' AND x.type = 'User'"
)


def member_targets(
    connection: SqliteConnection, tenant: int, keys: Sequence[MemberTarget]
) -> Mapping[FactKey, Found]:
    """What each of ``keys`` is, in one statement for each way to look."""
    found: dict[FactKey, Found] = {}
    by_id = {
        value: ("id" if state == "managed" else "tombstone", id, type)
        for value, state, id, type in connection.rows(_BY_ID, (tenant, _array([key.value for key in keys])))
    }
    asking: dict[int, list[MemberTarget]] = {}
    for key in keys:
        target = by_id.get(key.value)
        if target is not None:
            found[key] = target
        elif key.match_people:
            asking.setdefault(key.connection, []).append(key)
        else:
            found[key] = _UNKNOWN
    for asked_by, unknown in asking.items():
        found.update(_people(connection, tenant, asked_by, unknown))
    return found


def _people(
    connection: SqliteConnection, tenant: int, asked_by: int, keys: Sequence[MemberTarget]
) -> Mapping[FactKey, Found]:
    """Exactly one managed person, or unknown."""
    by_external_id: dict[str, list[str]] = {}
    values = _array([key.value for key in keys])
    for value, id in connection.rows(_BY_EXTERNAL_ID, (tenant, values, asked_by)):
        by_external_id.setdefault(value, []).append(id)
    folded = {
        key.value: fold_user_name(key.value) for key in keys if len(by_external_id.get(key.value, ())) != 1
    }
    by_user_name: dict[str, str] = {}
    if folded:
        by_user_name.update(connection.rows(_BY_USER_NAME, (tenant, _array(list(folded.values())))))
    found: dict[FactKey, Found] = {}
    for key in keys:
        user_name = folded.get(key.value)
        if user_name is None:
            found[key] = ("externalId", by_external_id[key.value][0], "User")
        elif user_name in by_user_name:
            found[key] = ("userName", by_user_name[user_name], "User")
        else:
            found[key] = _UNKNOWN
    return found


def _array(values: Sequence[str]) -> str:
    return orjson.dumps(values).decode()
