"""A SQLite installation that is being moved elsewhere, or was: who may still write to it, and what is said.

While it is being moved, whoever moves it holds SQLite's write lock and a lock on a file beside the
database. Both end with the process, however it ends. A writer that finds the first taken looks at
the second: a move takes minutes, so it answers at once rather than wait.

Once it was moved, every table refuses changes by a trigger, so that no process, of any version,
writes what nobody would find again; and a row of ``setting`` says where everything is.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from vestibule.refused import Refused
from vestibule.scim.errors import Unavailable
from vestibule.stores.shared_sql.tables import MOVED
from vestibule.stores.sqlite.connection import SqliteConnection, SqliteFile
from vestibule.stores.url import SqliteUrl

#: Clients are told to try again after so many seconds.
RETRY_SECONDS = 10
_REFUSAL = "Nothing was changed: this installation was moved to PostgreSQL. Try again in 60 seconds."
_TRIGGER = "moved_"
_WRITES = ("INSERT", "UPDATE", "DELETE")


class MovedAway(Refused):
    """The file was moved; serving it would bring back yesterday."""

    def __init__(self, path: Path, mark: dict[str, str]) -> None:
        super().__init__(
            f"{path} was moved to {mark['to']}, schema {mark['schema']!r}, at {mark['at']}, and is not used any more: "
            "name that database with --database or VESTIBULE_DATABASE (and VESTIBULE_SCHEMA). "
            "To use this file again, without what was changed since then: vestibule migrate --reopen"
        )


class MoveLock:
    """The file beside the database that is locked while it is being moved."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-moving")
        self._held: int | None = None

    def take(self) -> bool:
        """Hold it; False where another process does. It ends with the process at the latest."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._held = descriptor
        return True

    def give_back(self) -> None:
        """Let go, and leave no file behind."""
        if self._held is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._held)
            self._held = None

    def is_taken(self) -> bool:
        """Whether some process holds it."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def not_while_moving(
    database: Path, waiting: Callable[[float], None] | None = None
) -> Callable[[float], None]:
    """For whoever waits to write: ``waiting``, which raises ``Unavailable`` while the file is being moved."""
    lock = MoveLock(database)

    def wait(seconds: float) -> None:
        if lock.is_taken():
            raise Unavailable(
                "Nothing was changed: this installation is being moved to another database. Reads go on; "
                f"try again in {RETRY_SECONDS} seconds.",
                retry_after=RETRY_SECONDS,
            )
        if waiting is not None:
            waiting(seconds)

    return wait


def refuse_moved_file(path: Path) -> None:
    """``MovedAway`` where the file was moved; a file that is not there yet was not."""
    if not path.is_file() or not path.stat().st_size:
        return
    connection = SqliteFile(SqliteUrl(path)).open(cache_mebibytes=1)
    try:
        mark = mark_of(connection)
    finally:
        connection.close()
    if mark is not None:
        raise MovedAway(path, mark)


def mark_of(connection: SqliteConnection) -> dict[str, str] | None:
    """What was written with ``mark_moved`` (id, to, schema, at), or None."""
    if not connection.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'setting'"):
        return None
    text = connection.value("SELECT value FROM setting WHERE name = ?", (MOVED,))
    if text is None:
        return None
    mark: dict[str, str] = json.loads(text)
    return mark


def mark_moved(connection: SqliteConnection, mark: dict[str, str]) -> None:
    """In the running transaction: say where everything went, and have every table refuse changes."""
    connection.change("INSERT INTO setting (name, value) VALUES (?, ?)", (MOVED, json.dumps(mark)))
    for table in _tables(connection):
        for write in _WRITES:
            connection.change(
                f"CREATE TRIGGER {_TRIGGER}{write.lower()}_{table} BEFORE {write} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )


def unmark_moved(connection: SqliteConnection) -> None:
    """In the running transaction: take all of that back."""
    triggers = connection.rows(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB ?", (f"{_TRIGGER}*",)
    )
    for (name,) in triggers:
        connection.change(f"DROP TRIGGER {name}")
    connection.change("DELETE FROM setting WHERE name = ?", (MOVED,))


def _tables(connection: SqliteConnection) -> Iterator[str]:
    for (name,) in connection.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
        if not name.startswith("sqlite_"):
            yield name
