"""The receiving side in one SQLite database: tenancy, directory, and the log of requests."""

from __future__ import annotations

from collections.abc import Callable

from vestibule.stores.sqlite.database import RECEIVING_MIGRATIONS, SqliteDatabase
from vestibule.stores.sqlite.directory import SqliteDirectory
from vestibule.stores.sqlite.migrate import version
from vestibule.stores.sqlite.request_log import RequestLog
from vestibule.stores.sqlite.story import SqliteDirectoryLog
from vestibule.stores.sqlite.tenancy import SqliteTenancy


class SqliteReceiving:
    """A ``ReceivingStore``."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self._requests = RequestLog(database)
        self.tenancy = SqliteTenancy(database)
        self.directory = SqliteDirectory(database, self._requests)
        self.log = SqliteDirectoryLog(database, self._requests)

    async def schema_version(self) -> int:
        """The number of the last migration step done."""
        return await self.database.scan(version)

    async def start(self) -> None:
        """Open and migrate."""
        await self.database.start()

    async def stop(self) -> None:
        """Write what is buffered, close everything; a second time does nothing."""
        await self.tenancy.flush()
        await self._requests.stop()
        await self.database.stop()


def open_store(
    url: str, *, schema: str, migrates: bool = True, waiting: Callable[[float], None] | None = None
) -> SqliteReceiving:
    """The store of that URL, not started yet. SQLite has no schemas: ``schema`` says nothing here."""
    return SqliteReceiving(SqliteDatabase(url, RECEIVING_MIGRATIONS, migrates=migrates, waiting=waiting))
