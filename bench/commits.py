"""The bare limit of durable writes: one-kilobyte rows into SQLite, a group of them to each commit."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

_ROW = b"x" * 1024


@dataclass(frozen=True, slots=True)
class Commits:
    """How fast commits were."""

    rows: int
    commits: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Durable rows a second."""
        return self.rows / self.seconds

    @property
    def milliseconds(self) -> float:
        """The time of one commit with its rows."""
        return self.seconds / self.commits * 1000


def bare_commits(path: Path, *, seconds: float, group: int) -> Commits:
    """Insert ``group`` rows, commit, and again: write-ahead log, synchronous=FULL, as the server does."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, body BLOB)")
        started = time.perf_counter()
        rows = commits = 0
        while (taken := time.perf_counter() - started) < seconds or not commits:
            connection.execute("BEGIN IMMEDIATE")
            for _ in range(group):
                connection.execute("INSERT INTO bare (body) VALUES (?)", (_ROW,))
            connection.execute("COMMIT")
            rows += group
            commits += 1
        return Commits(rows, commits, taken)
    finally:
        connection.close()
