"""Drives what is told once for both stores (``shared_sql.asking``) on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from vestibule.directory.change import AuditEntry
from vestibule.stores.shared_sql.asking import Ask, Asking, answered, for_sqlite
from vestibule.stores.sqlite.audit import write_audit
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase

T = TypeVar("T")


class SqliteAnswers:
    """Reads in a reader thread, writes in the writer's."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def read(self, asking: Callable[[], Asking[T]]) -> T:
        """From one snapshot."""
        return await self._database.scan(lambda connection: answered_on(connection, asking()))

    async def write(
        self,
        asking: Callable[[], Asking[T]],
        tenant: int | None = None,
        audit: AuditEntry | None = None,
        at: str = "",
    ) -> T:
        """In one savepoint, with that audit entry. Off the loop: there may be hundreds of rows."""

        def work(connection: SqliteConnection) -> T:
            result = answered_on(connection, asking())
            if audit is not None:
                write_audit(connection, tenant, audit, at)
            return result

        return await self._database.write(work, is_long=True)


def answered_on(connection: SqliteConnection, asking: Asking[T]) -> T:
    """What it comes to on that connection, in the transaction that is under way."""
    return answered(asking, _Answer(connection))


class _Answer:
    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection

    def __call__(self, asked: Ask) -> Sequence[Sequence[Any]]:
        sql = for_sqlite(asked.sql)
        if asked.gives_rows:
            return self._connection.rows(sql, asked.parameters)
        self._connection.change(sql, asked.parameters)
        return []
