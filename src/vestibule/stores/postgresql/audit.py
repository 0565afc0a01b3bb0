"""The audit entry of a change, written in the change's own transaction."""

from __future__ import annotations

import json

from vestibule.directory.change import AuditEntry
from vestibule.stores.postgresql.connection import PostgresConnection

_INSERT = """
INSERT INTO audit (tenant, at, actor, action, subject_type, subject_id, request_id, payload)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""


async def write_audit(connection: PostgresConnection, tenant: int | None, entry: AuditEntry, at: str) -> None:
    """Append it; ``tenant`` None is the installation itself."""
    payload = json.dumps(entry.payload, ensure_ascii=False) if entry.payload is not None else None
    await connection.change(
        _INSERT,
        (
            tenant or 0,
            at,
            entry.actor,
            entry.action,
            entry.subject_type,
            entry.subject_id,
            entry.request,
            payload,
        ),
    )
