"""What both stores say of security event tokens: keys, and what receivers fetch and acknowledge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from vestibule.security_events.store import Known, SetKey
from vestibule.stores.shared_sql.asking import Asking, ask, do, listed
from vestibule.stores.shared_sql.filter_sql import external_id_sql
from vestibule.webhooks.attempt import Held
from vestibule.webhooks.endpoint import Endpoint

_KEY = "SELECT id, private_key, public_key, created_at, signs_from, published_until FROM set_key"
_HOLD = """
INSERT INTO webhook_held (tenant, endpoint, event, event_tenant, subject, state, attempts, due)
VALUES ($1, $2, $3, $4, $5, 'waiting', 1, '')
ON CONFLICT (tenant, endpoint, event) DO NOTHING"""
_WAITING = """
SELECT h.event, h.attempts, coalesce(e.type, '') FROM webhook_held h
LEFT JOIN event e ON e.tenant = h.event_tenant AND e.seq = h.event
WHERE h.tenant = $1 AND h.endpoint = $2 AND h.state = 'waiting' AND CAST(h.event AS text) IN {listed}($3)
ORDER BY h.event"""
_OF = " WHERE tenant = $1 AND endpoint = $2 AND CAST(event AS text) IN {listed}($3)"
_NOTE = """
INSERT INTO webhook_attempt (tenant, endpoint, event, type, at, number, status, milliseconds, fault, answer)
VALUES ($1, $2, $3, $4, $5, $6, NULL, 0, $7, '')"""
_TAKEN = """
INSERT INTO webhook_delivered (tenant, endpoint, first_event, last_event, at, told)
VALUES ($1, $2, $3, $4, $5, $6)"""
#: What an acknowledgement is kept as, among the answers to pushed tokens.
_ACKNOWLEDGED = 202


def keys() -> Asking[list[SetKey]]:
    """In the order in which they begin."""
    rows = yield ask(f"{_KEY} WHERE tenant = 0 ORDER BY signs_from, created_at, id")
    return [SetKey(row[0], bytes(row[1]), json.loads(row[2]), *row[3:6]) for row in rows]


def has_keys() -> Asking[bool]:
    """Whether there is one."""
    rows = yield ask("SELECT 1 FROM set_key WHERE tenant = 0 LIMIT 1")
    return bool(rows)


def add_key(key: SetKey, at: str, old_until: str) -> Asking[None]:
    """Keep it, and say when the others end."""
    yield do("DELETE FROM set_key WHERE tenant = 0 AND published_until <> '' AND published_until <= $1", at)
    if old_until:
        yield do(
            "UPDATE set_key SET published_until = $1 WHERE tenant = 0 AND published_until = ''", old_until
        )
    yield do(
        "INSERT INTO set_key (tenant, id, private_key, public_key, created_at, signs_from) "
        "VALUES (0, $1, $2, $3, $4, $5)",
        key.id,
        key.sealed,
        json.dumps(dict(key.public)),
        key.created_at,
        key.signs_from,
    )


def known(tenant: int, id: str) -> Asking[Known | None]:
    """The resource of that id."""
    rows = yield ask(
        f"SELECT r.version, r.modified, {external_id_sql('r.connection')} FROM resource r "
        "WHERE r.tenant = $1 AND r.id = $2",
        tenant,
        id,
    )
    return Known(*rows[0]) if rows else None


def give_out(stream: Endpoint, after: int, upto: int, held: Sequence[Held]) -> Asking[bool]:
    """Move the stream, and have these wait."""
    moved = yield ask(
        "UPDATE webhook_endpoint SET place = $4 WHERE tenant = $1 AND id = $2 AND place = $3 AND state = 'on' "
        "RETURNING id",
        stream.tenant,
        stream.id,
        after,
        upto,
    )
    if not moved:
        return False
    for one in held:
        yield do(_HOLD, stream.tenant, stream.id, one.event, one.tenant, one.subject)
    return True


def acknowledge(stream: Endpoint, taken: Sequence[int], refused: Mapping[int, str], at: str) -> Asking[int]:
    """Those that wait do so no more."""
    key = stream.tenant, stream.id
    waiting = yield ask(_WAITING, *key, listed(map(str, (*taken, *refused))))
    delivered = []
    for event, attempts, type in waiting:
        if event in refused:
            yield do(_NOTE, *key, event, type, at, attempts, refused[event])
        else:
            delivered.append((event, type, at, _ACKNOWLEDGED, 0, attempts))
    if delivered:
        events = [one[0] for one in delivered]
        yield do(f"DELETE FROM webhook_held{_OF}", *key, listed(map(str, events)))
        yield do(_TAKEN, *key, min(events), max(events), at, json.dumps(delivered))
        yield do("UPDATE webhook_endpoint SET delivered_at = $3 WHERE tenant = $1 AND id = $2", *key, at)
    dead = [event for event, _, _ in waiting if event in refused]
    if dead:
        yield from vanished(stream, dead)
    return len(waiting)


def vanished(stream: Endpoint, events: Sequence[int]) -> Asking[None]:
    """Dead letters."""
    yield do(
        f"UPDATE webhook_held SET state = 'dead'{_OF}", stream.tenant, stream.id, listed(map(str, events))
    )
