"""A filtered, sorted or joint list as one statement: every match once, the page or the stretch, and the total."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Boundary, Query
from vestibule.scim.attribute import Type
from vestibule.stores.shared_sql.dialect import Bindings
from vestibule.stores.shared_sql.filter_sql import FilterSql
from vestibule.stores.shared_sql.keyset import Keyset

_KINDS = {Type.BOOLEAN: "BOOLEAN", Type.INTEGER: "NUMERIC", Type.DECIMAL: "NUMERIC"}


def keyset_of(queries: Sequence[Query]) -> Keyset:
    """The order of the list that the queries make together."""
    is_sorted = any(query.order is not None for query in queries)
    return Keyset(is_sorted=is_sorted, descending=queries[0].descending)


def matching_sql(queries: Sequence[Query], parts: Sequence[tuple[FilterSql, str]]) -> str:
    """``seq`` and ``k`` of everything that matches; a part is a query's compiler and its condition over ``r``."""
    kinds = {_KINDS.get(query.order.leaf.type, "TEXT") for query in queries if query.order is not None}
    nothing = f"CAST(NULL AS {kinds.pop()})" if kinds else "NULL"
    return " UNION ALL ".join(
        f"SELECT r.seq AS seq, {sql.sort_key(query.order) if query.order else nothing} AS k "
        f"FROM resource r WHERE {where}"
        for query, (sql, where) in zip(queries, parts, strict=True)
    )


def page_sql(matching: str, columns: str, keyset: Keyset, tenant: str, limit: str, offset: str) -> str:
    """Rows of ``columns`` and the total; a single row without a resource where the page is empty."""
    return f"""
        WITH matching AS MATERIALIZED ({matching})
        SELECT {columns}, t.total
        FROM (SELECT count(*) AS total FROM matching) t
        LEFT JOIN (SELECT seq, k FROM matching ORDER BY {keyset.order()} LIMIT {limit} OFFSET {offset}) p ON TRUE
        LEFT JOIN resource r ON r.tenant = {tenant} AND r.seq = p.seq
        ORDER BY {keyset.order("p.")}"""


def stretch_sql(
    matching: str,
    columns: str,
    keyset: Keyset,
    bindings: Bindings,
    boundary: Boundary | None,
    *,
    backward: bool,
    tenant: str,
    limit: str,
) -> str:
    """Rows of ``columns``, then the total, whether anything stands on the other side of the boundary, ``k``, ``seq``.

    They begin at the boundary, so that backward they come in reverse order.
    """
    ahead, behind = "TRUE", "FALSE"
    if boundary is not None:
        ahead, behind = keyset.after(boundary, bindings), keyset.before(boundary, bindings)
        if backward:
            ahead, behind = behind, ahead
    order = keyset.order(backward=backward)
    return f"""
        WITH matching AS MATERIALIZED ({matching})
        SELECT {columns}, t.total, t.behind, p.k, p.seq
        FROM (
            SELECT count(*) AS total, EXISTS (SELECT 1 FROM matching WHERE {behind}) AS behind FROM matching
        ) t
        LEFT JOIN (SELECT seq, k FROM matching WHERE {ahead} ORDER BY {order} LIMIT {limit}) p ON TRUE
        LEFT JOIN resource r ON r.tenant = {tenant} AND r.seq = p.seq
        ORDER BY {keyset.order("p.", backward=backward)}"""


def ends(
    places: Sequence[Boundary], boundary: Boundary | None, *, backward: bool, has_more: bool, has_behind: bool
) -> tuple[Boundary | None, Boundary | None]:
    """``previous`` and ``next`` of a stretch whose rows have those places, in the list's order.

    ``has_more`` says that rows follow in the way that was gone, ``has_behind`` that some stand on
    the other side of ``boundary``.
    """
    if places:
        first, last = places[0], places[-1]
        before, after = Boundary(first.key, first.seq - 1), last
    elif boundary is not None:
        before = after = boundary
    else:
        return None, None
    has_before, has_after = (has_more, has_behind) if backward else (has_behind, has_more)
    return before if has_before else None, after if has_after else None
