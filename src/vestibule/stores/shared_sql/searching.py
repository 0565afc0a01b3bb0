"""A filtered statement and its parts, for the store that sends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vestibule.directory.store import Query, Row
from vestibule.stores.shared_sql.dialect import Bindings, SqlDialect
from vestibule.stores.shared_sql.filter_sql import Asking, FilterSql
from vestibule.stores.shared_sql.narrow import Narrow, narrow
from vestibule.stores.shared_sql.rows import RESOURCE_WIDTH, resource_columns, resource_of
from vestibule.stores.shared_sql.search_sql import keyset_of, matching_sql

DEFAULT_COUNT = 100


class Searching:
    """The parts of a filtered statement: parameters 1 and 2 are tenant and connection.

    ``columns`` are those of the resource, and its groups where it is a person and they are wanted;
    ``groups`` makes them of the placeholder of the links' base.
    """

    def __init__(
        self, dialect: SqlDialect, groups: Callable[[str], str], tenant: int, queries: Sequence[Query]
    ) -> None:
        self._queries = queries
        self.bindings = Bindings(dialect, (tenant, queries[0].connection))
        self.tenant, connection = dialect.placeholder(1), dialect.placeholder(2)
        self.keyset = keyset_of(queries)
        shown_with = "NULL"
        if any(query.with_groups for query in queries):
            shown_with = groups(self.bindings.bind(queries[0].base_url))
            if len(queries) > 1:
                shown_with = f"CASE r.type WHEN 'User' THEN {shown_with} END"
        self.columns = f"{resource_columns(connection)}, {shown_with}"
        self.parts = [
            SearchedType(dialect, query, self.bindings, self.tenant, connection) for query in queries
        ]

    def matching(self) -> str:
        """``seq`` and ``k`` of every match; binds the filters' values anew each time."""
        return matching_sql(self._queries, [(part.sql, part.where()) for part in self.parts])


class SearchedType:
    """One query's share: its compiler, the index that narrows it if one does, its condition over ``r``."""

    def __init__(
        self, dialect: SqlDialect, query: Query, bindings: Bindings, tenant: str, connection: str
    ) -> None:
        self._dialect = dialect
        self._query = query
        self._tenant = tenant
        self.type = bindings.bind(query.type)
        find = "r.find"
        if query.anew is not None:
            found = "" if query.anew.found is None else bindings.bind(query.anew.found)
            find = dialect.find_anew(query.anew.profile_version, found)
        asking = Asking(query.type, tenant, connection, query.base_url, query.endpoint, find)
        self.sql = FilterSql(dialect, bindings, asking)
        self.narrow: Narrow | None = (
            narrow(query.filter, bindings, asking, query.indexed) if query.filter is not None else None
        )

    def where(self) -> str:
        """The condition; binds the filter's values anew each time."""
        states = "IN ('managed', 'unclaimed')" if self._query.lookup else "= 'managed'"
        columns = ["r.tenant", "r.type", "r.state"]
        if self.narrow:
            columns = [self._dialect.apart(column) for column in columns]
        tenant, type, state = columns
        terms = [f"{tenant} = {self._tenant}", f"{type} = {self.type}", f"{state} {states}"]
        if self.narrow:
            terms.insert(0, self._dialect.among("r.seq", self.narrow.sql))
        if self._query.filter is not None:
            terms.append(self.sql.condition(self._query.filter))
        return " AND ".join(terms)


def count_of(query: Query) -> int:
    """How many rows the page holds at most."""
    return DEFAULT_COUNT if query.count is None else max(0, query.count)


def shown(row: Sequence[Any]) -> Row:
    """The resource in a row's first columns, and its groups in the next."""
    return Row(resource_of(row), row[RESOURCE_WIDTH] or b"")
