"""Rows of the log: what is selected, and the value that becomes of it.

Whom a row belongs to where it is no tenant: NULL on SQLite, 0 on PostgreSQL, None in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from vestibule.directory.store import Recorded
from vestibule.directory.story import LoggedAudit, LoggedEvent, ProductAnswer, Review
from vestibule.stores.shared_sql.text import mapping

REQUEST = (
    "SELECT id, tenant, connection, at, method, path, status, duration_us, dialect, token_name, "
    "subject_type, subject_id, rule, reason, payload, notes FROM request_log"
)
EVENT = "SELECT seq, tenant, at, type, subject_type, subject_id, connection, request_id, fields, payload FROM event"
AUDIT = "SELECT seq, tenant, at, actor, action, subject_type, subject_id, request_id, payload FROM audit"
REVIEW = "SELECT id, connection, user_name, candidates, reason, asked_at, outcome, closed_at, user_id, evidence FROM review"
ANSWER = "SELECT at, version, outcome, reason, author, confirms FROM acknowledgement"

Row = Sequence[Any]


def request_of(row: Row) -> Recorded:
    """From ``REQUEST``."""
    notes = tuple(orjson.loads(row[15])) if row[15] else ()
    values: Row = (row[0], row[1] or None, *row[2:14], mapping(row[14]), notes)
    return Recorded(*values)


def event_of(row: Row) -> LoggedEvent:
    """From ``EVENT``."""
    values: Row = (*row[:8], mapping(row[8]) or {}, mapping(row[9]))
    return LoggedEvent(*values)


def audit_of(row: Row) -> LoggedAudit:
    """From ``AUDIT``."""
    values: Row = (row[0], row[1] or None, *row[2:8], mapping(row[8]))
    return LoggedAudit(*values)


def review_of(row: Row) -> Review:
    """From ``REVIEW``."""
    values: Row = (*row[:3], tuple(orjson.loads(row[3])), *row[4:9], mapping(row[9]))
    return Review(*values)


def answer_of(row: Row) -> ProductAnswer:
    """From ``ANSWER``."""
    return ProductAnswer(*row)
