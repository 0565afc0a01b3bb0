"""The sending side's store on SQLite: a database of its own, with its own migrations and writer."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from vestibule.key_ring import KeyRing
from vestibule.provisioning.store import RunUnderWay
from vestibule.stores.sealed_rows import SealedApplications
from vestibule.stores.shared_sql.sending.rooms import SendingRooms
from vestibule.stores.shared_sql.sending.sign_in import DirectorySignIn
from vestibule.stores.sqlite.database import SqliteDatabase

SENDING_MIGRATIONS = Path(__file__).parent / "migrations" / "sending"


class SqliteProvisioningStore(SendingRooms):
    """``vestibule.provisioning.store.ProvisioningStore`` over one SQLite file.

    ``keys`` seals the applications' tokens; without it, a key file beside the database is
    used, made at the first start.
    """

    def __init__(
        self,
        url: str,
        keys: KeyRing | None = None,
        *,
        migrates: bool = True,
        waiting: Callable[[float], None] | None = None,
    ) -> None:
        self.database: SqliteDatabase = SqliteDatabase(
            url, SENDING_MIGRATIONS, migrates=migrates, readers=1, waiting=waiting
        )
        self.sign_in = DirectorySignIn(self.database)
        self._given_keys = keys
        self._migrates = migrates
        self.sealed = SealedApplications(self.database)

    @property
    def key_file(self) -> Path | None:
        """Beside the database, unless keys were given."""
        return None if self._given_keys else self.database.path.with_suffix(".key")

    async def start(self) -> None:
        """Open and migrate."""
        await self.database.start()
        self.keys = self._given_keys or KeyRing.from_file(self.database.path.with_suffix(".key"))
        if self._migrates:
            await self.renew_texts()

    async def stop(self) -> None:
        """Write what was asked for, then close."""
        await self.database.stop()

    @asynccontextmanager
    async def only_run(self) -> AsyncIterator[None]:
        """A lock of SQLite's on a file beside the database: a killed process lets it go."""
        path = self.database.path.with_suffix(".run")
        lock = sqlite3.connect(path, timeout=0.0, isolation_level=None)
        try:
            try:
                lock.execute("BEGIN EXCLUSIVE").fetchall()
            except sqlite3.OperationalError:
                raise RunUnderWay(
                    "Another run is sending from this directory just now. Wait for its end, then try again."
                ) from None
            yield
        finally:
            lock.close()


def open_store(
    url: str,
    keys: KeyRing | None,
    *,
    schema: str = "",
    migrates: bool = True,
    waiting: Callable[[float], None] | None = None,
) -> SqliteProvisioningStore:
    """What ``vestibule.stores.sending`` asks of this folder. A file has no schemas."""
    return SqliteProvisioningStore(url, keys, migrates=migrates, waiting=waiting)
