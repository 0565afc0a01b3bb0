"""Schema steps: numbered ``.sql`` and ``.py`` files of one folder, each done once and recorded.

A step runs statement by statement in one transaction together with its record, so that a
process killed half-way leaves it undone, and the next start goes on from there. SQLite's
write lock is the lock: of two processes the second finds the step recorded.

A ``.py`` step defines ``migrate(connection)``. Steps expand before later ones contract: the
previous version runs on the new schema, so steps it does not know are no fault.
"""

from __future__ import annotations

import re
import runpy
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from vestibule.refused import Refused
from vestibule.stores.sqlite.connection import SqliteConnection

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.(sql|py)")


class MigrationError(Refused):
    """The migration folder or the database's record of it is not in order."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the folder."""

    number: int
    name: str
    path: Path

    def run(self, connection: SqliteConnection) -> None:
        """Carry it out on a connection whose transaction is open."""
        if self.path.suffix == ".py":
            runpy.run_path(str(self.path))["migrate"](connection)
            return
        for statement in statements(self.path.read_text(encoding="utf-8")):
            connection.change(statement)


def steps_of(folder: Path) -> tuple[Step, ...]:
    """The steps in order. Two of one number are a MigrationError."""
    found = []
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match:
            found.append(Step(int(match[1]), match[2], path))
    for one, other in pairwise(found):
        if one.number == other.number:
            raise MigrationError(f"{one.path.name} and {other.path.name} have the same number")
    return tuple(found)


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
    if all(_is_done(step, recorded) for step in steps):
        return ()
    done = []
    for step in steps:
        connection.begin_immediate(patience, waiting)
        try:
            if not _is_done(step, _recorded(connection)):
                step.run(connection)
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


_RECORD_TABLE = (
    "CREATE TABLE IF NOT EXISTS migration "
    "(number INTEGER PRIMARY KEY, name TEXT NOT NULL, done_at TEXT NOT NULL)"
)


def _recorded(connection: SqliteConnection) -> dict[int, str]:
    known = connection.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'")
    if not known:
        return {}
    return dict(connection.rows("SELECT number, name FROM migration"))


def _is_done(step: Step, recorded: dict[int, str]) -> bool:
    name = recorded.get(step.number)
    if name is not None and name != step.name:
        raise MigrationError(
            f"step {step.number:04} is recorded as {name!r} in the database but is called {step.name!r} here"
        )
    return name is not None
