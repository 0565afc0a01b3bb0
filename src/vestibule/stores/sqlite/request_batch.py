"""Successful reads of no one resource, kept many to a row.

They are most of what identity providers send (W17), and one row each, with its index entries,
cost a third of a lookup's time. Nobody asks for them by resource; they are found by id and
listed by tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from vestibule.directory.store import Recorded
from vestibule.stores.sqlite.connection import SqliteConnection

#: So many of one tenant share a row: what has to be read to find one of them.
_MOST_IN_ROW = 1000

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


class Brief(NamedTuple):
    """A read on its way into a row: what the row is found by, and the rest as JSON."""

    tenant: int
    id: str
    at: str
    text: bytes


def is_brief(row: Recorded) -> bool:
    """Whether a request is kept in this way; one that needed a tolerance has a row of its own, and is counted."""
    return row.status < 400 and not row.subject_id and row.tenant is not None and not row.tolerances


def brief(row: Recorded) -> Brief:
    """The request as it is kept. Everything in it is JSON by itself."""
    assert row.tenant is not None, "nobody was let in: such a request stands in the ring"
    text = orjson.dumps(
        (
            row.id,
            row.connection,
            row.at,
            row.method,
            row.path,
            row.status,
            row.duration_us,
            row.dialect,
            row.token_name,
            row.subject_type,
            row.rule,
            row.reason,
            row.payload,
            row.notes,
        )
    )
    return Brief(row.tenant, row.id, row.at, text)


def write_batches(connection: SqliteConnection, briefs: Sequence[Brief]) -> None:
    """Append them, each tenant's together."""
    by_tenant: dict[int, list[Brief]] = {}
    for one in briefs:
        by_tenant.setdefault(one.tenant, []).append(one)
    for tenant, own in by_tenant.items():
        for start in range(0, len(own), _MOST_IN_ROW):
            part = own[start : start + _MOST_IN_ROW]
            ids = [one.id for one in part]
            text = b"[" + b",".join([one.text for one in part]) + b"]"
            connection.insert(
                _INSERT, (tenant, min(ids), max(ids), max(one.at for one in part), len(part), text)
            )


def find_brief(connection: SqliteConnection, id: str) -> Recorded | None:
    """The request of that id, if it is kept in this way."""
    for tenant, text in connection.rows(_HOLDING, (id,)):
        for entry in orjson.loads(text):
            if entry[0] == id:
                return _recorded(tenant, entry)
    return None


def newest_briefs(
    connection: SqliteConnection, tenant: int, limit: int, before: str | None
) -> list[Recorded]:
    """At least the newest ``limit`` of them, in no order; fewer where there are no more."""
    found: list[Recorded] = []
    for entries in _batches(connection, tenant, before):
        found += [_recorded(tenant, entry) for entry in entries if before is None or entry[0] < before]
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
            yield orjson.loads(text)


def _recorded(tenant: int, entry: Sequence[Any]) -> Recorded:
    id, connection, at, method, path, status, duration_us, dialect, token_name, kind, *rest = entry
    rule, reason, payload, notes = rest
    return Recorded(
        id, tenant, connection, at, method, path, status, duration_us, dialect, token_name,
        kind, "", rule, reason, payload, tuple(notes),
    )  # fmt: skip
