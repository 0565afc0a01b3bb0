"""What the member values of a request are: ids first, then people by externalId, then by userName."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.directory.facts import FactKey, MemberTarget
from vestibule.scim.fold import fold_user_name
from vestibule.stores.shared_sql.dialect import Bindings

Found = tuple[str, str, str]

_UNKNOWN: Found = ("unknown", "", "")
#: What the number of a row says.
_ID, _TOMBSTONE, _EXTERNAL_ID, _USER_NAME = range(4)


def targets_sql(keys: Sequence[MemberTarget], bindings: Bindings) -> str:
    """Rows of the value, the id, the type, who asks and what was found, for all ``keys`` at once."""
    values = bindings.add(sorted({key.value for key in keys}))
    parts = [
        f"""SELECT j.value, x.id, x.type, NULL::text, CASE x.state WHEN 'managed' THEN {_ID} ELSE {_TOMBSTONE} END::bigint
        FROM unnest({values}::text[]) AS j (value) JOIN resource x ON x.tenant = $1 AND x.id = j.value
        WHERE x.state IN ('managed', 'tombstone') AND x.type IN ('User', 'Group')"""
    ]
    people = [key for key in keys if key.match_people]
    for connection in sorted({key.connection for key in people}):
        asking = bindings.add(connection)
        given = bindings.add(sorted({key.value for key in people if key.connection == connection}))
        parts.append(
            f"""SELECT j.value, x.id, x.type, {asking}::bigint::text, {_EXTERNAL_ID}
            FROM unnest({given}::text[]) AS j (value)
            JOIN resource x ON x.tenant = $1 AND x.connection = {asking} AND x.external_id = j.value
            WHERE x.state <> 'tombstone' AND x.state = 'managed' AND x.type = 'User'"""
        )
        parts.append(
            f"""SELECT j.value, x.id, x.type, {asking}::bigint::text, {_EXTERNAL_ID}
            FROM unnest({given}::text[]) AS j (value)
            JOIN external_id e ON e.tenant = $1 AND e.connection = {asking} AND e.type = 'User' AND e.value = j.value
            JOIN resource x ON x.tenant = $1 AND x.seq = e.resource
            WHERE x.state = 'managed' AND x.connection IS DISTINCT FROM {asking}"""
        )
    if people:
        names = bindings.add(sorted({fold_user_name(key.value) for key in people}))
        parts.append(
            f"""SELECT j.value, x.id, x.type, NULL, {_USER_NAME}
            FROM unnest({names}::text[]) AS j (value) JOIN resource x ON x.tenant = $1 AND x.user_name = j.value
            WHERE x.state <> 'tombstone' AND x.state = 'managed' AND x.type = 'User'"""
        )
    return " UNION ALL ".join(parts)


def member_targets(keys: Sequence[MemberTarget], rows: Sequence[Sequence[Any]]) -> Mapping[FactKey, Found]:
    """What each of ``keys`` is, of the rows that ``targets_sql`` finds. A person must be exactly one."""
    by_id: dict[str, Found] = {}
    by_user_name: dict[str, Found] = {}
    by_external_id: dict[tuple[str, str], list[Found]] = {}
    for value, id, type, connection, way in rows:
        if way == _EXTERNAL_ID:
            by_external_id.setdefault((connection, value), []).append(("externalId", id, type))
        elif way == _USER_NAME:
            by_user_name[value] = ("userName", id, type)
        else:
            by_id[value] = ("id" if way == _ID else "tombstone", id, type)
    found: dict[FactKey, Found] = {}
    for key in keys:
        target = by_id.get(key.value)
        if target is None and key.match_people:
            named = by_external_id.get((str(key.connection), key.value), ())
            target = named[0] if len(named) == 1 else by_user_name.get(fold_user_name(key.value))
        found[key] = target or _UNKNOWN
    return found
