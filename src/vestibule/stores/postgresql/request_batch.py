"""Requests that share a row, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Recorded
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.shared_sql.request_batch import Batch, entries_of, recorded

_INSERT = """
INSERT INTO request_batch (tenant, first_id, last_id, last_at, count, requests) VALUES ($1, $2, $3, $4, $5, $6)"""
_HOLDING = "SELECT tenant, requests FROM request_batch WHERE last_id >= $1 AND first_id <= $1"
_NEWEST_FIRST = """
SELECT seq, first_id, requests FROM request_batch WHERE tenant = $1 AND seq < $2 ORDER BY seq DESC LIMIT 1"""
#: Old rows stand at the front of each tenant's, so only the front is looked at.
_TRIM_OLD = """
WITH gone AS (
    DELETE FROM request_batch WHERE (tenant, seq) IN (
        SELECT o.tenant, o.seq FROM tenant t CROSS JOIN LATERAL (
            SELECT tenant, seq, last_at FROM request_batch WHERE tenant = t.id ORDER BY seq LIMIT $2
        ) o WHERE o.last_at < $1 LIMIT $2
    ) RETURNING count
)
SELECT coalesce(sum(count), 0)::bigint FROM gone"""
_TRIM_SURPLUS = """
WITH gone AS (
    DELETE FROM request_batch WHERE (tenant, seq) IN (
        SELECT tenant, seq FROM (
            SELECT tenant, seq, sum(count) OVER (PARTITION BY tenant ORDER BY seq DESC) - count AS newer
            FROM request_batch
        ) b WHERE newer >= $1 ORDER BY seq LIMIT $2
    ) RETURNING count
)
SELECT coalesce(sum(count), 0)::bigint FROM gone"""
_LAST_SEQ = (1 << 63) - 1


async def write_batches(connection: PostgresConnection, rows: Sequence[Batch]) -> None:
    """Append them."""
    if rows:
        await connection.change_many(_INSERT, rows)


async def find_brief(connection: PostgresConnection, id: str) -> Recorded | None:
    """The request of that id, if it is kept in this way."""
    for tenant, text in await connection.rows(_HOLDING, (id,)):
        for entry in entries_of(text):
            if entry[0] == id:
                return recorded(tenant, entry)
    return None


async def newest_briefs(
    connection: PostgresConnection, tenant: int, limit: int, before: str | None
) -> list[Recorded]:
    """At least the newest ``limit`` of them, in no order; fewer where there are no more."""
    found: list[Recorded] = []
    seq = _LAST_SEQ
    while len(found) < limit and (row := await connection.row(_NEWEST_FIRST, (tenant, seq))):
        seq, first_id, text = row
        if before is None or first_id < before:
            entries = entries_of(text)
            found += [recorded(tenant, entry) for entry in entries if before is None or entry[0] < before]
    return found


async def trim_briefs(connection: PostgresConnection, before: str, keep: int | None, limit: int) -> int:
    """Forget rows of which all requests are older, or followed by ``keep`` more; how many requests."""
    gone: int = await connection.value(_TRIM_OLD, (before, limit))
    if keep is not None:
        gone += await connection.value(_TRIM_SURPLUS, (keep, limit))
    return gone
