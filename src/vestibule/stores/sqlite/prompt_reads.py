"""``PromptReads`` on SQLite: point reads on the loop wait for nothing."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Row
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.page import people_named
from vestibule.stores.sqlite.tenancy import SqliteTenancy


class SqlitePromptReads:
    """What a lookup needs, from the loop's own connection."""

    def __init__(self, database: SqliteDatabase, tenancy: SqliteTenancy) -> None:
        self._database = database
        self.admission = tenancy.admission

    def people_named(self, tenant: int, connection: int, base_url: str, user_name: str) -> Sequence[Row]:
        """Managed and unclaimed people of that folded userName, with their groups."""
        return people_named(self._database.reading, tenant, connection, base_url, user_name)
