"""``DerivationStore`` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.directory.change import ResourceWrite
from vestibule.directory.derivation import Collision, Derivable, Progress
from vestibule.directory.resource import State
from vestibule.scim.fold import FOLD_VERSION
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.rows import RESOURCE
from vestibule.stores.shared_sql.derivation_rows import (
    PROGRESS,
    as_progress,
    keep_progress,
    progress_columns,
)
from vestibule.stores.shared_sql.rows import RESOURCE_WIDTH, resource_of

_AFTER = f"""
SELECT {RESOURCE}, r.fold_version FROM resource r
WHERE r.tenant = $1 AND r.id > $3 ORDER BY r.id LIMIT $4"""
_RENEW = """
UPDATE resource SET profile_version = $1, fold_version = $2, user_name = $3, display_name = $4, email = $5,
    label = $6, doc = $7, find = $8
WHERE tenant = $9 AND id = $10 AND version = $11 RETURNING seq"""
_SAME_NAME = (
    "SELECT 1 FROM resource WHERE tenant = $1 AND user_name = $2 AND id <> $3 AND state <> 'tombstone'"
)
_KEEP = keep_progress([f"${number}" for number in range(1, 9)])


class PostgresDerivation:
    """Rows in order; each step is one transaction that locks the rows it renews."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def rows_after(self, tenant: int, after: str, limit: int) -> Sequence[Derivable]:
        """The rows whose ids come next."""
        rows = await self._database.rows(_AFTER, (tenant, None, after, limit))
        return [Derivable(resource_of(row), row[RESOURCE_WIDTH]) for row in rows]

    async def progress(self, tenant: int) -> Progress | None:
        """How far it came last."""
        row = await self._database.row(f"{PROGRESS}$1", (tenant,))
        return as_progress(row) if row else None

    async def renew(self, tenant: int, writes: Sequence[ResourceWrite], progress: Progress) -> Progress:
        """Rows and progress in one transaction."""
        return await self._database.write(lambda connection: _renewed(connection, tenant, writes, progress))


async def _renewed(
    connection: PostgresConnection, tenant: int, writes: Sequence[ResourceWrite], progress: Progress
) -> Progress:
    collisions = dict.fromkeys(progress.collisions)
    for write in writes:
        resource, user_name = write.resource, write.resource.user_name
        if (
            user_name is not None
            and resource.state is not State.TOMBSTONE
            and await connection.rows(_SAME_NAME, (tenant, user_name, resource.id))
        ):
            collisions[Collision(resource.id, user_name)] = None
            user_name = await connection.value(
                "SELECT user_name FROM resource WHERE tenant = $1 AND id = $2", (tenant, resource.id)
            )
        renewed = await connection.rows(
            _RENEW,
            (
                resource.profile_version,
                FOLD_VERSION,
                user_name,
                resource.display_name,
                resource.email,
                write.label,
                resource.doc,
                write.find.decode(),
                tenant,
                resource.id,
                write.expected_version,
            ),
        )
        for (seq,) in renewed:
            await connection.change("DELETE FROM key WHERE tenant = $1 AND resource = $2", (tenant, seq))
            for attribute, value in write.keys or ():
                await connection.change(
                    "INSERT INTO key (tenant, resource, attribute, value) VALUES ($1, $2, $3, $4) "
                    "ON CONFLICT DO NOTHING",
                    (tenant, seq, attribute, value),
                )
    progress = replace(progress, collisions=tuple(collisions))
    await connection.change(_KEEP, progress_columns(tenant, progress))
    if progress.ended_at is not None:
        await connection.change("UPDATE tenant SET derived = $1 WHERE id = $2", (progress.target, tenant))
    return progress
