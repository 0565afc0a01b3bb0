"""The audit trail of the sending side."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

from vestibule.provisioning.audit import AuditEntry
from vestibule.stores.shared_sql.sending.statements import Database, Parameters, Row, Statements

T = TypeVar("T")


class AuditTrail:
    """``vestibule.provisioning.audit.AuditStore``."""

    database: Database

    def audited(self, entry: AuditEntry) -> Self:
        told = copy.copy(self)
        told.database = _Telling(self.database, entry)
        return told

    async def keep_audit(self, entry: AuditEntry) -> None:
        await self.database.write(lambda connection: write_entry(connection, entry))

    async def audit(self, after: int = 0, limit: int = 500) -> list[AuditEntry]:
        rows = await self.database.fetch(
            "SELECT at, actor, action, subject_type, subject_id, details, seq FROM audit WHERE seq > ? "
            "ORDER BY seq LIMIT ?",
            (after, limit),
        )
        return [_read(row) for row in rows]

    async def latest_audit(self, before: int = 0, limit: int = 100) -> list[AuditEntry]:
        rows = await self.database.fetch(
            "SELECT at, actor, action, subject_type, subject_id, details, seq FROM audit "
            "WHERE (:before = 0 OR seq < :before) ORDER BY seq DESC LIMIT :limit",
            {"before": before, "limit": limit},
        )
        return [_read(row) for row in rows]


def _read(row: Row) -> AuditEntry:
    at, actor, action, subject_type, subject_id, details, seq = row
    return AuditEntry(at, actor, action, subject_type, subject_id, json.loads(details), seq)


class _Telling:
    """A database whose next write keeps an entry as well."""

    def __init__(self, database: Database, entry: AuditEntry) -> None:
        self._database = database
        self._entry: AuditEntry | None = entry
        self.skip_locked = database.skip_locked
        self.single_sender = database.single_sender
        self.newest_mark = database.newest_mark

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        return await self._database.fetch(sql, parameters)

    async def fetch_row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        return await self._database.fetch_row(sql, parameters)

    async def scan(self, look: Callable[[Any], T]) -> T:
        return await self._database.scan(look)

    async def write(self, work: Callable[[Any], T], *, is_long: bool = False) -> T:
        entry = self._entry
        if entry is None:
            return await self._database.write(work, is_long=is_long)

        def both(connection: Statements) -> T:
            done = work(connection)
            write_entry(connection, entry)
            return done

        done = await self._database.write(both, is_long=is_long)
        self._entry = None
        return done


def write_entry(connection: Statements, entry: AuditEntry) -> None:
    """Append it, in the transaction of what it tells."""
    values: Sequence[Any] = (
        entry.at,
        entry.actor,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        json.dumps(dict(entry.details), ensure_ascii=False, separators=(",", ":")),
    )
    connection.change(
        "INSERT INTO audit (at, actor, action, subject_type, subject_id, details) VALUES (?, ?, ?, ?, ?, ?)",
        values,
    )
