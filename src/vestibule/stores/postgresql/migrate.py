"""Schema steps on PostgreSQL: each a transaction under an advisory lock, in the schema of the installation.

Of several processes that start at once one does the steps; the others wait and find them done.
A ``.py`` step defines ``async def migrate(connection)``.
"""

from __future__ import annotations

import asyncio
import runpy
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from vestibule.scim.errors import Unavailable
from vestibule.stores.migration import Step, steps_of
from vestibule.stores.postgresql.address import Address
from vestibule.stores.postgresql.connection import PostgresConnection

_LOOK_AGAIN_SECONDS = 0.02
#: A step on a large installation may take long; a request may not, so connections have a limit otherwise.
_BEGIN = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('vestibule migrates ' || $1, 0))"
_RECORD_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number integer PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    done_at text COLLATE "C" NOT NULL
)"""


async def migrate(
    connection: PostgresConnection,
    folder: Path,
    address: Address,
    *,
    patience: float = 30.0,
    waiting: Callable[[float], None] | None = None,
) -> tuple[str, ...]:
    """Do the steps of ``folder`` that were not done; their names.

    Unavailable where another process migrates for longer than ``patience``; ``DatabaseRefused``
    where the user may not make the schema or its tables.
    """
    steps = steps_of(folder)
    recorded = await _recorded(connection, address.schema)
    if all(step.is_done(recorded) for step in steps):
        return ()
    done = []
    for step in steps:
        await _begin_locked(connection, address.schema, patience, waiting)
        try:
            if not step.is_done(await _recorded(connection, address.schema)):
                await _make_schema(connection, address.schema)
                await _run(step, connection)
                await connection.script(_RECORD_TABLE)
                await connection.change(
                    "INSERT INTO migration (number, name, done_at) VALUES ($1, $2, $3)",
                    (step.number, step.name, datetime.now(UTC).isoformat(timespec="milliseconds")),
                )
                done.append(step.name)
        except asyncpg.InsufficientPrivilegeError as error:
            await connection.script("ROLLBACK")
            raise address.without_rights(error) from error
        except BaseException:
            if not connection.raw.is_closed():
                await connection.script("ROLLBACK")
            raise
        await connection.script("COMMIT")
    return tuple(done)


async def version(connection: PostgresConnection, schema: str) -> int:
    """The number of the last step done; 0 in a new database."""
    return max(await _recorded(connection, schema), default=0)


async def _begin_locked(
    connection: PostgresConnection,
    schema: str,
    patience: float,
    waiting: Callable[[float], None] | None,
) -> None:
    """Start a transaction that holds the lock. It ends with the transaction, so a pooler in between does no harm."""
    started = time.monotonic()
    while True:
        await connection.script(_BEGIN)
        if await connection.value(_LOCK, (schema,)):
            return
        await connection.script("ROLLBACK")
        waited = time.monotonic() - started
        if waited >= patience:
            raise Unavailable(
                "Nothing was changed: another process is migrating the database. Try again in 30 seconds.", 30
            )
        if waiting is not None:
            waiting(waited)
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _make_schema(connection: PostgresConnection, schema: str) -> None:
    """Asked first: ``IF NOT EXISTS`` wants the right to make schemas even where there is nothing to do."""
    if not await connection.rows("SELECT 1 FROM pg_namespace WHERE nspname = $1", (schema,)):
        await connection.script(f'CREATE SCHEMA "{schema}"')


async def _run(step: Step, connection: PostgresConnection) -> None:
    if step.path.suffix == ".py":
        await runpy.run_path(str(step.path))["migrate"](connection)
        return
    await connection.script(step.path.read_text(encoding="utf-8"))


async def _recorded(connection: PostgresConnection, schema: str) -> dict[int, str]:
    known = await connection.rows(
        "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'migration'", (schema,)
    )
    if not known:
        return {}
    rows = await connection.rows("SELECT number, name FROM migration")
    return {row[0]: row[1] for row in rows}
