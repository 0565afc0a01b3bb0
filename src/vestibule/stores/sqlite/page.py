"""Lists and lookups: which way each one is read."""

from __future__ import annotations

from vestibule.directory.store import Page, Query
from vestibule.directory.store import Row as ResourceRow
from vestibule.scim.filter.resolved import Test
from vestibule.scim.filter.tree import Operator
from vestibule.stores.shared_sql.places import Place, Places
from vestibule.stores.shared_sql.searching import count_of, shown
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.rows import RESOURCE, RESOURCE_WIDTH
from vestibule.stores.sqlite.search import GROUPS, counted, searched, searching

#: What the loop reads itself: rows of a page, and index entries stepped over to its start.
MOST_ON_LOOP = 200
_MOST_STEPPED_OVER = 1000


class TooManyForLoop(Exception):
    """The page is for a reader thread."""


_LISTED = {
    with_groups: f"SELECT {RESOURCE}, {groups}, r.seq FROM resource r "
    "WHERE r.tenant = ?1 AND r.type = ?4 AND r.state = 'managed' AND r.seq > ?5 ORDER BY r.seq LIMIT ?6"
    for with_groups, groups in GROUPS.items()
}
_STEP_OVER = (
    "SELECT seq FROM resource INDEXED BY resource_listed WHERE tenant = ? AND type = ? AND state = 'managed' "
    "ORDER BY seq LIMIT 1 OFFSET ?"
)
_BY_USER_NAME = {
    with_groups: f"SELECT {RESOURCE}, {groups} FROM resource r "
    "WHERE r.tenant = ?1 AND r.user_name = ?4 AND r.state <> 'tombstone'"
    for with_groups, groups in GROUPS.items()
}
_BY_ID = {
    with_groups: f"SELECT {RESOURCE}, {groups} FROM resource r "
    "WHERE r.tenant = ?1 AND r.id = ?4 AND r.type = ?5 AND r.state <> 'tombstone'"
    for with_groups, groups in GROUPS.items()
}


def resource_by_id(
    connection: SqliteConnection,
    tenant: int,
    type: str,
    id: str,
    asked_by: int,
    with_groups: bool,
    base_url: str,
) -> ResourceRow | None:
    """One resource as it goes out."""
    row = connection.row(_BY_ID[with_groups], (tenant, asked_by, base_url, id, type))
    return shown(row) if row else None


def people_named(
    connection: SqliteConnection, tenant: int, asked_by: int, base_url: str, user_name: str
) -> list[ResourceRow]:
    """Managed and unclaimed people of that folded userName, with their groups."""
    rows = connection.rows(_BY_USER_NAME[True], (tenant, asked_by, base_url, user_name))
    return [shown(row) for row in rows if row[1] == "User"]


def page_on_loop(connection: SqliteConnection, tenant: int, query: Query, places: Places) -> Page:
    """The page, where an index answers it with few rows; else ``TooManyForLoop``."""
    filter = query.filter
    if (
        isinstance(filter, Test)
        and filter.target.keys == ("userName",)
        and filter.operator is Operator.EQ
        and query.type == "User"
    ):
        return _by_user_name(connection, tenant, query, filter)
    if query.anew is not None or count_of(query) > MOST_ON_LOOP:
        raise TooManyForLoop
    if filter is None and query.order is None:
        return listed(connection, tenant, query, places, steps=_MOST_STEPPED_OVER)
    if query.order is not None:
        raise TooManyForLoop
    return _narrowed(connection, tenant, query)


def page_in_reader(connection: SqliteConnection, tenant: int, query: Query, places: Places) -> Page:
    """The page, whatever it takes; to be run off the loop, in a snapshot."""
    if query.filter is None and query.order is None:
        return listed(connection, tenant, query, places, steps=None)
    return searched(connection, tenant, (query,))


def listed(
    connection: SqliteConnection, tenant: int, query: Query, places: Places, steps: int | None
) -> Page:
    """A page of everything. It goes on where the page before it ended, or walks the narrow index.

    ``TooManyForLoop`` where that walk would take more than ``steps``.
    """
    total, shifts = counted(connection, tenant, query.type)
    start, count = max(1, query.start), count_of(query)
    if count == 0 or start > total:
        return Page((), total, start)
    after = 0 if start == 1 else None
    if (place := places.at(tenant, query.type, start)) is not None and place.shifts == shifts:
        after = place.seq
    if after is None:
        if steps is not None and start - 1 > steps:
            raise TooManyForLoop
        first = connection.value(_STEP_OVER, (tenant, query.type, start - 1))
        if first is None:
            return Page((), total, start)
        after = first - 1
    parameters = (tenant, query.connection, query.base_url, query.type, after, count)
    rows = connection.rows(_LISTED[query.with_groups], parameters)
    if len(rows) == count:
        places.keep(tenant, query.type, start + count, Place(rows[-1][RESOURCE_WIDTH + 1], shifts))
    return Page([shown(row) for row in rows], total, start)


def _by_user_name(connection: SqliteConnection, tenant: int, query: Query, filter: Test) -> Page:
    parameters = (tenant, query.connection, query.base_url, filter.value)
    rows = connection.rows(_BY_USER_NAME[query.with_groups], parameters)
    found = [row for row in rows if row[1] == query.type and (query.lookup or row[6] == "managed")]
    start = max(1, query.start)
    return Page([shown(row) for row in found[start - 1 :][: count_of(query)]], len(found), start)


def _narrowed(connection: SqliteConnection, tenant: int, query: Query) -> Page:
    """A filter for which an index knows a few candidates: all of them are read, and counted by reading."""
    search = searching(tenant, (query,))
    part = search.parts[0]
    candidates = part.narrow
    if candidates is None:
        raise TooManyForLoop
    if candidates.rank > 0:
        few = f"SELECT count(*) FROM (SELECT * FROM ({candidates.sql}) LIMIT {MOST_ON_LOOP + 1})"
        if connection.value(few, search.bindings.values) > MOST_ON_LOOP:
            raise TooManyForLoop
    sql = f"SELECT {search.columns} FROM resource r WHERE {part.where()} ORDER BY r.seq"
    rows = connection.rows(sql, search.bindings.values)
    start = max(1, query.start)
    return Page([shown(row) for row in rows[start - 1 :][: count_of(query)]], len(rows), start)
