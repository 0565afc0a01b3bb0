"""What a Change leaves in the log: events, audit entry, jobs, tolerance counts, the request itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.directory.change import Change
from vestibule.directory.events import AccessEnded, AccessGranted, plain_fields
from vestibule.directory.store import Recorded
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.sign_on import end_sessions_of
from vestibule.stores.sqlite.text import array, json_text

_EVENT = """
INSERT INTO event (tenant, at, type, subject_type, subject_id, connection, request_id, fields, payload)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_AUDIT = """
INSERT INTO audit (tenant, at, actor, action, subject_type, subject_id, request_id, payload)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_JOB = "INSERT INTO job (tenant, kind, payload, not_before) VALUES (?, ?, ?, ?)"
_LEAVER = "INSERT OR REPLACE INTO leaver (tenant, person, at, held_until) VALUES (?, ?, ?, ?)"
_TOLERANCE = """
INSERT INTO tolerance_day (tenant, connection, name, day, count, last_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)"""
_REQUEST = """
INSERT INTO request_log (
    id, tenant, connection, at, method, path, status, duration_us, dialect, token_name,
    subject_type, subject_id, rule, reason, notes, payload
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def write_log(connection: SqliteConnection, tenant: int, change: Change, record: Recorded | None) -> None:
    """Keep all of it, in the transaction of the change."""
    at = _moment(connection, change, record)
    request_id, asked_by = (record.id, record.connection) if record else (None, None)
    if change.events:
        connection.append(
            _EVENT,
            [
                (
                    tenant,
                    at,
                    event.type,
                    event.subject_type,
                    event.subject_id,
                    asked_by,
                    request_id,
                    json_text(plain_fields(event)),
                    json_text(event.payload),
                )
                for event in change.events
            ],
        )
        for event in change.events:
            # Granted anew as well: a sign-in that was under way while access ended may have left one behind.
            if isinstance(event, AccessEnded | AccessGranted):
                end_sessions_of(connection, tenant, event.subject_id)
    if change.audit is not None:
        audit = change.audit
        connection.append(
            _AUDIT,
            [
                (
                    tenant,
                    at,
                    audit.actor,
                    audit.action,
                    audit.subject_type,
                    audit.subject_id,
                    request_id,
                    json_text(audit.payload),
                )
            ],
        )
    for person in change.leavers:
        connection.change(_LEAVER, (tenant, person, at, change.held_until or None))
    for job in change.jobs:
        connection.change(_JOB, (tenant, job.kind, json_text(job.payload) or "{}", job.not_before))
    for name, count in change.tolerances.items():
        connection.append(_TOLERANCE, [(tenant, asked_by or 0, name, at[:10], count, at)])
    if record is not None:
        write_requests(connection, (record,))


def write_requests(connection: SqliteConnection, records: Sequence[Recorded]) -> None:
    """Append rows to the request log, and count the tolerances that these requests needed."""
    connection.append(_REQUEST, [_columns(record) for record in records])
    used = [
        (record.tenant, record.connection or 0, name, record.at[:10], count, record.at)
        for record in records
        if record.tolerances and record.tenant is not None
        for name, count in record.tolerances.items()
    ]
    if used:
        connection.append(_TOLERANCE, used)


def _columns(record: Recorded) -> tuple[Any, ...]:
    return (
        record.id,
        record.tenant,
        record.connection,
        record.at,
        record.method,
        record.path,
        record.status,
        record.duration_us,
        record.dialect,
        record.token_name,
        record.subject_type,
        record.subject_id,
        record.rule,
        record.reason,
        array(record.notes) if record.notes else None,
        json_text(record.payload),
    )


def _moment(connection: SqliteConnection, change: Change, record: Recorded | None) -> str:
    """When it was decided; the commit's own time for a change that says no time."""
    if change.resources:
        return change.resources[0].resource.modified
    if change.touches:
        return change.touches[0].modified
    for review in change.reviews:
        return review.asked_at
    for closure in change.closures:
        return closure.closed_at
    if record is not None:
        return record.at
    now: str = connection.value("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")
    return now
