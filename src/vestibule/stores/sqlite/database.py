"""One SQLite database of a process: a reading connection for the loop, readers, one writer."""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from vestibule.scim.errors import Unavailable
from vestibule.stores.sqlite.appending.process import AppendProcess
from vestibule.stores.sqlite.checkpoints import Checkpoints
from vestibule.stores.sqlite.connection import Parameters, Row, SqliteConnection, SqliteFile
from vestibule.stores.sqlite.migrate import migrate
from vestibule.stores.sqlite.turn import LoopConnection
from vestibule.stores.sqlite.writer import Writer
from vestibule.stores.url import DatabaseUrlError, SqliteUrl, parse_database_url

T = TypeVar("T")

#: What a connection that writes keeps of the file: alone, and where two take turns.
_WRITER_MEBIBYTES = 6
_TAKING_TURNS_MEBIBYTES = 2

RECEIVING_MIGRATIONS = Path(__file__).parent / "migrations" / "receiving"

#: A scan that runs longer than this is stopped: no request takes unbounded time.
_SCAN_SECONDS = 30.0


#: A larger file is written anew by its operator at a quiet hour (docs/how-to/erase-a-person.md).
_OVERWRITTEN_BYTES = 256 * 1024 * 1024
_OVERWRITE_PAUSE_SECONDS = 0.01


class SqliteDatabase:
    """``read`` for point reads on the loop, ``scan`` for long ones, ``write`` for changes.

    ``read`` takes some microseconds and blocks the loop for them: it is for statements that an
    index answers with a few rows. Bound to the loop that calls ``start``. ``waiting`` is called
    with the seconds waited so far while another process holds the file (not on the loop's thread).
    """

    #: Whoever writes is alone.
    skip_locked = ""
    #: One process sends at a time.
    single_sender = 1
    newest_mark = "SELECT coalesce(max(mark), 0) FROM touched"

    def __init__(
        self,
        url: str | SqliteUrl,
        migrations: Path,
        *,
        migrates: bool = True,
        readers: int = 2,
        patience: float = 30.0,
        waiting: Callable[[float], None] | None = None,
        appends_apart: bool = False,
    ) -> None:
        parsed = parse_database_url(url) if isinstance(url, str) else url
        if not isinstance(parsed, SqliteUrl):
            raise DatabaseUrlError(f"{url!r} is no SQLite database")
        self._url = parsed
        self._migrations = migrations
        self._migrates = migrates
        self._readers = readers
        self._patience = patience
        self._waiting = waiting
        self._appends_apart = appends_apart
        self._reader_connections: list[SqliteConnection] = []
        self._thread = threading.local()
        #: Between ``start`` and ``stop``.
        self.started = False

    @property
    def path(self) -> Path:
        """The database file."""
        return self._file.path

    @property
    def rows_read(self) -> int:
        """How many rows were handed to Python so far, on all connections of this process."""
        connections = (self.reading, self.writer.connection, *self._reader_connections)
        return sum(connection.rows_read for connection in connections)

    async def start(self) -> None:
        """Open, migrate (unless told not to) and begin. Unavailable where the file is locked."""
        self._loop = asyncio.get_running_loop()
        self._file = SqliteFile(self._url)
        self._cleanup = weakref.finalize(self, SqliteFile.remove, self._file)
        apart = self._append_process()
        kept = _TAKING_TURNS_MEBIBYTES if apart else _WRITER_MEBIBYTES
        writing = self._file.open(writes=True, cache_mebibytes=kept)
        try:
            if self._migrates:
                await asyncio.to_thread(
                    migrate, writing, self._migrations, patience=self._patience, waiting=self._waiting
                )
            self.reading = LoopConnection(self._file.open_raw(), self._loop)
            self._file.prepare(self.reading, writes=False, cache_mebibytes=8)
        except BaseException:
            writing.close()
            raise
        self._checkpoints = Checkpoints(
            partial(self._file.open, writes=True, cache_mebibytes=1), f"checkpoints of {self.path.name}"
        )
        self.writer = Writer(
            writing,
            patience=self._patience,
            waiting=self._waiting,
            name=f"writer of {self.path.name}",
            committed=self._checkpoints.committed,
            apart=apart,
        )
        self.writer.start(self._loop)
        self._pool = ThreadPoolExecutor(self._readers, thread_name_prefix="reader")
        self.started = True

    async def stop(self) -> None:
        """Write what was asked for, close everything, remove a private file."""
        if not self.started:
            return
        self.started = False
        await self.writer.stop()
        await asyncio.to_thread(self._checkpoints.stop)
        await asyncio.to_thread(self._pool.shutdown)
        for connection in (*self._reader_connections, self.reading):
            connection.close()
        self._cleanup()

    def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """The rows of a point read, on the loop's own connection."""
        return self.reading.rows(sql, parameters)

    def read_row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The one row of a point read, or None."""
        return self.reading.row(sql, parameters)

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """``read``, as both stores of the sending side have it."""
        return self.reading.rows(sql, parameters)

    async def fetch_row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """``read_row``, as both stores of the sending side have it."""
        return self.reading.row(sql, parameters)

    async def scan(self, look: Callable[[SqliteConnection], T], *, seconds: float = _SCAN_SECONDS) -> T:
        """What ``look`` gives in a reader thread, all from one snapshot; Unavailable after ``seconds``."""
        if not self.started:
            raise Unavailable("The server is stopping. Try again in 5 seconds.")
        return await self._loop.run_in_executor(self._pool, self._look, look, seconds)

    async def write(
        self,
        work: Callable[[SqliteConnection], T],
        *,
        is_long: bool = False,
        repeats: bool = False,
        appends: bool = False,
    ) -> T:
        """What ``work`` gives, once its changes are durable.

        It runs in a savepoint of its own; what it raises undoes it and is raised here. It must not
        wait for anything. ``is_long`` keeps it off the loop: for work of more than some hundred rows.
        ``repeats``: it may be run again from its beginning, as it changes nothing but the database.
        ``appends``: it may, and most likely only adds rows that nobody reads before they are committed.
        """
        return await self.writer.ask(work, is_long=is_long, repeats=repeats, appends=appends)

    async def overwrite(self) -> None:
        """Write the file anew, so that no freed page tells what was deleted; nothing where it is large.

        Nobody else writes meanwhile: a second for each hundred megabytes.
        """
        if self.path.stat().st_size > _OVERWRITTEN_BYTES:
            return

        def work() -> None:
            connection = self._file.open(writes=True, cache_mebibytes=8)
            try:
                connection.rows(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")
                connection.rows("VACUUM")
                ends = time.monotonic() + self._patience
                # Busy while another copies: then what was deleted still stands in the file.
                while connection.value("PRAGMA wal_checkpoint(TRUNCATE)") and time.monotonic() < ends:
                    time.sleep(_OVERWRITE_PAUSE_SECONDS)
            finally:
                connection.close()

        await asyncio.to_thread(work)

    def _append_process(self) -> AppendProcess | None:
        if not self._appends_apart or self._file.private:
            return None
        pragmas = self._file.pragmas(writes=True, cache_mebibytes=_TAKING_TURNS_MEBIBYTES)
        return AppendProcess(self.path, pragmas)

    def _look(self, look: Callable[[SqliteConnection], T], seconds: float) -> T:
        connection: SqliteConnection | None = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._file.open(cache_mebibytes=2)
            self._thread.connection = connection
            self._reader_connections.append(connection)
        connection.stop_after(seconds)
        result: Any = connection.snapshot(look)
        found: T = result
        return found
