"""Lists and lookups: which way each one is read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.directory.store import Page, Query
from vestibule.directory.store import Row as ResourceRow
from vestibule.scim.filter.resolved import Test
from vestibule.scim.filter.tree import Operator
from vestibule.stores.shared_sql.dialect import Bindings
from vestibule.stores.shared_sql.filter_sql import Asking, FilterSql
from vestibule.stores.shared_sql.narrow import Narrow, narrow
from vestibule.stores.sqlite.connection import Row, SqliteConnection
from vestibule.stores.sqlite.dialect import SqliteDialect
from vestibule.stores.sqlite.rows import RESOURCE, RESOURCE_WIDTH, groups_sql, resource_of

DEFAULT_COUNT = 100
#: What the loop reads itself: rows of a page, and index entries stepped over to its start.
MOST_ON_LOOP = 200
_MOST_STEPPED_OVER = 1000
#: Places of running imports that are remembered.
_MOST_PLACES = 4096
_DIALECT = SqliteDialect()


class TooManyForLoop(Exception):
    """The page is for a reader thread."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last row's ``seq``, and the counter of shifts at that time."""

    seq: int
    shifts: int


class Places:
    """Where running imports are: start of the next page → place. While nothing shifted it holds exactly."""

    def __init__(self) -> None:
        self._places: OrderedDict[tuple[int, str, int], Place] = OrderedDict()

    def at(self, tenant: int, type: str, start: int, shifts: int) -> int | None:
        """The ``seq`` after which the page begins; None where that is not known."""
        place = self._places.get((tenant, type, start))
        return place.seq if place is not None and place.shifts == shifts else None

    def keep(self, tenant: int, type: str, start: int, place: Place) -> None:
        """Remember it, forgetting the oldest."""
        self._places[tenant, type, start] = place
        self._places.move_to_end((tenant, type, start))
        if len(self._places) > _MOST_PLACES:
            self._places.popitem(last=False)


_COUNTER = "SELECT managed, shifts FROM counter WHERE tenant = ? AND type = ?"


def counted(connection: SqliteConnection, tenant: int, type: str) -> tuple[int, int]:
    """How many are listed, and how often a place has shifted."""
    row = connection.row(_COUNTER, (tenant, type))
    return (row[0], row[1]) if row else (0, 0)


_GROUPS = {False: "NULL", True: groups_sql("?3")}
_LISTED = {
    with_groups: f"SELECT {RESOURCE}, {groups}, r.seq FROM resource r "
    "WHERE r.tenant = ?1 AND r.type = ?4 AND r.state = 'managed' AND r.seq > ?5 ORDER BY r.seq LIMIT ?6"
    for with_groups, groups in _GROUPS.items()
}
_STEP_OVER = (
    "SELECT seq FROM resource INDEXED BY resource_listed WHERE tenant = ? AND type = ? AND state = 'managed' "
    "ORDER BY seq LIMIT 1 OFFSET ?"
)
_BY_USER_NAME = {
    with_groups: f"SELECT {RESOURCE}, {groups} FROM resource r "
    "WHERE r.tenant = ?1 AND r.user_name = ?4 AND r.state <> 'tombstone'"
    for with_groups, groups in _GROUPS.items()
}
_BY_ID = {
    with_groups: f"SELECT {RESOURCE}, {groups} FROM resource r "
    "WHERE r.tenant = ?1 AND r.id = ?4 AND r.type = ?5 AND r.state <> 'tombstone'"
    for with_groups, groups in _GROUPS.items()
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
    return _shown(row) if row else None


def page_on_loop(connection: SqliteConnection, tenant: int, query: Query, places: Places) -> Page:
    """The page, where an index answers it with few rows; else ``TooManyForLoop``."""
    filter = query.filter
    if isinstance(filter, Test) and filter.target.keys == ("userName",) and filter.operator is Operator.EQ:
        return _by_user_name(connection, tenant, query, filter)
    if _count(query) > MOST_ON_LOOP:
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
    return _searched(connection, tenant, query)


def listed(
    connection: SqliteConnection, tenant: int, query: Query, places: Places, steps: int | None
) -> Page:
    """A page of everything. It goes on where the page before it ended, or walks the narrow index.

    ``TooManyForLoop`` where that walk would take more than ``steps``.
    """
    total, shifts = counted(connection, tenant, query.type)
    start, count = max(1, query.start), _count(query)
    if count == 0 or start > total:
        return Page((), total, start)
    after = 0 if start == 1 else places.at(tenant, query.type, start, shifts)
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
    return Page([_shown(row) for row in rows], total, start)


def _by_user_name(connection: SqliteConnection, tenant: int, query: Query, filter: Test) -> Page:
    parameters = (tenant, query.connection, query.base_url, filter.value)
    rows = connection.rows(_BY_USER_NAME[query.with_groups], parameters)
    found = [row for row in rows if row[1] == query.type and (query.lookup or row[6] == "managed")]
    start = max(1, query.start)
    return Page([_shown(row) for row in found[start - 1 :][: _count(query)]], len(found), start)


def _narrowed(connection: SqliteConnection, tenant: int, query: Query) -> Page:
    """A filter for which an index knows a few candidates: all of them are read, and counted by reading."""
    search = _Search(tenant, query)
    candidates = search.narrow
    if candidates is None:
        raise TooManyForLoop
    if candidates.rank > 0:
        few = f"SELECT count(*) FROM (SELECT * FROM ({candidates.sql}) LIMIT {MOST_ON_LOOP + 1})"
        if connection.value(few, search.bindings.values) > MOST_ON_LOOP:
            raise TooManyForLoop
    sql = f"SELECT {RESOURCE}, {_GROUPS[query.with_groups]} FROM resource r WHERE {search.where()} ORDER BY r.seq"
    rows = connection.rows(sql, search.bindings.values)
    start = max(1, query.start)
    return Page([_shown(row) for row in rows[start - 1 :][: _count(query)]], len(rows), start)


def _searched(connection: SqliteConnection, tenant: int, query: Query) -> Page:
    """One pass over all candidates; total and page come from the same statement."""
    search = _Search(tenant, query)
    where = search.where()
    key, order = "NULL", "seq"
    if query.order is not None:
        key = search.sql.sort_key(query.order)
        way = "DESC" if query.descending else "ASC"
        order = f"k IS NULL {way}, k {way}, seq"  # R121: missing values last, or first in descending order
    start, count = max(1, query.start), _count(query)
    limit, offset = search.bindings.bind(count), search.bindings.bind(min(start - 1, 1 << 62))
    final = ", ".join(f"p.{term}" for term in order.split(", "))
    rows = connection.rows(
        f"""
        WITH matching AS MATERIALIZED (SELECT r.seq AS seq, {key} AS k FROM resource r WHERE {where})
        SELECT {RESOURCE}, {_GROUPS[query.with_groups]}, t.total
        FROM (SELECT count(*) AS total FROM matching) t
        LEFT JOIN (SELECT seq, k FROM matching ORDER BY {order} LIMIT {limit} OFFSET {offset}) p ON TRUE
        LEFT JOIN resource r ON r.seq = p.seq
        ORDER BY {final}""",
        search.bindings.values,
    )
    return Page([_shown(row) for row in rows if row[0] is not None], rows[0][RESOURCE_WIDTH + 1], start)


class _Search:
    """The parts of a filtered statement: parameters 1 to 4 are tenant, connection, base of links, type."""

    def __init__(self, tenant: int, query: Query) -> None:
        self._query = query
        self.bindings = Bindings(_DIALECT, (tenant, query.connection, query.base_url, query.type))
        asking = Asking(query.type, "?1", "?2", query.base_url)
        self.sql = FilterSql(_DIALECT, self.bindings, asking)
        self.narrow: Narrow | None = (
            narrow(query.filter, self.bindings, asking, query.indexed) if query.filter is not None else None
        )

    def where(self) -> str:
        # The unary plus keeps SQLite from the index of all listed rows where a narrower one is named.
        plus = "+" if self.narrow else ""
        states = "IN ('managed', 'unclaimed')" if self._query.lookup else "= 'managed'"
        terms = [f"{plus}r.tenant = ?1", f"{plus}r.type = ?4", f"{plus}r.state {states}"]
        if self.narrow:
            terms.insert(0, f"r.seq IN ({self.narrow.sql})")
        if self._query.filter is not None:
            terms.append(self.sql.condition(self._query.filter))
        return " AND ".join(terms)


def _count(query: Query) -> int:
    return DEFAULT_COUNT if query.count is None else max(0, query.count)


def _shown(row: Row | Sequence[Any]) -> ResourceRow:
    return ResourceRow(resource_of(tuple(row)), row[RESOURCE_WIDTH] or b"")
