"""``DerivationStore`` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.derivation import Derivable
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.rows import RESOURCE
from vestibule.stores.shared_sql.rows import RESOURCE_WIDTH, resource_of

_AFTER = f"""
SELECT {RESOURCE}, r.fold_version FROM resource r
WHERE r.tenant = $1 AND r.id > $3 ORDER BY r.id LIMIT $4"""


class PostgresDerivation:
    """Rows in order."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def rows_after(self, tenant: int, after: str, limit: int) -> Sequence[Derivable]:
        """The rows whose ids come next."""
        rows = await self._database.rows(_AFTER, (tenant, None, after, limit))
        return [Derivable(resource_of(row), row[RESOURCE_WIDTH]) for row in rows]
