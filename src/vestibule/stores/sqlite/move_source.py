"""A SQLite installation as the source of a move."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vestibule.stores.migration import steps_of
from vestibule.stores.move import Batch, MoveRefused
from vestibule.stores.shared_sql.tables import Table
from vestibule.stores.shared_sql.text import without_nul
from vestibule.stores.sqlite.connection import SqliteConnection, SqliteFile
from vestibule.stores.sqlite.database import RECEIVING_MIGRATIONS
from vestibule.stores.sqlite.migrate import version
from vestibule.stores.sqlite.moved import MoveLock, mark_moved, mark_of, unmark_moved
from vestibule.stores.url import SqliteUrl, parse_database_url

_BATCH = 500
_PATIENCE_SECONDS = 30.0


class SqliteSource:
    """A ``MoveSource`` over one file."""

    def __init__(self, path: Path, waiting: Callable[[float], None] | None) -> None:
        self._path = path
        self._waiting = waiting
        self._lock = MoveLock(path)
        self._connection = _open(path)

    @property
    def name(self) -> str:
        return str(self._path)

    def mark(self) -> Mapping[str, str] | None:
        return mark_of(self._connection)

    def lock(self) -> None:
        _check_version(self._connection, self._path)
        if not self._lock.take():
            raise MoveRefused(f"{self._path} is being moved by another process already.")
        self._connection.begin_immediate(_PATIENCE_SECONDS, self._waiting)
        mark = self.mark()
        if mark is not None:
            raise MoveRefused(f"{self._path} was moved to {mark['to']} by another process just now.")

    def columns(self, table: Table) -> tuple[str, ...]:
        rows = self._connection.rows("SELECT name FROM pragma_table_info(?) ORDER BY name", (table.name,))
        return tuple(name for (name,) in rows)

    def count(self, table: Table) -> int:
        where, values = _carried(table)
        found: int = self._connection.value(f"SELECT count(*) FROM {table.name}{where}", values)
        return found

    def last_number(self, table: Table, column: str) -> int:
        highest = self._connection.value(f"SELECT max({column}) FROM {table.name}")
        given = self._connection.value("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,))
        return max(highest or 0, given or 0)

    def batches(self, table: Table, columns: Sequence[str]) -> Iterator[Batch]:
        where, values = _carried(table)
        named = ", ".join(f"coalesce({name}, 0)" if name in table.nobody else name for name in columns)
        cursor = self._connection.raw.execute(f"SELECT {named} FROM {table.name}{where}", values)
        try:
            while batch := cursor.fetchmany(_BATCH):
                yield [_told(row) for row in batch] if table.tells else batch
        except sqlite3.DatabaseError as error:
            raise MoveRefused(f"The table {table.name} of {self._path} cannot be read: {error}") from error
        finally:
            cursor.close()

    def commit_mark(self, mark: Mapping[str, str]) -> None:
        mark_moved(self._connection, dict(mark))
        self._connection.change("COMMIT")

    def close(self) -> None:
        self._connection.close()
        self._lock.give_back()


def open_source(url: str, waiting: Callable[[float], None] | None) -> SqliteSource:
    """The file of that URL. MoveRefused where there is none."""
    return SqliteSource(_path(url), waiting)


def reopen(url: str) -> bool:
    """Take the mark off the file of that URL; False where it has none."""
    path = _path(url)
    connection = _open(path)
    try:
        connection.begin_immediate(_PATIENCE_SECONDS)
        if mark_of(connection) is None:
            return False
        unmark_moved(connection)
        connection.change("COMMIT")
        return True
    finally:
        connection.close()


def _path(url: str) -> Path:
    named = parse_database_url(url)
    if not isinstance(named, SqliteUrl) or named.path is None or not named.path.is_file():
        raise MoveRefused(f"There is no database at {url.removeprefix('sqlite:///')}: nothing to move.")
    return named.path


def _open(path: Path) -> SqliteConnection:
    connection = SqliteFile(SqliteUrl(path)).open(writes=True)
    connection.rows("PRAGMA busy_timeout = 0")  # begin_immediate waits, and better
    return connection


def _check_version(connection: SqliteConnection, path: Path) -> None:
    ours, found = steps_of(RECEIVING_MIGRATIONS)[-1].number, version(connection)
    if found < ours:
        raise MoveRefused(
            f"{path} is at version {found}, and this Vestibule moves version {ours}: run vestibule migrate first."
        )
    if found > ours:
        raise MoveRefused(
            f"{path} is at version {found}, which is newer than this Vestibule ({ours}): move it with the newer one."
        )


def _told(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(without_nul(value) if isinstance(value, str) else value for value in row)


def _carried(table: Table) -> tuple[str, tuple[Any, ...]]:
    if table.stays is None:
        return "", ()
    column, values = table.stays
    return f" WHERE {column} NOT IN ({', '.join('?' * len(values))})", values
