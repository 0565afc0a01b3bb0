"""The audit entry of a change, written in the change's own transaction."""

from __future__ import annotations

import json

from vestibule.directory.change import AuditEntry
from vestibule.stores.sqlite.connection import SqliteConnection


def write_audit(connection: SqliteConnection, tenant: int | None, entry: AuditEntry, at: str) -> None:
    """Append it; ``tenant`` None is the installation itself."""
    connection.change(
        "INSERT INTO audit (tenant, at, actor, action, subject_type, subject_id, request_id, payload)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            tenant,
            at,
            entry.actor,
            entry.action,
            entry.subject_type,
            entry.subject_id,
            entry.request,
            json.dumps(entry.payload, ensure_ascii=False) if entry.payload is not None else None,
        ),
    )
