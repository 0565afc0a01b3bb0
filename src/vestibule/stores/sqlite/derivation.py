"""``DerivationStore`` on SQLite."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.derivation import Derivable
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.rows import RESOURCE, RESOURCE_WIDTH, resource_of

_AFTER = f"""
SELECT {RESOURCE}, r.fold_version FROM resource r
WHERE r.tenant = ?1 AND r.id > ?3 ORDER BY r.id LIMIT ?4"""


class SqliteDerivation:
    """Rows in order, read off the loop."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def rows_after(self, tenant: int, after: str, limit: int) -> Sequence[Derivable]:
        """The rows whose ids come next."""

        def read(connection: SqliteConnection) -> list[Derivable]:
            rows = connection.rows(_AFTER, (tenant, None, after, limit))
            return [Derivable(resource_of(row), row[RESOURCE_WIDTH]) for row in rows]

        return await self._database.scan(read)
