"""What the member values of a request are: ids first, then people by externalId, then by userName."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.directory.facts import FactKey, MemberTarget
from vestibule.scim.fold import fold_user_name
from vestibule.stores.postgresql.rows import found_by
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
        FROM unnest({values}::text[]) AS j (value) JOIN {found_by("id = j.value", "x")} ON TRUE
        WHERE x.state IN ('managed', 'tombstone') AND x.type IN ('User', 'Group')"""
    ]
    people = [key for key in keys if key.match_people]
    for connection in sorted({key.connection for key in people}):
        asking = bindings.add(connection)
        given = bindings.add(sorted({key.value for key in people if key.connection == connection}))
        parts.append(
            f"""SELECT j.value, x.id, x.type, {asking}::bigint::text, {_EXTERNAL_ID}
            FROM unnest({given}::text[]) AS j (value)
            JOIN {found_by(f"connection = {asking} AND external_id = j.value AND state <> 'tombstone'", "x")}
            ON x.state = 'managed' AND x.type = 'User'"""
        )
        parts.append(
            f"""SELECT j.value, x.id, x.type, {asking}::bigint::text, {_EXTERNAL_ID}
            FROM unnest({given}::text[]) AS j (value)
            JOIN {found_by(f"connection = {asking} AND type = 'User' AND value = j.value", "e", "external_id")} ON TRUE
            JOIN {found_by("seq = e.resource", "x")} ON TRUE
            WHERE x.state = 'managed' AND x.connection IS DISTINCT FROM {asking}"""
        )
    if people:
        names = bindings.add(sorted({fold_user_name(key.value) for key in people}))
        parts.append(
            f"""SELECT j.value, x.id, x.type, NULL, {_USER_NAME}
            FROM unnest({names}::text[]) AS j (value)
            JOIN {found_by("user_name = j.value AND state <> 'tombstone'", "x")}
            ON x.state = 'managed' AND x.type = 'User'"""
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
