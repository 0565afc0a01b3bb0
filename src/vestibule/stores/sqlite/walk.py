"""Lists by place: the next or the previous stretch, whatever came and went meanwhile (RFC 9865)."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Boundary, Page, Query, Stretch
from vestibule.stores.shared_sql.search_sql import stretch_sql
from vestibule.stores.shared_sql.searching import count_of, shown
from vestibule.stores.shared_sql.stretch import stretch_of
from vestibule.stores.sqlite.connection import Row, SqliteConnection
from vestibule.stores.sqlite.rows import RESOURCE_WIDTH
from vestibule.stores.sqlite.search import counted, searched, searching, teach


def is_plain(queries: Sequence[Query]) -> bool:
    """Whether everything is listed in order of creation, so that the narrow index answers."""
    return all(query.filter is None and query.order is None for query in queries)


def page_of_types(connection: SqliteConnection, tenant: int, queries: Sequence[Query]) -> Page:
    """A page of several types as one list."""
    if not is_plain(queries):
        return searched(connection, tenant, queries)
    total = sum(counted(connection, tenant, query.type)[0] for query in queries)
    start, count = max(1, queries[0].start), count_of(queries[0])
    if count == 0 or start > total:
        return Page((), total, start)
    listing = _Listing(tenant, queries)
    rows = listing.rows(connection, limit=start - 1 + count, backward=False, skip=start - 1)
    return Page([shown(row) for row in rows], total, start)


def walked(
    connection: SqliteConnection,
    tenant: int,
    queries: Sequence[Query],
    boundary: Boundary | None,
    *,
    backward: bool,
) -> Stretch:
    """The stretch that begins at ``boundary``, or ends there."""
    if is_plain(queries):
        return _walked_plainly(connection, tenant, queries, boundary, backward=backward)
    teach(connection, queries)
    search = searching(tenant, queries)
    count = count_of(queries[0])
    limit = search.bindings.bind(count + 1 if count else 0)
    sql = stretch_sql(
        search.matching(),
        search.columns,
        search.keyset,
        search.bindings,
        boundary,
        backward=backward,
        tenant=search.tenant,
        limit=limit,
    )
    found = connection.rows(sql, search.bindings.values)
    total, has_behind = found[0][RESOURCE_WIDTH + 1], found[0][RESOURCE_WIDTH + 2] == 1
    rows = [row for row in found if row[0] is not None]
    return stretch_of(rows, count, total, boundary, backward=backward, has_behind=has_behind)


def _walked_plainly(
    connection: SqliteConnection,
    tenant: int,
    queries: Sequence[Query],
    boundary: Boundary | None,
    *,
    backward: bool,
) -> Stretch:
    total = sum(counted(connection, tenant, query.type)[0] for query in queries)
    count = count_of(queries[0])
    if count == 0:
        return Stretch((), total, None, None)
    listing = _Listing(tenant, queries, boundary)
    rows = listing.rows(connection, limit=count + 1, backward=backward)
    has_behind = boundary is not None and listing.has_any(connection, backward=not backward)
    return stretch_of(rows, count, total, boundary, backward=backward, has_behind=has_behind)


class _Listing:
    """Several types in order of creation, each walked along the narrow index from ``boundary`` on."""

    def __init__(self, tenant: int, queries: Sequence[Query], boundary: Boundary | None = None) -> None:
        self._search = searching(tenant, queries)
        self._seq = self._search.bindings.bind(boundary.seq) if boundary else None

    def rows(self, connection: SqliteConnection, *, limit: int, backward: bool, skip: int = 0) -> list[Row]:
        """Resources with their groups, ``k`` (none) and ``seq``."""
        way = "DESC" if backward else "ASC"
        each = [f"SELECT seq FROM ({part})" for part in self._parts(limit, backward=backward)]
        return connection.rows(
            f"""
            SELECT {self._search.columns}, NULL, r.seq
            FROM (SELECT seq FROM ({" UNION ALL ".join(each)}) ORDER BY seq {way} LIMIT {limit - skip} OFFSET {skip}) p
            CROSS JOIN resource r ON r.seq = p.seq ORDER BY r.seq {way}""",
            self._search.bindings.values,
        )

    def has_any(self, connection: SqliteConnection, *, backward: bool) -> bool:
        """Whether anything stands on that side of the boundary."""
        some = " OR ".join(f"EXISTS ({part})" for part in self._parts(1, backward=backward))
        return bool(connection.value(f"SELECT {some}", self._search.bindings.values))

    def _parts(self, limit: int, *, backward: bool) -> list[str]:
        side = f"AND seq {'<=' if backward else '>'} {self._seq} " if self._seq else ""
        way = "DESC" if backward else "ASC"
        return [
            f"SELECT seq FROM resource INDEXED BY resource_listed WHERE tenant = ?1 AND type = {part.type} "
            f"AND state = 'managed' {side}ORDER BY seq {way} LIMIT {limit}"
            for part in self._search.parts
        ]
