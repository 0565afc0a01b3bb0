"""Webhooks in SQL: rows, and the statements that both stores say.

Placeholders are SQLite's numbered ones; PostgreSQL's are the same numbers behind a dollar (``numbered``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from vestibule.directory.events import plain_fields
from vestibule.webhooks.attempt import Attempt, Delivered, Held, HeldState, Resend
from vestibule.webhooks.endpoint import Endpoint, EndpointChange, Standing, State
from vestibule.webhooks.store import Settled

Row = Sequence[Any]
#: Statements, each with the parameters of every time it is carried out.
Batch = Mapping[str, list[tuple[Any, ...]]]

_COLUMNS = (
    "id, tenant, url, types, description, secret, state, created_at, place, old_secret, old_secret_until, why, "
    "failures, failing_since, retry_at, delivered_at, told_at, changed, begun, kind, audience, form"
)
ENDPOINT = f"SELECT {_COLUMNS} FROM webhook_endpoint"
HELD = "SELECT event, event_tenant, subject, state, attempts, due FROM webhook_held"
ATTEMPT = "SELECT seq, event, type, at, number, status, milliseconds, fault, answer FROM webhook_attempt"

ADD = f"""
INSERT INTO webhook_endpoint ({_COLUMNS}) VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, '', '', 0, '', '', '', '',
    (SELECT coalesce(max(changed), 0) + 1 FROM webhook_endpoint), 0, ?10, ?11, ?12
)"""
_CHANGED = "changed = (SELECT coalesce(max(changed), 0) + 1 FROM webhook_endpoint)"
TOUCH = f"UPDATE webhook_endpoint SET {_CHANGED} WHERE tenant = ?1 AND id = ?2"
DUE_NOW = "UPDATE webhook_held SET due = '' WHERE tenant = ?1 AND endpoint = ?2 AND state = 'waiting'"
HOLD = """
INSERT INTO webhook_held (tenant, endpoint, event, event_tenant, subject, state, attempts, due)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (tenant, endpoint, event)
DO UPDATE SET state = excluded.state, attempts = excluded.attempts, due = excluded.due"""
_FREE = "DELETE FROM webhook_held WHERE tenant = ?1 AND endpoint = ?2 AND event = ?3"
FORGET_DEAD = "DELETE FROM webhook_held WHERE tenant = ?1 AND endpoint = ?2 AND state = 'dead'"
RESEND = "INSERT INTO webhook_resend (tenant, endpoint, after, until) VALUES (?1, ?2, ?3, ?4)"
_RESENT = "UPDATE webhook_resend SET after = ?3 WHERE tenant = ?1 AND seq = ?2"
_RESENT_ALL = "DELETE FROM webhook_resend WHERE tenant = ?1 AND seq = ?2"
NOTE_ATTEMPT = """
INSERT INTO webhook_attempt (tenant, endpoint, event, type, at, number, status, milliseconds, fault, answer)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"""
_NOTE_DELIVERED = """
INSERT INTO webhook_delivered (tenant, endpoint, first_event, last_event, at, told)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)"""
_STAND = """
UPDATE webhook_endpoint SET place = ?3, failures = ?4, failing_since = ?5, retry_at = ?6, delivered_at = ?7, told_at = ?8
WHERE tenant = ?1 AND id = ?2 AND begun = ?9"""
_DISABLE = f"""
UPDATE webhook_endpoint SET state = 'disabled', why = ?3, {_CHANGED}
WHERE tenant = ?1 AND id = ?2 AND state = 'on' AND begun = ?4"""
_TELL = """
INSERT INTO event (tenant, at, type, subject_type, subject_id, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"""
BEAT = """
INSERT INTO webhook_courier (id, alive_until) VALUES (?1, ?2)
ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until"""
BURY = "DELETE FROM webhook_courier WHERE alive_until < ?1"
#: By what rows are known, where it is not ``tenant, seq``.
KEYS = {"webhook_held": "tenant, endpoint, event", "webhook_gap": "tenant, endpoint, first"}
#: What removed endpoints left.
LEFT_BY_REMOVED = "(SELECT id FROM webhook_endpoint WHERE state = 'removed')"

_TOLD_MOST = 500
_FULL, _NOTICE = "full", "notice"


def numbered(sql: str) -> str:
    """The statement with PostgreSQL's placeholders."""
    return sql.replace("?", "$")


def endpoint_of(row: Row) -> Endpoint:
    """From ``ENDPOINT``."""
    return Endpoint(
        id=row[0],
        tenant=row[1],
        url=row[2],
        types=tuple(orjson.loads(row[3])),
        description=row[4],
        secret=bytes(row[5]),
        state=State(row[6]),
        created_at=row[7],
        cursor=row[8],
        old_secret=bytes(row[9]) if row[9] is not None else None,
        old_secret_until=row[10],
        why=row[11],
        standing=Standing(*row[12:17]),
        changed=row[17],
        begun=row[18],
        kind=row[19],
        audience=row[20],
        is_full=row[21] == _FULL,
    )


def columns_of(endpoint: Endpoint, place: int) -> tuple[Any, ...]:
    """For ``ADD``."""
    return (
        endpoint.id,
        endpoint.tenant,
        endpoint.url,
        _json(endpoint.types),
        endpoint.description,
        endpoint.secret,
        endpoint.state.value,
        endpoint.created_at,
        place,
        endpoint.kind,
        endpoint.audience,
        _FULL if endpoint.is_full else _NOTICE,
    )


def change_of(endpoint: Endpoint, change: EndpointChange) -> tuple[str, tuple[Any, ...]]:
    """The UPDATE that a change is."""
    wanted: dict[str, Any] = {
        "url": change.url,
        "types": _json(change.types) if change.types is not None else None,
        "description": change.description,
        "secret": change.secret,
        "old_secret": change.old_secret,
        "old_secret_until": change.old_secret_until,
        "state": change.state.value if change.state else None,
        "why": change.why,
        "place": change.cursor,
    }
    if change.begins_anew:
        wanted |= {"failures": 0, "failing_since": "", "retry_at": "", "told_at": ""}
    given = {name: value for name, value in wanted.items() if value is not None}
    settings = [f"{name} = ?{at}" for at, name in enumerate(given, 3)]
    if change.begins_anew or change.cursor is not None:
        settings.append("begun = begun + 1")
    sql = f"UPDATE webhook_endpoint SET {', '.join([*settings, _CHANGED])} WHERE tenant = ?1 AND id = ?2"
    return sql, (endpoint.tenant, endpoint.id, *given.values())


def held_of(row: Row) -> Held:
    """From ``HELD``."""
    return Held(row[0], row[1], row[2], HeldState(row[3]), row[4], row[5])


def held_columns(endpoint: str, tenant: int, held: Held) -> tuple[Any, ...]:
    """For ``HOLD``."""
    return tenant, endpoint, held.event, held.tenant, held.subject, held.state.value, held.attempts, held.due


def attempt_of(row: Row) -> tuple[int, Attempt]:
    """From ``ATTEMPT``."""
    return row[0], Attempt(*row[1:9])


def attempt_columns(endpoint: str, tenant: int, attempt: Attempt) -> tuple[Any, ...]:
    """For ``NOTE_ATTEMPT``."""
    return (
        tenant,
        endpoint,
        attempt.event,
        attempt.type,
        attempt.at,
        attempt.number,
        attempt.status,
        attempt.milliseconds,
        attempt.fault,
        attempt.answer,
    )


def delivered_of(told: str, event: int | None) -> Iterator[Delivered]:
    """From a row's ``told``, newest first; of that event alone, if one is named."""
    for values in reversed(orjson.loads(told)):
        if event is None or values[0] == event:
            yield Delivered(*values)


def resend_of(row: Row) -> Resend:
    """From ``seq, after, until``."""
    return Resend(*row)


def settling(settled: Sequence[Settled], now: str) -> Batch:
    """All that is written of what couriers found out."""
    batch: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for one in settled:
        key = one.tenant, one.endpoint
        standing = one.standing
        batch[_STAND].append(
            (
                *key,
                one.cursor,
                standing.failures,
                standing.failing_since,
                standing.retry_at,
                standing.delivered_at,
                standing.told_at,
                one.begun,
            )
        )
        for start in range(0, len(one.delivered), _TOLD_MOST):
            batch[_NOTE_DELIVERED].append((*key, *_told(one.delivered[start : start + _TOLD_MOST])))
        batch[NOTE_ATTEMPT] += [
            attempt_columns(one.endpoint, one.tenant, attempt) for attempt in one.attempts
        ]
        batch[HOLD] += [held_columns(one.endpoint, one.tenant, held) for held in one.held]
        batch[_FREE] += [(*key, event) for event in one.freed]
        for again in one.resent:
            if again.after >= again.until:
                batch[_RESENT_ALL].append((one.tenant, again.id))
            else:
                batch[_RESENT].append((one.tenant, again.id, again.after))
        if one.disabled:
            batch[_DISABLE].append((*key, one.disabled, one.begun))
        batch[_TELL] += [
            (one.tenant, now, told.type, told.subject_type, told.subject_id, _json(plain_fields(told)))
            for told in one.told
        ]
    return {sql: parameters for sql, parameters in batch.items() if parameters}


def _told(delivered: Sequence[Delivered]) -> tuple[int, int, str, str]:
    rows = [(one.event, one.type, one.at, one.status, one.milliseconds, one.number) for one in delivered]
    events = [one.event for one in delivered]
    return min(events), max(events), delivered[-1].at, _json(rows)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
