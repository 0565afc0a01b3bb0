"""What both stores say of consumers of the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.directory.story import LoggedEvent
from vestibule.feed.store import Consumer, Parked
from vestibule.stores.shared_sql.log_rows import event_of

PARKED = "p.seq, p.tenant, p.subject, p.attempts, p.until, p.error, p.given_up"
_EVENT = "e.seq, e.tenant, e.at, e.type, e.subject_type, e.subject_id, e.connection, e.request_id, e.fields, e.payload"
#: The first of each resource, where it is due, with its event. ``{0}`` the name, ``{1}`` now, ``{2}`` false.
DUE = f"""
SELECT {PARKED}, {_EVENT} FROM parked_event p LEFT JOIN event e ON e.tenant = p.tenant AND e.seq = p.seq
WHERE p.consumer = {{0}} AND p.given_up = {{2}} AND p.until <= {{1}} AND NOT EXISTS (
    SELECT 1 FROM parked_event f WHERE f.tenant = p.tenant AND f.consumer = p.consumer
    AND f.subject = p.subject AND f.given_up = {{2}} AND f.seq < p.seq
) ORDER BY p.seq LIMIT 100"""
CONSUMERS = """
SELECT c.name, c.place,
    (SELECT count(*) FROM parked_event p WHERE p.consumer = c.name AND p.given_up = {0}),
    (SELECT count(*) FROM parked_event p WHERE p.consumer = c.name AND p.given_up = {1})
FROM consumer c ORDER BY c.name"""
_WIDTH = 7


def parked_of(row: Sequence[Any]) -> Parked:
    """From ``PARKED``."""
    values: Sequence[Any] = (*row[: _WIDTH - 1], bool(row[_WIDTH - 1]))
    return Parked(*values)


def due_of(row: Sequence[Any]) -> tuple[Parked, LoggedEvent | None]:
    """From ``DUE``."""
    return parked_of(row), event_of(row[_WIDTH:]) if row[_WIDTH] is not None else None


def consumer_of(row: Sequence[Any]) -> Consumer:
    """From ``CONSUMERS``."""
    return Consumer(*row)
