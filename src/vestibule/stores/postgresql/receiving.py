"""The receiving side in one PostgreSQL schema: tenancy, directory, and the log of requests."""

from __future__ import annotations

from collections.abc import Callable

from vestibule.stores.erasure_rows import ErasureRows
from vestibule.stores.gap_rows import GapRows
from vestibule.stores.linking_rows import LinkingRows
from vestibule.stores.postgresql.api import PostgresApiTokens, PostgresRepeats, PostgresSetUpLinks
from vestibule.stores.postgresql.asking import PostgresAnswers
from vestibule.stores.postgresql.audit_chain import PostgresAuditChain
from vestibule.stores.postgresql.consumers import PostgresConsumers
from vestibule.stores.postgresql.database import RECEIVING_MIGRATIONS, PostgresDatabase
from vestibule.stores.postgresql.derivation import PostgresDerivation
from vestibule.stores.postgresql.directory import PostgresDirectory
from vestibule.stores.postgresql.feed import PostgresFeed
from vestibule.stores.postgresql.logos import PostgresLogos
from vestibule.stores.postgresql.migrate import version
from vestibule.stores.postgresql.moved import refuse_unfinished
from vestibule.stores.postgresql.overview import PostgresOverview
from vestibule.stores.postgresql.request_log import RequestLog
from vestibule.stores.postgresql.sign_in import PostgresSignIn
from vestibule.stores.postgresql.sign_on import PostgresSignOn
from vestibule.stores.postgresql.states import PostgresStates
from vestibule.stores.postgresql.story import PostgresDirectoryLog
from vestibule.stores.postgresql.tenancy import PostgresTenancy
from vestibule.stores.postgresql.webhooks import PostgresWebhooks
from vestibule.stores.sealed_rows import SealedRows
from vestibule.stores.security_event_rows import SecurityEventRows
from vestibule.stores.set_up_step_rows import SetUpStepRows
from vestibule.stores.shared_sql.feed import Committed


class PostgresReceiving:
    """A ``ReceivingStore``."""

    def __init__(self, database: PostgresDatabase) -> None:
        self.database = database
        self._requests = RequestLog(database)
        self.tenancy = PostgresTenancy(database)
        self.prompt_reads = None
        self.audit_chain = PostgresAuditChain(database)
        self.api_tokens = PostgresApiTokens(database)
        self.repeats = PostgresRepeats(database)
        self.set_up_links = PostgresSetUpLinks(database)
        self.set_up_steps = SetUpStepRows(PostgresAnswers(database))
        self.sign_in = PostgresSignIn(database)
        self.logos = PostgresLogos(database)
        self.derivation = PostgresDerivation(database)
        self.sign_on = PostgresSignOn(database)
        self.linking = LinkingRows(PostgresAnswers(database))
        self.security_events = SecurityEventRows(PostgresAnswers(database))
        self.sealed = SealedRows(PostgresAnswers(database))
        self.erasure = ErasureRows(PostgresAnswers(database))
        self.log = PostgresDirectoryLog(database, self._requests)
        self.overview = PostgresOverview(database, self._requests)
        committed = Committed()
        self.directory = PostgresDirectory(database, self._requests, committed)
        self.derivation = PostgresDerivation(database)
        self.log = PostgresDirectoryLog(database, self._requests)
        self.feed = PostgresFeed(database, committed)
        self.states = PostgresStates(database)
        self.consumers = PostgresConsumers(database)
        self.webhooks = PostgresWebhooks(database)
        self.gaps = GapRows(PostgresAnswers(database))

    def load(self) -> tuple[int, int, int, int]:
        """Writes, commits, waiting, connections in use."""
        database = self.database
        return database.writes, database.writes, database.waiting, database.busy

    async def schema_version(self) -> int:
        """The number of the last migration step done."""
        return await self.database.read(lambda connection: version(connection, self.database.address.schema))

    async def start(self) -> None:
        """Connect and migrate. ``DatabaseRefused`` where a move into the schema did not end."""
        await self.database.start()
        try:
            await refuse_unfinished(self.database)
        except BaseException:
            await self.database.stop()
            raise

    async def stop(self) -> None:
        """Write what is buffered, close everything; a second time does nothing."""
        await self.tenancy.flush()
        await self._requests.stop()
        await self.database.stop()


def open_store(
    url: str,
    *,
    schema: str,
    migrates: bool = True,
    waiting: Callable[[float], None] | None = None,
    appends_apart: bool = False,
) -> PostgresReceiving:
    """The store of that URL, in that schema of it; not started yet. Many write at once: ``appends_apart`` says nothing here."""
    return PostgresReceiving(
        PostgresDatabase(url, RECEIVING_MIGRATIONS, schema=schema, migrates=migrates, waiting=waiting)
    )
