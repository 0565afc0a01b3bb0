"""The receiving side in one SQLite database: tenancy, directory, and the log of requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vestibule.stores.erasure_rows import ErasureRows
from vestibule.stores.gap_rows import GapRows
from vestibule.stores.linking_rows import LinkingRows
from vestibule.stores.sealed_rows import SealedRows
from vestibule.stores.security_event_rows import SecurityEventRows
from vestibule.stores.set_up_step_rows import SetUpStepRows
from vestibule.stores.shared_sql.feed import Committed
from vestibule.stores.sqlite.api import SqliteApiTokens, SqliteRepeats, SqliteSetUpLinks
from vestibule.stores.sqlite.asking import SqliteAnswers
from vestibule.stores.sqlite.audit_chain import SqliteAuditChain
from vestibule.stores.sqlite.consumers import SqliteConsumers
from vestibule.stores.sqlite.database import RECEIVING_MIGRATIONS, SqliteDatabase
from vestibule.stores.sqlite.derivation import SqliteDerivation
from vestibule.stores.sqlite.directory import SqliteDirectory
from vestibule.stores.sqlite.feed import SqliteFeed
from vestibule.stores.sqlite.logos import SqliteLogos
from vestibule.stores.sqlite.migrate import version
from vestibule.stores.sqlite.moved import not_while_moving, refuse_moved_file
from vestibule.stores.sqlite.overview import SqliteOverview
from vestibule.stores.sqlite.prompt_reads import SqlitePromptReads
from vestibule.stores.sqlite.request_log import RequestLog
from vestibule.stores.sqlite.sign_in import SqliteSignIn
from vestibule.stores.sqlite.sign_on import SqliteSignOn
from vestibule.stores.sqlite.states import SqliteStates
from vestibule.stores.sqlite.story import SqliteDirectoryLog
from vestibule.stores.sqlite.tenancy import SqliteTenancy
from vestibule.stores.sqlite.webhooks import SqliteWebhooks
from vestibule.stores.url import SqliteUrl, parse_database_url


class SqliteReceiving:
    """A ``ReceivingStore``. ``path`` is the file, None in memory."""

    def __init__(self, database: SqliteDatabase, path: Path | None = None) -> None:
        self.database = database
        self._path = path
        self._requests = RequestLog(database)
        self.tenancy = SqliteTenancy(database)
        self.prompt_reads = SqlitePromptReads(database, self.tenancy)
        self.audit_chain = SqliteAuditChain(database)
        self.api_tokens = SqliteApiTokens(database)
        self.repeats = SqliteRepeats(database)
        self.set_up_links = SqliteSetUpLinks(database)
        self.set_up_steps = SetUpStepRows(SqliteAnswers(database))
        self.sign_in = SqliteSignIn(database)
        self.logos = SqliteLogos(database)
        self.derivation = SqliteDerivation(database)
        self.sign_on = SqliteSignOn(database)
        self.linking = LinkingRows(SqliteAnswers(database))
        self.security_events = SecurityEventRows(SqliteAnswers(database))
        self.sealed = SealedRows(SqliteAnswers(database))
        self.erasure = ErasureRows(SqliteAnswers(database), database.overwrite)
        self.log = SqliteDirectoryLog(database, self._requests)
        self.overview = SqliteOverview(database, self._requests)
        committed = Committed()
        self.directory = SqliteDirectory(database, self._requests, committed)
        self.derivation = SqliteDerivation(database)
        self.log = SqliteDirectoryLog(database, self._requests)
        self.feed = SqliteFeed(database, committed)
        self.states = SqliteStates(database)
        self.consumers = SqliteConsumers(database)
        self.webhooks = SqliteWebhooks(database)
        self.gaps = GapRows(SqliteAnswers(database))

    def load(self) -> tuple[int, int, int, int]:
        """Writes, commits, waiting; SQLite has no connections to run out of."""
        writer = self.database.writer
        return writer.requests, writer.groups, writer.waiting, 0

    async def schema_version(self) -> int:
        """The number of the last migration step done."""
        return await self.database.scan(version)

    async def start(self) -> None:
        """Open and migrate. ``MovedAway`` where the installation was moved elsewhere."""
        if self._path is not None:
            refuse_moved_file(self._path)
        await self.database.start()

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
) -> SqliteReceiving:
    """The store of that URL, not started yet. SQLite has no schemas: ``schema`` says nothing here."""
    named = parse_database_url(url)
    path = named.path if isinstance(named, SqliteUrl) else None
    if path is not None:
        waiting = not_while_moving(path, waiting)
    return SqliteReceiving(
        SqliteDatabase(
            url, RECEIVING_MIGRATIONS, migrates=migrates, waiting=waiting, appends_apart=appends_apart
        ),
        path,
    )
