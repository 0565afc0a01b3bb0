"""Lists that one pass answers: filtered, sorted, over several types, by number or by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.directory.store import Boundary, Page, Query, Stretch
from vestibule.scim.errors import Unavailable
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.dialect import PostgresDialect
from vestibule.stores.postgresql.rows import groups_sql
from vestibule.stores.shared_sql.rows import RESOURCE_WIDTH
from vestibule.stores.shared_sql.search_sql import page_sql, stretch_sql
from vestibule.stores.shared_sql.searching import Searching, count_of, shown
from vestibule.stores.shared_sql.stretch import stretch_of

_DIALECT = PostgresDialect()
_MOST_OFFSET = 1 << 62
#: Rows not derived yet that one request works out for itself.
_MOST_STALE = 5000
_STALE = f"""
SELECT seq, type, doc FROM resource WHERE tenant = $1 AND profile_version <> ALL ($2::bigint[])
AND type = ANY ($3::text[]) AND state <> 'tombstone' LIMIT {_MOST_STALE + 1}"""
#: How many of some types are listed, kept in sixteen places of each.
COUNTED = "SELECT coalesce(sum(managed), 0)::bigint FROM counter WHERE tenant = $1 AND type = ANY ({types})"


async def counted(database: PostgresDatabase, tenant: int, type: str) -> int:
    """How many of that type are listed."""
    count: int = await database.value(COUNTED.format(types="$2::text[]"), (tenant, [type]))
    return count


async def page_of_types(database: PostgresDatabase, tenant: int, queries: Sequence[Query]) -> Page:
    """A page of one type, or of several as one list."""
    queries = await _with_found(database, tenant, queries)
    search = _searching(tenant, queries)
    start, count = max(1, queries[0].start), count_of(queries[0])
    skipped = min(start - 1, _MOST_OFFSET)
    limit, offset = search.bindings.bind(count), search.bindings.bind(skipped)
    if _is_plain(queries):
        sql = _listed_sql(search, queries, None, backward=False, limit=limit, offset=offset)
    else:
        sql = page_sql(search.matching(), search.columns, search.keyset, search.tenant, limit, offset)
    rows = await database.rows(sql, search.bindings.values)
    return Page([shown(row) for row in rows if row[0] is not None], rows[0][RESOURCE_WIDTH + 1], start)


async def walked(
    database: PostgresDatabase,
    tenant: int,
    queries: Sequence[Query],
    boundary: Boundary | None,
    *,
    backward: bool,
) -> Stretch:
    """The stretch that begins at ``boundary``, or ends there."""
    queries = await _with_found(database, tenant, queries)
    search = _searching(tenant, queries)
    count = count_of(queries[0])
    limit = search.bindings.bind(count + 1 if count else 0)
    if _is_plain(queries):
        sql = _listed_sql(search, queries, boundary, backward=backward, limit=limit, offset="0")
    else:
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
    found = await database.rows(sql, search.bindings.values)
    total, has_behind = found[0][RESOURCE_WIDTH + 1], found[0][RESOURCE_WIDTH + 2]
    rows = [row for row in found if row[0] is not None]
    return stretch_of(rows, count, total, boundary, backward=backward, has_behind=has_behind)


async def _with_found(database: PostgresDatabase, tenant: int, queries: Sequence[Query]) -> Sequence[Query]:
    """The queries with what is found anew for rows that are not derived yet; Unavailable for too many of them."""
    anew = next((query.anew for query in queries if query.anew is not None), None)
    if anew is None:
        return queries
    versions = [anew.profile_version, -anew.profile_version]
    rows = await database.rows(_STALE, (tenant, versions, [query.type for query in queries]))
    if len(rows) > _MOST_STALE:
        raise Unavailable(
            "The profile has changed, and what this filter compares is being worked out for everybody. "
            "Try again in 10 seconds.",
            retry_after=10,
        )
    found = ", ".join(f'"{seq}": {anew.find(type, doc)}' for seq, type, doc in rows)
    known = replace(anew, found=f"{{{found}}}")
    return [replace(query, anew=known) if query.anew else query for query in queries]


def _searching(tenant: int, queries: Sequence[Query]) -> Searching:
    return Searching(_DIALECT, groups_sql, tenant, queries)


def _is_plain(queries: Sequence[Query]) -> bool:
    """Whether everything is listed in order of creation, so that the narrow index answers."""
    return all(query.filter is None and query.order is None for query in queries)


def _listed_sql(
    search: Searching,
    queries: Sequence[Query],
    boundary: Boundary | None,
    *,
    backward: bool,
    limit: str,
    offset: str,
) -> str:
    """The rows that ``stretch_sql`` would give, each type walked along the narrow index from ``boundary`` on."""
    way = "DESC" if backward else "ASC"
    seq = search.bindings.bind(boundary.seq) if boundary else None

    def parts(backward: bool, limit: str) -> list[str]:
        side = f"AND seq {'<=' if backward else '>'} {seq} " if seq else ""
        way = "DESC" if backward else "ASC"
        return [
            f"(SELECT seq FROM resource WHERE tenant = $1 AND type = {part.type} AND state = 'managed' "
            f"{side}ORDER BY seq {way} LIMIT {limit})"
            for part in search.parts
        ]

    behind = " OR ".join(f"EXISTS {part}" for part in parts(not backward, "1")) if seq else "FALSE"
    ahead = " UNION ALL ".join(parts(backward, f"{limit}::bigint + {offset}::bigint"))
    types = f"ARRAY[{', '.join(part.type for part in search.parts)}]"
    return f"""
        SELECT {search.columns}, t.total, t.behind, NULL AS k, p.seq
        FROM (SELECT ({COUNTED.format(types=types)}) AS total, ({behind}) AS behind) t
        LEFT JOIN (
            SELECT seq FROM ({ahead}) a ORDER BY seq {way} LIMIT {limit} OFFSET {offset}
        ) p ON TRUE
        LEFT JOIN resource r ON r.tenant = $1 AND r.seq = p.seq
        ORDER BY p.seq {way}"""
