"""What a Change leaves in the log, as parts of its statement: events, audit entry, jobs, tolerances, the request."""

from __future__ import annotations

from typing import Any

from vestibule.directory.change import Change
from vestibule.directory.events import AccessEnded, AccessGranted, plain_fields
from vestibule.directory.store import Recorded
from vestibule.stores.postgresql.statement import Statement
from vestibule.stores.postgresql.written import Written
from vestibule.stores.shared_sql.text import array, json_text, without_nul

_EVENT = (
    ("type", "text"),
    ("subject_type", "text"),
    ("subject_id", "text"),
    ("fields", "text"),
    ("payload", "text"),
)
_JOB = (("kind", "text"), ("payload", "text"), ("not_before", "text"))
#: The columns of ``request_log`` in the order of ``request_row``, with their types.
REQUEST = (
    ("id", "text"),
    ("tenant", "bigint"),
    ("connection", "bigint"),
    ("at", "text"),
    ("method", "text"),
    ("path", "text"),
    ("status", "integer"),
    ("duration_us", "bigint"),
    ("dialect", "text"),
    ("token_name", "text"),
    ("subject_type", "text"),
    ("subject_id", "text"),
    ("rule", "text"),
    ("reason", "text"),
    ("notes", "text"),
    ("payload", "text"),
)


def request_row(record: Recorded) -> tuple[Any, ...]:
    """One row of the request log. Tenant 0 stands for nobody."""
    return (
        record.id,
        record.tenant or 0,
        record.connection,
        record.at,
        without_nul(record.method),
        without_nul(record.path),
        record.status,
        record.duration_us,
        record.dialect,
        record.token_name,
        record.subject_type,
        without_nul(record.subject_id),
        record.rule,
        without_nul(record.reason),
        array(record.notes) if record.notes else None,
        json_text(record.payload),
    )


def add_log(statement: Statement, written: Written, change: Change, record: Recorded | None) -> None:
    """All of it. Events are numbered by whoever holds the rows they tell of, so that they are in order."""
    if change.events or change.audit or change.tolerances or change.leavers:
        request_id = statement.bind(record.id if record else None, "text")
        asked_by = statement.bind(record.connection if record else None, "bigint")
        statement.add(
            "stamp",
            f"SELECT {_moment(statement, change, record)} AS at, {request_id} AS request, {asked_by} AS asked_by",
        )
    if change.events:
        rows = [
            (
                event.type,
                event.subject_type,
                event.subject_id,
                json_text(plain_fields(event)),
                json_text(event.payload),
            )
            for event in change.events
        ]
        statement.add(
            "told",
            f"""INSERT INTO event (tenant, at, type, subject_type, subject_id, connection, request_id, fields, payload)
            SELECT {written.tenant}, s.at, v.type, v.subject_type, v.subject_id, s.asked_by, s.request,
                v.fields, v.payload
            FROM stamp s, {statement.table("v", _EVENT, rows)} WHERE {written.after}""",
        )
        # Granted anew as well: a sign-in that was under way while access ended may have left one behind.
        ended = [
            event.subject_id for event in change.events if isinstance(event, AccessEnded | AccessGranted)
        ]
        if ended:
            statement.add(
                "signed_off",
                f"DELETE FROM sign_on_session WHERE tenant = {written.tenant} AND {written.after}"
                f" AND person = ANY ({statement.bind(ended, 'text[]')})",
            )
    if change.audit is not None:
        audit, bind = change.audit, statement.bind
        statement.add(
            "audited",
            f"""INSERT INTO audit (tenant, at, actor, action, subject_type, subject_id, request_id, payload)
            SELECT {written.tenant}, s.at, {bind(audit.actor, "text")}, {bind(audit.action, "text")},
                {bind(audit.subject_type, "text")}, {bind(audit.subject_id, "text")}, s.request,
                {bind(json_text(audit.payload), "text")}
            FROM stamp s WHERE {written.after}""",
        )
    if change.leavers:
        left = statement.table("v", (("person", "text"),), [(person,) for person in change.leavers])
        statement.add(
            "leaving",
            f"""INSERT INTO leaver (tenant, person, at, held_until)
            SELECT {written.tenant}, v.person, s.at, {statement.bind(change.held_until or None, "text")}
            FROM stamp s, {left}
            ON CONFLICT (tenant, person) DO UPDATE SET at = excluded.at, held_until = excluded.held_until""",
        )
    if change.jobs:
        jobs = [(job.kind, json_text(job.payload) or "{}", job.not_before) for job in change.jobs]
        statement.add(
            "enqueued",
            f"""INSERT INTO job (tenant, kind, payload, not_before)
            SELECT {written.tenant}, v.* FROM {statement.table("v", _JOB, jobs)}""",
        )
    if change.tolerances:
        counts = sorted(change.tolerances.items())
        statement.add(
            "tolerated",
            f"""INSERT INTO tolerance_day AS t (tenant, connection, name, day, slot, count, last_at)
            SELECT {written.tenant}, coalesce(s.asked_by, 0), v.name, left(s.at, 10), pg_backend_pid() & 15,
                v.count, s.at
            FROM stamp s, {statement.table("v", (("name", "text"), ("count", "bigint")), counts)} WHERE {written.after}
            ON CONFLICT (tenant, connection, name, day, slot) DO UPDATE
            SET count = t.count + excluded.count, last_at = greatest(t.last_at, excluded.last_at)""",
        )
    if record is not None:
        columns = ", ".join(name for name, _ in REQUEST)
        source = statement.table("v", REQUEST, [request_row(record)])
        statement.add("logged", f"INSERT INTO request_log ({columns}) SELECT v.* FROM {source}")


def _moment(statement: Statement, change: Change, record: Recorded | None) -> str:
    """When it was decided; the statement's own time for a change that says no time."""
    if change.resources:
        at = change.resources[0].resource.modified
    elif change.touches:
        at = change.touches[0].modified
    elif change.reviews:
        at = change.reviews[0].asked_at
    elif change.closures:
        at = change.closures[0].closed_at
    elif record is not None:
        at = record.at
    else:
        return """to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    return statement.bind(at, "text")
