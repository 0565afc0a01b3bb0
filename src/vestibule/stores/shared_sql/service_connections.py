"""What both stores say of services' connections, and of consents under way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from vestibule.linking.linked_account import LinkState
from vestibule.linking.service_connection import (
    ConnectionState,
    Consent,
    Progress,
    ServiceConnection,
    Workspace,
)
from vestibule.stores.shared_sql.asking import Asking, ask, do
from vestibule.stores.shared_sql.linked_accounts import clear_stage

_CONNECTION = """
SELECT tenant, service, state, workspace_id, workspace_name, workspace_domain, connected_by, connected_at, reason,
    seen_event, next_full_at, not_before, progress, last_full_at, last_full, changed_by, changed_at,
    failures FROM service_connection"""
_OF = " WHERE tenant = $1 AND service = $2"

_PUT_CONNECTION = """
INSERT INTO service_connection (tenant, service, state, workspace_id, workspace_name, workspace_domain, connected_by,
    connected_at, reason, credentials, seen_event, next_full_at, not_before, leased_until, progress, last_full,
    changed_by, changed_at)
VALUES ($1, $2, 'connected', $3, $4, $5, $6, $7, '', $8, (SELECT coalesce(max(seq), 0) FROM event), $10, '', '',
    NULL, '{}', $9, $10)
ON CONFLICT (tenant, service) DO UPDATE SET state = 'connected', workspace_id = excluded.workspace_id,
    workspace_name = excluded.workspace_name, workspace_domain = excluded.workspace_domain,
    connected_by = excluded.connected_by, connected_at = excluded.connected_at, reason = '',
    credentials = excluded.credentials, seen_event = excluded.seen_event, next_full_at = excluded.next_full_at,
    not_before = '', leased_until = '', progress = NULL, changed_by = excluded.changed_by,
    changed_at = excluded.changed_at, failures = 0"""
_CLAIM = """
UPDATE service_connection SET leased_until = $2
WHERE state = 'connected' AND not_before <= $1 AND leased_until <= $1 AND tenant = $3 AND service = $4
RETURNING tenant"""


def connections(tenant: int | None) -> Asking[list[ServiceConnection]]:
    """Of a tenant or of all."""
    if tenant is None:
        rows = yield ask(f"{_CONNECTION} ORDER BY tenant, service")
    else:
        rows = yield ask(f"{_CONNECTION} WHERE tenant = $1 ORDER BY service", tenant)
    return [_connection(row) for row in rows]


def connection(tenant: int, service: str) -> Asking[ServiceConnection | None]:
    """That one."""
    rows = yield ask(_CONNECTION + _OF, tenant, service)
    return _connection(rows[0]) if rows else None


def put_connection(new: ServiceConnection, credentials: bytes, by: str, at: str) -> Asking[None]:
    """Connect, connect anew, or go on."""
    workspace = new.workspace
    yield do(
        _PUT_CONNECTION,
        new.tenant,
        new.service,
        workspace.id,
        workspace.name,
        workspace.domain,
        new.connected_by,
        new.connected_at,
        credentials,
        by,
        at,
    )
    yield do(
        "UPDATE linked_account SET state = 'pending', reason = '', since = $3" + _OF + " AND "
        "state IN ('stale', 'not_connected')",
        new.tenant,
        new.service,
        at,
    )
    yield from clear_stage(new.tenant, new.service)


def credentials(tenant: int, service: str) -> Asking[bytes | None]:
    """As they are sealed."""
    rows = yield ask("SELECT credentials FROM service_connection" + _OF, tenant, service)
    return bytes(rows[0][0]) if rows and rows[0][0] is not None else None


def keep_credentials(tenant: int, service: str, sealed: bytes) -> Asking[None]:
    """Replace them."""
    yield do("UPDATE service_connection SET credentials = $3" + _OF, tenant, service, sealed)


def end_connection(
    tenant: int, service: str, state: ConnectionState, reason: str, by: str, at: str
) -> Asking[None]:
    """Broken, paused or disconnected."""
    gone = state is ConnectionState.DISCONNECTED
    credentials = ", credentials = NULL" if gone else ""
    yield do(
        "UPDATE service_connection SET state = $3, reason = $4, progress = NULL, leased_until = '', "
        f"changed_by = $5, changed_at = $6{credentials}{_OF}",
        tenant,
        service,
        state.value,
        reason,
        by,
        at,
    )
    yield do(
        "UPDATE linked_account SET state = $3, reason = $4, since = $5" + _OF + " AND state <> 'invalid'",
        tenant,
        service,
        (LinkState.NOT_CONNECTED if gone else LinkState.STALE).value,
        reason,
        at,
    )
    yield from clear_stage(tenant, service)


def claim(tenant: int, service: str, now: str, leased_until: str) -> Asking[ServiceConnection | None]:
    """Ours; another process's claim of the same moment leaves it to that one."""
    rows = yield ask(_CLAIM, now, leased_until, tenant, service)
    return (yield from connection(tenant, service)) if rows else None


def release(
    one: ServiceConnection,
    *,
    seen_event: int | None = None,
    next_full_at: str | None = None,
    not_before: str | None = None,
    progress: Progress | None = None,
    last_full_at: str | None = None,
    last_full: Mapping[str, Any] | None = None,
    reason: str = "",
    failures: int = 0,
) -> Asking[None]:
    """How far it is; one that was connected anew, broke or was asked for anew meanwhile keeps what that said."""
    yield do(
        "UPDATE service_connection SET leased_until = '', reason = $11, failures = $12, "
        "seen_event = $3, not_before = $4, progress = $5, last_full_at = $6, "
        "last_full = $7, next_full_at = CASE WHEN next_full_at = $8 THEN $9 ELSE next_full_at END"
        f"{_OF} AND state = 'connected' AND connected_at = $10",
        one.tenant,
        one.service,
        one.seen_event if seen_event is None else seen_event,
        one.not_before if not_before is None else not_before,
        json.dumps(asdict(progress)) if progress is not None else None,
        last_full_at or one.last_full_at,
        json.dumps(dict(one.last_full if last_full is None else last_full)),
        one.next_full_at,
        one.next_full_at if next_full_at is None else next_full_at,
        one.connected_at,
        reason,
        failures,
    )


def ask_full(tenant: int, service: str, at: str) -> Asking[bool]:
    """Everything is to be looked at as soon as may be."""
    rows = yield ask(
        "UPDATE service_connection SET next_full_at = $3" + _OF + " AND state = 'connected' RETURNING tenant",
        tenant,
        service,
        at,
    )
    return bool(rows)


def add_consent(consent: Consent, sealed: bytes, now: str) -> Asking[None]:
    """Keep it; expired ones go."""
    yield do("DELETE FROM service_consent WHERE expires_at <= $1", now)
    yield do(
        "INSERT INTO service_consent (tenant, state_hash, service, actor, sealed, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        consent.tenant,
        consent.state_hash,
        consent.service,
        consent.actor,
        sealed,
        consent.expires_at,
    )


_CONSENT = "tenant, service, actor, sealed, expires_at"


def consent(state_hash: bytes, now: str) -> Asking[tuple[int, str, str, bytes] | None]:
    """A live one."""
    rows = yield ask(f"SELECT {_CONSENT} FROM service_consent WHERE state_hash = $1", state_hash)
    return _live(rows, now)


def take_consent(state_hash: bytes, now: str) -> Asking[tuple[int, str, str, bytes] | None]:
    """Once."""
    rows = yield ask(f"DELETE FROM service_consent WHERE state_hash = $1 RETURNING {_CONSENT}", state_hash)
    return _live(rows, now)


def _live(rows: Sequence[Sequence[Any]], now: str) -> tuple[int, str, str, bytes] | None:
    if not rows or rows[0][4] <= now:
        return None
    tenant, service, actor, sealed, _ = rows[0]
    return int(tenant), str(service), str(actor), bytes(sealed)


def _connection(row: Sequence[Any]) -> ServiceConnection:
    progress = json.loads(row[12]) if row[12] else None
    return ServiceConnection(
        tenant=row[0],
        service=row[1],
        state=ConnectionState(row[2]),
        workspace=Workspace(row[3], row[4], row[5]),
        connected_by=row[6],
        connected_at=row[7],
        reason=row[8],
        seen_event=row[9],
        next_full_at=row[10],
        not_before=row[11],
        progress=Progress(**{**progress, "domains": tuple(progress.get("domains", ()))})
        if progress
        else None,
        last_full_at=row[13],
        last_full=json.loads(row[14]),
        changed_by=row[15],
        changed_at=row[16],
        failures=row[17],
    )
