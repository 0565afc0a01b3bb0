"""Lists that one pass answers: filtered, sorted, over several types, by number or by place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.directory.store import Page, Query
from vestibule.directory.store import Row as ResourceRow
from vestibule.stores.shared_sql.dialect import Bindings
from vestibule.stores.shared_sql.filter_sql import Asking, FilterSql
from vestibule.stores.shared_sql.narrow import Narrow, narrow
from vestibule.stores.shared_sql.search_sql import keyset_of, matching_sql, page_sql
from vestibule.stores.sqlite.connection import Row, SqliteConnection
from vestibule.stores.sqlite.dialect import SqliteDialect
from vestibule.stores.sqlite.rows import RESOURCE, RESOURCE_WIDTH, groups_sql, resource_of

DEFAULT_COUNT = 100
#: The column after those of the resource, by ``with_groups``; parameter 3 is the base of links.
GROUPS = {False: "NULL", True: groups_sql("?3")}
_DIALECT = SqliteDialect()
_COUNTER = "SELECT managed, shifts FROM counter WHERE tenant = ? AND type = ?"
_MOST_OFFSET = 1 << 62


def counted(connection: SqliteConnection, tenant: int, type: str) -> tuple[int, int]:
    """How many are listed, and how often a place has shifted."""
    row = connection.row(_COUNTER, (tenant, type))
    return (row[0], row[1]) if row else (0, 0)


def searched(connection: SqliteConnection, tenant: int, queries: Sequence[Query]) -> Page:
    """One pass over all candidates; total and page come from the same statement."""
    search = Searching(tenant, queries)
    query = queries[0]
    start, count = max(1, query.start), count_of(query)
    limit = search.bindings.bind(count)
    offset = search.bindings.bind(min(start - 1, _MOST_OFFSET))
    sql = page_sql(search.matching(), search.columns, search.keyset, limit, offset)
    rows = connection.rows(sql, search.bindings.values)
    return Page([shown(row) for row in rows if row[0] is not None], rows[0][RESOURCE_WIDTH + 1], start)


class Searching:
    """The parts of a filtered statement: parameters 1 to 3 are tenant, connection, base of links."""

    def __init__(self, tenant: int, queries: Sequence[Query]) -> None:
        self._queries = queries
        self.bindings = Bindings(_DIALECT, (tenant, queries[0].connection, queries[0].base_url))
        self.keyset = keyset_of(queries)
        self.parts = [SearchedType(query, self.bindings) for query in queries]

    def matching(self) -> str:
        """``seq`` and ``k`` of every match; binds the filters' values anew each time."""
        return matching_sql(self._queries, [(part.sql, part.where()) for part in self.parts])

    @property
    def columns(self) -> str:
        """Those of the resource, and its groups where it is a person and they are wanted."""
        groups = GROUPS[any(query.with_groups for query in self._queries)]
        if len(self._queries) > 1:
            groups = f"CASE r.type WHEN 'User' THEN {groups} END"
        return f"{RESOURCE}, {groups}"


class SearchedType:
    """One query's share: its compiler, the index that narrows it if one does, its condition over ``r``."""

    def __init__(self, query: Query, bindings: Bindings) -> None:
        self._query = query
        self.type = bindings.bind(query.type)
        asking = Asking(query.type, "?1", "?2", query.base_url, query.endpoint)
        self.sql = FilterSql(_DIALECT, bindings, asking)
        self.narrow: Narrow | None = (
            narrow(query.filter, bindings, asking, query.indexed) if query.filter is not None else None
        )

    def where(self) -> str:
        """The condition; binds the filter's values anew each time."""
        # The unary plus keeps SQLite from the index of all listed rows where a narrower one is named.
        plus = "+" if self.narrow else ""
        states = "IN ('managed', 'unclaimed')" if self._query.lookup else "= 'managed'"
        terms = [f"{plus}r.tenant = ?1", f"{plus}r.type = {self.type}", f"{plus}r.state {states}"]
        if self.narrow:
            terms.insert(0, f"r.seq IN ({self.narrow.sql})")
        if self._query.filter is not None:
            terms.append(self.sql.condition(self._query.filter))
        return " AND ".join(terms)


def count_of(query: Query) -> int:
    """How many rows the page holds at most."""
    return DEFAULT_COUNT if query.count is None else max(0, query.count)


def shown(row: Row | Sequence[Any]) -> ResourceRow:
    """The resource in a row's first columns, and its groups in the next."""
    return ResourceRow(resource_of(tuple(row)), row[RESOURCE_WIDTH] or b"")
