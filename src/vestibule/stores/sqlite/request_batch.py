"""Requests that share a row, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vestibule.directory.store import Recorded
from vestibule.stores.shared_sql.request_batch import Batch, entries_of, recorded
from vestibule.stores.sqlite.connection import SqliteConnection

_INSERT = """
INSERT INTO request_batch (tenant, first_id, last_id, last_at, count, requests) VALUES (?, ?, ?, ?, ?, ?)"""
_HOLDING = "SELECT tenant, requests FROM request_batch WHERE last_id >= ?1 AND first_id <= ?1"
_NEWEST_FIRST = (
    "SELECT seq, first_id, requests FROM request_batch WHERE tenant = ? AND seq < ? ORDER BY seq DESC LIMIT 1"
)
_TRIM_OLD = """
DELETE FROM request_batch WHERE seq IN (
    SELECT seq FROM (SELECT seq, last_at FROM request_batch ORDER BY seq LIMIT ?2) WHERE last_at < ?1
) RETURNING count"""
_TRIM_SURPLUS = """
DELETE FROM request_batch WHERE seq IN (
    SELECT seq FROM (
        SELECT seq, sum(count) OVER (ORDER BY seq DESC) - count AS newer FROM request_batch WHERE tenant = ?1
    ) WHERE newer >= ?2 ORDER BY seq LIMIT ?3
) RETURNING count"""
_LAST_SEQ = (1 << 63) - 1


def write_batches(connection: SqliteConnection, rows: Sequence[Batch]) -> None:
    """Append them."""
    for row in rows:
        connection.insert(_INSERT, row)


def find_brief(connection: SqliteConnection, id: str) -> Recorded | None:
    """The request of that id, if it is kept in this way."""
    for tenant, text in connection.rows(_HOLDING, (id,)):
        for entry in entries_of(text):
            if entry[0] == id:
                return recorded(tenant, entry)
    return None


def newest_briefs(
    connection: SqliteConnection, tenant: int, limit: int, before: str | None
) -> list[Recorded]:
    """At least the newest ``limit`` of them, in no order; fewer where there are no more."""
    found: list[Recorded] = []
    for entries in _batches(connection, tenant, before):
        found += [recorded(tenant, entry) for entry in entries if before is None or entry[0] < before]
        if len(found) >= limit:
            break
    return found


def trim_briefs(connection: SqliteConnection, before: str, keep: int | None, limit: int) -> int:
    """Forget rows of which all requests are older, or followed by ``keep`` more; how many requests."""
    gone: int = sum(count for (count,) in connection.rows(_TRIM_OLD, (before, limit)))
    if keep is not None:
        for (tenant,) in connection.rows("SELECT DISTINCT tenant FROM request_batch"):
            gone += sum(count for (count,) in connection.rows(_TRIM_SURPLUS, (tenant, keep, limit)))
    return gone


def _batches(connection: SqliteConnection, tenant: int, before: str | None) -> Iterator[list[Any]]:
    seq = _LAST_SEQ
    while row := connection.row(_NEWEST_FIRST, (tenant, seq)):
        seq, first_id, text = row
        if before is None or first_id < before:
            yield entries_of(text)
