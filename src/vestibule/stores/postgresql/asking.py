"""Drives what is told once for both stores (``shared_sql.asking``) on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vestibule.directory.change import AuditEntry
from vestibule.stores.postgresql.audit import write_audit
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.asking import Asking, for_postgresql

T = TypeVar("T")


class PostgresAnswers:
    """Reads statement by statement, writes in a transaction.

    A write that loses a deadlock is asked again from the start, so it is handed over as what makes an ``Asking``.
    """

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def read(self, asking: Callable[[], Asking[T]]) -> T:
        """Each statement is a snapshot of its own."""
        return await self._database.read(lambda connection: answered_on(connection, asking()))

    async def write(
        self,
        asking: Callable[[], Asking[T]],
        tenant: int | None = None,
        audit: AuditEntry | None = None,
        at: str = "",
    ) -> T:
        """In one transaction, with that audit entry."""

        async def work(connection: PostgresConnection) -> T:
            result = await answered_on(connection, asking())
            if audit is not None:
                await write_audit(connection, tenant, audit, at)
            return result

        return await self._database.write(work)


async def answered_on(connection: PostgresConnection, asking: Asking[T]) -> T:
    """What it comes to on that connection, in the transaction that is under way."""
    given = None
    while True:
        try:
            asked = next(asking) if given is None else asking.send(given)
        except StopIteration as done:
            result: T = done.value
            return result
        sql = for_postgresql(asked.sql)
        if asked.gives_rows:
            given = await connection.rows(sql, asked.parameters)
        else:
            await connection.change(sql, asked.parameters)
            given = []
