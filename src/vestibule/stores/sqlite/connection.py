"""SQLite connections: how they are opened, and the one wrapper through which every statement goes.

Every cursor is read to its end here: an open one keeps an old snapshot, and with it the
write-ahead log from shrinking.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vestibule.scim.errors import Unavailable
from vestibule.stores.url import SqliteUrl

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]

#: Result codes that mean "not now" rather than "wrong statement" (https://sqlite.org/rescode.html).
_NOT_NOW = {
    sqlite3.SQLITE_BUSY: ("the database is locked by another process", 5),
    sqlite3.SQLITE_LOCKED: ("the database is locked", 5),
    sqlite3.SQLITE_FULL: ("the disk of the database is full", 30),
    sqlite3.SQLITE_IOERR: ("the disk of the database reports errors", 30),
    sqlite3.SQLITE_CANTOPEN: ("the database file cannot be opened", 30),
    sqlite3.SQLITE_READONLY: ("the database file cannot be written", 30),
    sqlite3.SQLITE_NOMEM: ("the database is out of memory", 30),
    sqlite3.SQLITE_PROTOCOL: ("the database is locked by another process", 5),
    sqlite3.SQLITE_INTERRUPT: ("the request took too long and was stopped", 5),
}
#: Instructions of SQLite's machine between two looks at the clock: some milliseconds.
_STEPS_BETWEEN_LOOKS = 500_000
_ANOTHER_FILE = (
    "Name another with --database or VESTIBULE_DATABASE: sqlite:/// and the absolute path of a file in a folder that "
    "this user may write."
)
_BEGIN_RETRY_SECONDS = 0.0005
_SWITCH_SECONDS = 5.0
#: What a statement may raise of which trying again may help.
_REFUSALS = (sqlite3.OperationalError, sqlite3.IntegrityError)
#: A moved file's triggers refuse in words of their own.
_MOVED_SECONDS = 60


def unavailable(error: sqlite3.Error) -> Exception:
    """``Unavailable`` where trying again may help, else the error itself."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return Unavailable(str(error), retry_after=_MOVED_SECONDS)
    reason = _NOT_NOW.get(code & 0xFF)
    if reason is None:
        return error
    sentence, seconds = reason
    return Unavailable(
        f"Nothing was changed: {sentence}. Try again in {seconds} seconds.", retry_after=seconds
    )


class SqliteConnection:
    """One connection, used by one thread at a time.

    Statements raise ``Unavailable`` where the database is locked, full or failing.
    ``rows_read`` counts the rows handed to Python, for the tests that watch it.
    """

    __slots__ = ("_execute", "_gathered", "raw", "rows_read")

    #: Whether it takes ``append`` and ``holds`` and nothing else (``Appends``).
    appends_only = False

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.rows_read = 0
        self._gathered: dict[str, list[Parameters]] | None = None
        self._execute = raw.execute

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a statement."""
        try:
            found = self._execute(sql, parameters).fetchall()
        except _REFUSALS as error:
            raise unavailable(error) from error
        self.rows_read += len(found)
        return found

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row, or None. For statements that find one row at most: all are read."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.rows(sql, parameters)
        return found[0][0] if found else None

    def holds(self, sql: str, parameters: Parameters, expected: list[Row]) -> bool:
        """Whether a statement gives just these rows."""
        return self.rows(sql, parameters) == expected

    def change(self, sql: str, parameters: Parameters = ()) -> int:
        """Carry out a statement that gives no rows; how many rows it changed."""
        try:
            return self._execute(sql, parameters).rowcount
        except _REFUSALS as error:
            raise unavailable(error) from error

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        """Insert one row; its rowid."""
        try:
            return self._execute(sql, parameters).lastrowid or 0
        except _REFUSALS as error:
            raise unavailable(error) from error

    def change_many(self, sql: str, parameters: Sequence[Parameters]) -> int:
        """Carry out a statement once for each of ``parameters``; how many rows changed in all."""
        try:
            return self.raw.executemany(sql, parameters).rowcount
        except _REFUSALS as error:
            raise unavailable(error) from error

    def append(
        self, sql: str, parameters: Sequence[Parameters], *, proof: tuple[str, Parameters] | None = None
    ) -> None:
        """Carry out a statement once for each of ``parameters``, in this transaction, but by and by.

        For rows that nobody reads before the commit: ``gather`` puts those of many requests together.
        ``proof`` is a statement, with its parameters, that gives a row once it is committed, and none before.
        """
        if self._gathered is None:
            self.change_many(sql, parameters)
        else:
            self._gathered.setdefault(sql, []).extend(parameters)

    @property
    def gathers(self) -> bool:
        """Whether ``append`` waits for ``write_gathered``."""
        return self._gathered is not None

    def gather(self) -> None:
        """From now on ``append`` keeps what it is given."""
        self._gathered = {}

    def write_gathered(self) -> None:
        """Write what was kept, each statement's rows in their order."""
        gathered, self._gathered = self._gathered or {}, None
        for sql, parameters in gathered.items():
            self.change_many(sql, parameters)

    def drop_gathered(self) -> None:
        """Forget what was kept."""
        self._gathered = None

    def count_many(self, sql: str, parameters: Sequence[Parameters]) -> int:
        """``change_many``, where the count matters."""
        return self.change_many(sql, parameters)

    def snapshot(self, read: Callable[[SqliteConnection], Any]) -> Any:
        """What ``read`` gives, all its statements seeing the same state."""
        if self.raw.in_transaction:
            return read(self)
        self.change("BEGIN")
        try:
            return read(self)
        finally:
            if self.raw.in_transaction:
                self._execute("COMMIT")

    def begin_at_once(self) -> bool:
        """Start a write transaction; False, and nothing done, where another process has one."""
        try:
            self._execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY:
                return False
            raise unavailable(error) from error
        return True

    def begin_immediate(self, patience: float, waiting: Callable[[float], None] | None = None) -> None:
        """Start a write transaction, waiting up to ``patience`` seconds for another process.

        SQLite's own waiting sleeps up to 100 ms between two tries and so misses the
        millisecond that a busy server leaves free; this one does not.
        """
        started = time.monotonic()
        while True:
            try:
                self._execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                waited = time.monotonic() - started
                busy = (error.sqlite_errorcode & 0xFF) == sqlite3.SQLITE_BUSY
                if not busy or waited >= patience:
                    raise unavailable(error) from error
                if waiting is not None:
                    waiting(waited)
                time.sleep(_BEGIN_RETRY_SECONDS)

    def stop_after(self, seconds: float | None) -> None:
        """Statements end with ``Unavailable`` once ``seconds`` are over; None takes the limit off."""
        if seconds is None:
            self.raw.set_progress_handler(None, 0)
            return
        deadline = time.monotonic() + seconds
        self.raw.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)

    def close(self) -> None:
        """Close it; a second time does nothing."""
        self.raw.close()


class SqliteFile:
    """The file behind a URL: made readable by its owner alone, or private and removed at the end."""

    def __init__(self, url: SqliteUrl) -> None:
        self.private: str | None = None
        if url.path is None:
            shared_memory = Path("/dev/shm")
            usable = shared_memory.is_dir() and os.access(shared_memory, os.W_OK)
            self.private = tempfile.mkdtemp(prefix="vestibule-", dir=shared_memory if usable else None)
            self.path = Path(self.private) / "vestibule.db"
        else:
            self.path = url.path
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise Unavailable(
                f"The database {self.path} cannot be opened: {error.strerror}. {_ANOTHER_FILE}", 30
            ) from error

    def open(self, *, writes: bool = False, cache_mebibytes: int = 8) -> SqliteConnection:
        """A new connection; without ``writes`` it refuses every change."""
        connection = SqliteConnection(self.open_raw(writes=writes))
        self.prepare(connection, writes=writes, cache_mebibytes=cache_mebibytes)
        return connection

    def open_raw(self, *, writes: bool = False) -> sqlite3.Connection:
        """The driver's connection, for ``prepare``."""
        try:
            return sqlite3.connect(
                self.path,
                timeout=0.2 if writes else 5.0,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
            )
        except sqlite3.OperationalError as error:
            raise unavailable(error) from error

    def prepare(self, connection: SqliteConnection, *, writes: bool, cache_mebibytes: int) -> None:
        """Set it up; closed where that fails."""
        try:
            if writes:
                _use_write_ahead_log(connection)
            for pragma in self.pragmas(writes=writes, cache_mebibytes=cache_mebibytes):
                connection.rows(pragma)
        except sqlite3.DatabaseError as error:
            connection.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                raise
            raise Unavailable(f"The file {self.path} is no SQLite database. {_ANOTHER_FILE}", 30) from error
        except BaseException:
            connection.close()
            raise

    def remove(self) -> None:
        """Remove a private file with its folder; leave any other where it is."""
        if self.private is not None:
            shutil.rmtree(self.private, ignore_errors=True)

    def pragmas(self, *, writes: bool, cache_mebibytes: int) -> list[str]:
        """What is said on a new connection, the switch to the write-ahead log apart."""
        pragmas = [f"PRAGMA cache_size = -{cache_mebibytes * 1024}", "PRAGMA foreign_keys = ON"]
        if not writes:
            return [*pragmas, "PRAGMA query_only = ON"]
        return [
            *pragmas,
            f"PRAGMA synchronous = {'OFF' if self.private else 'FULL'}",
            "PRAGMA journal_size_limit = 67108864",
            # ``Checkpoints`` copies most of it long before: what is left for the commit that begins the log anew is little.
            "PRAGMA wal_autocheckpoint = 4000",
            # Each request's savepoint has a journal; by default it is a file, made and removed with every commit.
            "PRAGMA temp_store = MEMORY",
        ]


def _use_write_ahead_log(connection: SqliteConnection) -> None:
    """Of several that open a new file at once only one can switch; SQLite does not wait for it by itself."""
    deadline = time.monotonic() + _SWITCH_SECONDS
    while True:
        try:
            connection.rows("PRAGMA journal_mode = WAL")
            return
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(_BEGIN_RETRY_SECONDS)
