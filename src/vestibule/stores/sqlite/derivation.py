"""``DerivationStore`` on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.directory.change import ResourceWrite
from vestibule.directory.derivation import Collision, Derivable, Progress
from vestibule.directory.resource import State
from vestibule.scim.fold import FOLD_VERSION
from vestibule.stores.shared_sql.derivation_rows import (
    PROGRESS,
    as_progress,
    keep_progress,
    progress_columns,
)
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.rows import RESOURCE, RESOURCE_WIDTH, resource_of

_AFTER = f"""
SELECT {RESOURCE}, r.fold_version FROM resource r
WHERE r.tenant = ?1 AND r.id > ?3 ORDER BY r.id LIMIT ?4"""
_RENEW = """
UPDATE resource SET profile_version = ?, fold_version = ?, user_name = ?, display_name = ?, email = ?,
    label = ?, doc = ?, find = ?
WHERE tenant = ? AND id = ? AND version = ? RETURNING seq"""
_SAME_NAME = "SELECT 1 FROM resource WHERE tenant = ? AND user_name = ? AND id <> ? AND state <> 'tombstone'"
_KEEP = keep_progress("?" * 8)


class SqliteDerivation:
    """Rows in order, read off the loop; renewed by the writer's thread."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def rows_after(self, tenant: int, after: str, limit: int) -> Sequence[Derivable]:
        """The rows whose ids come next."""

        def read(connection: SqliteConnection) -> list[Derivable]:
            rows = connection.rows(_AFTER, (tenant, None, after, limit))
            return [Derivable(resource_of(row), row[RESOURCE_WIDTH]) for row in rows]

        return await self._database.scan(read)

    async def progress(self, tenant: int) -> Progress | None:
        """How far it came last."""
        row = self._database.read_row(f"{PROGRESS}?", (tenant,))
        return as_progress(row) if row else None

    async def renew(self, tenant: int, writes: Sequence[ResourceWrite], progress: Progress) -> Progress:
        """Rows and progress in one transaction."""
        return await self._database.write(
            lambda connection: _renewed(connection, tenant, writes, progress), is_long=True
        )


def _renewed(
    connection: SqliteConnection, tenant: int, writes: Sequence[ResourceWrite], progress: Progress
) -> Progress:
    collisions = dict.fromkeys(progress.collisions)
    for write in writes:
        resource, user_name = write.resource, write.resource.user_name
        if (
            user_name is not None
            and resource.state is not State.TOMBSTONE
            and connection.rows(_SAME_NAME, (tenant, user_name, resource.id))
        ):
            collisions[Collision(resource.id, user_name)] = None
            user_name = connection.value(
                "SELECT user_name FROM resource WHERE tenant = ? AND id = ?", (tenant, resource.id)
            )
        renewed = connection.rows(
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
            connection.change("DELETE FROM key WHERE tenant = ? AND resource = ?", (tenant, seq))
            connection.change_many(
                "INSERT OR IGNORE INTO key (tenant, resource, attribute, value) VALUES (?, ?, ?, ?)",
                [(tenant, seq, attribute, value) for attribute, value in write.keys or ()],
            )
    progress = replace(progress, collisions=tuple(collisions))
    connection.change(_KEEP, progress_columns(tenant, progress))
    if progress.ended_at is not None:
        connection.change("UPDATE tenant SET derived = ? WHERE id = ?", (progress.target, tenant))
    return progress
