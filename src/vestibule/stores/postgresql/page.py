"""Lists and lookups: which way each one is read. Each is one statement, so one snapshot and one round trip."""

from __future__ import annotations

from vestibule.directory.resource import State
from vestibule.directory.store import Page, Query, Row
from vestibule.scim.filter.resolved import Test
from vestibule.scim.filter.tree import Operator
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.rows import RESOURCE, groups_sql
from vestibule.stores.postgresql.search import page_of_types
from vestibule.stores.shared_sql.places import Place, Places
from vestibule.stores.shared_sql.rows import RESOURCE_WIDTH
from vestibule.stores.shared_sql.searching import count_of, shown

#: The column after those of the resource; the placeholder of the links' base stands last, where it is needed.
_GROUPS = {False: "NULL", True: "{}"}
_BY_ID = {
    with_groups: f"SELECT {RESOURCE}, {groups_sql('$5') if with_groups else 'NULL'} FROM resource r "
    "WHERE r.tenant = $1 AND r.id = $3 AND r.type = $4 AND r.state <> 'tombstone'"
    for with_groups in (False, True)
}
_BY_USER_NAME = {
    with_groups: f"SELECT {RESOURCE}, {groups_sql('$4') if with_groups else 'NULL'} FROM resource r "
    "WHERE r.tenant = $1 AND r.user_name = $3 AND r.state <> 'tombstone'"
    for with_groups in (False, True)
}
#: Goes on after the place $5 where nothing has shifted since ($6), else steps over $7 entries of the narrow index.
_LISTED = {
    with_groups: f"""
WITH c AS MATERIALIZED (
    SELECT coalesce(sum(managed), 0)::bigint AS managed, coalesce(sum(shifts), 0)::bigint AS shifts
    FROM counter WHERE tenant = $1 AND type = $3
)
SELECT {RESOURCE}, {groups_sql("$8") if with_groups else "NULL"}, r.seq, c.managed, c.shifts
FROM c LEFT JOIN LATERAL (
    SELECT * FROM resource
    WHERE tenant = $1 AND type = $3 AND state = 'managed' AND seq > CASE WHEN c.shifts = $6 THEN $5 ELSE (
        SELECT seq FROM resource WHERE tenant = $1 AND type = $3 AND state = 'managed'
        ORDER BY seq LIMIT 1 OFFSET $7
    ) - 1 END
    ORDER BY seq LIMIT $4
) r ON TRUE ORDER BY r.seq"""
    for with_groups in (False, True)
}
#: No counter of shifts is this.
_NEVER = -1


async def resource_by_id(
    database: PostgresDatabase,
    tenant: int,
    type: str,
    id: str,
    asked_by: int,
    with_groups: bool,
    base_url: str,
) -> Row | None:
    """One resource as it goes out."""
    parameters = (tenant, asked_by, id, type, base_url)
    row = await database.row(_BY_ID[with_groups], parameters if with_groups else parameters[:-1])
    return shown(row) if row else None


async def page_of(database: PostgresDatabase, tenant: int, query: Query, places: Places) -> Page:
    """The page, in the way that reads least."""
    filter = query.filter
    found = _found_ahead(query, filter) if query.ahead is not None and isinstance(filter, Test) else None
    if found is not None:
        return found
    if (
        isinstance(filter, Test)
        and filter.target.keys == ("userName",)
        and filter.operator is Operator.EQ
        and query.type == "User"
    ):
        return await _by_user_name(database, tenant, query, filter)
    if filter is None and query.order is None:
        return await _listed(database, tenant, query, places)
    return await page_of_types(database, tenant, (query,))


def with_or_without_groups(row: Row, with_groups: bool) -> Row:
    """The row as it was asked for."""
    return row if with_groups or not row.groups else Row(row.resource)


def _found_ahead(query: Query, filter: Test) -> Page | None:
    """The page, where it was read together with the token."""
    if query.ahead is None or filter.operator is not Operator.EQ or query.order is not None:
        return None
    rows = query.ahead.found(query.type, str(filter.target), filter.value, query.base_url)
    if rows is None:
        return None
    found = [row for row in rows if query.lookup or row.resource.state is State.MANAGED]
    start = max(1, query.start)
    shown_rows = found[start - 1 :][: count_of(query)]
    return Page([with_or_without_groups(row, query.with_groups) for row in shown_rows], len(found), start)


async def _by_user_name(database: PostgresDatabase, tenant: int, query: Query, filter: Test) -> Page:
    parameters = (tenant, query.connection, filter.value, query.base_url)
    rows = await database.rows(
        _BY_USER_NAME[query.with_groups], parameters if query.with_groups else parameters[:-1]
    )
    found = [row for row in rows if row[1] == query.type and (query.lookup or row[6] == "managed")]
    start = max(1, query.start)
    return Page([shown(row) for row in found[start - 1 :][: count_of(query)]], len(found), start)


async def _listed(database: PostgresDatabase, tenant: int, query: Query, places: Places) -> Page:
    """A page of everything. It goes on where the page before it ended, or walks the narrow index."""
    start, count = max(1, query.start), count_of(query)
    place = places.at(tenant, query.type, start) or Place(0, _NEVER)
    parameters = (
        tenant,
        query.connection,
        query.type,
        count,
        place.seq,
        place.shifts,
        min(start - 1, _MOST_OFFSET),
        query.base_url,
    )
    rows = await database.rows(
        _LISTED[query.with_groups], parameters if query.with_groups else parameters[:-1]
    )
    total, shifts = rows[0][-2:]
    if rows[0][0] is None:
        return Page((), total, start)
    if len(rows) == count:
        places.keep(tenant, query.type, start + count, Place(rows[-1][RESOURCE_WIDTH + 1], shifts))
    return Page([shown(row) for row in rows], total, start)


_MOST_OFFSET = 1 << 62
