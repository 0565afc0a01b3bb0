"""The sending side's store on PostgreSQL: a schema of its own, and as many senders as there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from vestibule.key_ring import KeyRing, KeyRingRefused
from vestibule.stores.postgresql.blocking import BlockingDatabase
from vestibule.stores.sealed_rows import SealedApplications
from vestibule.stores.shared_sql.sending.rooms import SendingRooms
from vestibule.stores.shared_sql.sending.sign_in import DirectorySignIn

SENDING_MIGRATIONS = Path(__file__).parent / "migrations" / "sending"
#: Beside the receiving side's schema, which has tables of the same names.
_SUFFIX = "_directory"


class PostgresProvisioningStore(SendingRooms):
    """``vestibule.provisioning.store.ProvisioningStore`` in one schema. ``keys`` seals the applications' tokens."""

    def __init__(
        self,
        url: str,
        keys: KeyRing | None = None,
        *,
        schema: str = "vestibule",
        migrates: bool = True,
        waiting: Callable[[float], None] | None = None,
    ) -> None:
        self._database = BlockingDatabase(
            url, SENDING_MIGRATIONS, schema=f"{schema}{_SUFFIX}", migrates=migrates, waiting=waiting
        )
        self.database = self._database
        self.sign_in = DirectorySignIn(self.database)
        self._given_keys = keys
        self._migrates = migrates
        self.sealed = SealedApplications(self.database)

    @property
    def key_file(self) -> Path | None:
        """There is none beside a database server."""
        return None

    async def start(self) -> None:
        """Connect and migrate. KeyRingRefused without keys: no file lies beside a database server."""
        if self._given_keys is None:
            raise KeyRingRefused(
                "On PostgreSQL the applications' tokens are sealed with VESTIBULE_KEYS, which is not set. "
                "It is the same in every process: 32 random bytes in base64 or more, as the settings page says."
            )
        self.keys = self._given_keys
        await self._database.start()
        if self._migrates:
            await self.renew_texts()

    async def stop(self) -> None:
        """Finish what was asked for, close everything."""
        await self._database.stop()

    @asynccontextmanager
    async def only_run(self) -> AsyncIterator[None]:
        """Any number of workers send: each claims what no other has."""
        yield


def open_store(
    url: str,
    keys: KeyRing | None,
    *,
    schema: str = "vestibule",
    migrates: bool = True,
    waiting: Callable[[float], None] | None = None,
) -> PostgresProvisioningStore:
    """What ``vestibule.stores.sending`` asks of this folder."""
    return PostgresProvisioningStore(url, keys, schema=schema, migrates=migrates, waiting=waiting)
