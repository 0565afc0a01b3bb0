"""Successful reads of no one resource, kept many to a row.

They are most of what identity providers send (W17), and one row each, with its index entries,
cost a third of a lookup's time. Nobody asks for them by resource; they are found by id and
listed by tenant.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from vestibule.directory.store import Recorded

#: So many of one tenant share a row: what has to be read to find one of them.
_MOST_IN_ROW = 1000


class Brief(NamedTuple):
    """A read on its way into a row: what the row is found by, and the rest as JSON."""

    tenant: int
    id: str
    at: str
    text: bytes


class Batch(NamedTuple):
    """A row: several requests of one tenant, and what they are found by."""

    tenant: int
    first_id: str
    last_id: str
    last_at: str
    many: int
    requests: bytes


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


def batches(briefs: Sequence[Brief]) -> Iterator[Batch]:
    """Rows of them, each tenant's together."""
    by_tenant: dict[int, list[Brief]] = {}
    for one in briefs:
        by_tenant.setdefault(one.tenant, []).append(one)
    for tenant, own in by_tenant.items():
        for start in range(0, len(own), _MOST_IN_ROW):
            part = own[start : start + _MOST_IN_ROW]
            ids = [one.id for one in part]
            text = b"[" + b",".join([one.text for one in part]) + b"]"
            packed = zlib.compress(text, level=1)  # to a tenth, in half a microsecond a request
            yield Batch(tenant, min(ids), max(ids), max(one.at for one in part), len(part), packed)


def entries_of(packed: bytes) -> list[Any]:
    """The elements of ``requests``, each for ``recorded``."""
    entries: list[Any] = orjson.loads(zlib.decompress(packed))
    return entries


def recorded(tenant: int, entry: Sequence[Any]) -> Recorded:
    """The request of one element of ``requests``."""
    id, connection, at, method, path, status, duration_us, dialect, token_name, kind, *rest = entry
    rule, reason, payload, notes = rest
    return Recorded(
        id, tenant, connection, at, method, path, status, duration_us, dialect, token_name,
        kind, "", rule, reason, payload, tuple(notes),
    )  # fmt: skip


def repacked(packed: bytes, without: Callable[[str | None], str | None]) -> bytes:
    """``requests`` with what ``without`` takes out of its text; the very bytes where that is nothing."""
    text = zlib.decompress(packed).decode()
    clean = without(text)
    return packed if clean is None or clean == text else zlib.compress(clean.encode(), level=1)
