"""Schema steps on SQLite: statement by statement, in one transaction with their record.

SQLite's write lock is the lock: of two processes the second finds the step recorded. A ``.py``
step defines ``migrate(connection)``.
"""

from __future__ import annotations

import re
import runpy
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from vestibule.stores.migration import Step, steps_of
from vestibule.stores.sqlite.connection import SqliteConnection


def migrate(
    connection: SqliteConnection,
    folder: Path,
    *,
    patience: float = 30.0,
    waiting: Callable[[float], None] | None = None,
) -> tuple[str, ...]:
    """Do the steps of ``folder`` that were not done; their names. Unavailable if locked too long."""
    steps = steps_of(folder)
    recorded = _recorded(connection)
    if all(step.is_done(recorded) for step in steps):
        return ()
    done = []
    for step in steps:
        connection.begin_immediate(patience, waiting)
        try:
            if not step.is_done(_recorded(connection)):
                _run(step, connection)
                connection.change(_RECORD_TABLE)
                connection.change(
                    "INSERT INTO migration (number, name, done_at) VALUES (?, ?, ?)",
                    (step.number, step.name, datetime.now(UTC).isoformat(timespec="milliseconds")),
                )
                done.append(step.name)
            connection.change("COMMIT")
        except BaseException:
            if connection.raw.in_transaction:
                connection.raw.execute("ROLLBACK")
            raise
    return tuple(done)


def version(connection: SqliteConnection) -> int:
    """The number of the last step done; 0 in a new database."""
    return max(_recorded(connection), default=0)


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one (``executescript`` would commit first)."""
    gathered = ""
    for piece in re.split(r"(?<=;)", script):
        gathered += piece
        if sqlite3.complete_statement(gathered):
            yield gathered.strip()
            gathered = ""
    if gathered.strip():
        yield gathered.strip()


def _run(step: Step, connection: SqliteConnection) -> None:
    if step.path.suffix == ".py":
        runpy.run_path(str(step.path))["migrate"](connection)
        return
    for statement in statements(step.path.read_text(encoding="utf-8")):
        connection.change(statement)


_RECORD_TABLE = (
    "CREATE TABLE IF NOT EXISTS migration "
    "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, done_at TEXT NOT NULL)"
)


def _recorded(connection: SqliteConnection) -> dict[int, str]:
    known = connection.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'")
    if not known:
        return {}
    return dict(connection.rows("SELECT number, name FROM migration"))
