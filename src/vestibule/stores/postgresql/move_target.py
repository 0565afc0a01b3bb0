"""A PostgreSQL schema as the target of a move."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import asyncpg

from vestibule.stores.migration import steps_of
from vestibule.stores.move import Batch, MoveRefused
from vestibule.stores.postgresql.address import Address
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import RECEIVING_MIGRATIONS
from vestibule.stores.postgresql.migrate import migrate, version
from vestibule.stores.postgresql.moved import NOTE, THERE
from vestibule.stores.shared_sql.tables import UNFINISHED, Table

_BATCH = 500
#: A copy takes minutes; whoever else works there is not waited for so long.
_BEGIN = """
BEGIN;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = '3s';
SET LOCAL idle_in_transaction_session_timeout = 0"""
_COLUMNS = """
SELECT column_name, data_type, is_identity = 'YES' FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = $1 ORDER BY column_name COLLATE "C\""""


class PostgresTarget:
    """A ``MoveTarget`` over one schema, with one connection."""

    def __init__(self, raw: Any, address: Address) -> None:
        self._raw = raw
        self._address = address

    @property
    def name(self) -> str:
        return str(self._address)

    async def unfinished(self) -> str | None:
        note: str | None = await self._raw.fetchval(NOTE, UNFINISHED)
        return note

    async def begin(self, tables: Sequence[Table]) -> None:
        with self._in_words(""):
            await self._raw.execute(_BEGIN)
        names = ", ".join(table.name for table in tables)
        try:
            await self._raw.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
        except asyncpg.LockNotAvailableError as error:
            raise MoveRefused(
                f"{self.name}, schema {self._address.schema!r}: somebody else is writing to it. A move goes into a "
                "schema that nobody uses."
            ) from error
        if await self.unfinished() is not None:
            await self._raw.execute(f"TRUNCATE {names}")
            return
        held = [
            f"{table.name} ({count:,})"
            for table in tables
            if (count := await self._raw.fetchval(f"SELECT count(*) FROM {table.name}"))
        ]
        if held:
            raise MoveRefused(
                f"{self.name}, schema {self._address.schema!r} is not empty: {', '.join(held)}. Name another schema with "
                f'--schema, or drop that one if nobody needs it: DROP SCHEMA "{self._address.schema}" CASCADE'
            )

    async def columns(self, table: Table) -> Mapping[str, str]:
        return {row[0]: row[1] for row in await self._raw.fetch(_COLUMNS, table.name)}

    async def numbered(self, table: Table) -> str | None:
        return next((row[0] for row in await self._raw.fetch(_COLUMNS, table.name) if row[2]), None)

    async def take(self, table: Table, columns: Mapping[str, str], batches: AsyncIterator[Batch]) -> None:
        given = [name for name in columns if name not in table.only_there]
        truths = [at for at, name in enumerate(given) if columns[name] == "boolean"]
        rest = tuple(table.only_there.values())

        async def records() -> AsyncIterator[tuple[Any, ...]]:
            async for batch in batches:
                for row in batch:
                    if not truths:
                        yield (*row, *rest)
                        continue
                    record = list(row)
                    for at in truths:
                        record[at] = bool(record[at])
                    yield (*record, *rest)

        with self._in_words(table.name):
            await self._raw.copy_records_to_table(
                table.name,
                schema_name=self._address.schema,
                columns=[*given, *table.only_there],
                records=records(),
                timeout=None,
            )
            await self._raw.execute(f"ANALYZE {table.name}")

    async def batches(self, table: Table, columns: Sequence[str]) -> AsyncIterator[Batch]:
        with self._in_words(table.name):
            cursor = await self._raw.cursor(f"SELECT {', '.join(columns)} FROM {table.name}")
            while batch := await cursor.fetch(_BATCH):
                yield batch

    async def go_on_after(self, table: Table, column: str, number: int) -> None:
        if number:
            await self._raw.execute(
                "SELECT setval(pg_get_serial_sequence($1, $2), $3)", table.name, column, number
            )

    async def commit(self, move: str) -> None:
        with self._in_words("setting"):
            await self._raw.execute("INSERT INTO setting (name, value) VALUES ($1, $2)", UNFINISHED, move)
            await self._raw.execute("COMMIT")

    async def finish(self) -> None:
        try:
            await self._raw.execute("DELETE FROM setting WHERE name = $1", UNFINISHED)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise MoveRefused(
                f"{self.name}: {error}. Everything was moved; the last step is left: start the move again."
            ) from error

    async def close(self) -> None:
        if not self._raw.is_closed():
            await self._raw.close()

    @contextmanager
    def _in_words(self, table: str) -> Iterator[None]:
        """What PostgreSQL or its driver refuses, as MoveRefused."""
        where = f"{self.name}, table {table}" if table else self.name
        try:
            yield
        except asyncpg.DiskFullError as error:
            raise MoveRefused(
                f"{where}: its disk is full ({error.message}). Nothing was moved, and the source serves on; make room "
                "and start the move again."
            ) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise MoveRefused(
                f"{where}: {error}. Nothing was moved, and the source serves on; start the move again."
            ) from error


async def open_target(url: str, schema: str) -> PostgresTarget:
    """Connect to that schema, made and migrated where it was not. DatabaseRefused and MoveRefused in words."""
    address = Address(url, schema)
    raw: Any = await address.connect()
    try:
        await address.examine(raw)
        connection = PostgresConnection(raw)
        ours, found = steps_of(RECEIVING_MIGRATIONS)[-1].number, await version(connection, schema)
        if found > ours:
            raise MoveRefused(
                f"{address}, schema {schema!r} is at version {found}, which is newer than this Vestibule ({ours}): "
                "move with the newer one."
            )
        await migrate(connection, RECEIVING_MIGRATIONS, address)
        assert await raw.fetchval(THERE)
    except BaseException:
        raw.terminate()
        raise
    return PostgresTarget(raw, address)
