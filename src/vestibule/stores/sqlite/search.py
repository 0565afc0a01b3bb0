"""Lists that one pass answers: filtered, sorted, over several types, by number or by place."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Page, Query
from vestibule.stores.shared_sql.search_sql import page_sql
from vestibule.stores.shared_sql.searching import Searching, count_of, shown
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.dialect import SqliteDialect
from vestibule.stores.sqlite.rows import RESOURCE_WIDTH, groups_sql

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
    teach(connection, queries)
    search = searching(tenant, queries)
    query = queries[0]
    start, count = max(1, query.start), count_of(query)
    limit = search.bindings.bind(count)
    offset = search.bindings.bind(min(start - 1, _MOST_OFFSET))
    sql = page_sql(search.matching(), search.columns, search.keyset, search.tenant, limit, offset)
    rows = connection.rows(sql, search.bindings.values)
    return Page([shown(row) for row in rows if row[0] is not None], rows[0][RESOURCE_WIDTH + 1], start)


def teach(connection: SqliteConnection, queries: Sequence[Query]) -> None:
    """Have SQL call what derives a search form anew, where a query needs that."""
    anew = next((query.anew for query in queries if query.anew is not None), None)
    if anew is not None:
        connection.raw.create_function("find_anew", 2, anew.find)


def searching(tenant: int, queries: Sequence[Query]) -> Searching:
    """The parts of their statement."""
    return Searching(_DIALECT, groups_sql, tenant, queries)
