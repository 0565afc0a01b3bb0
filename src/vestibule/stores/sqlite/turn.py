"""The loop's reading connection: one snapshot for each turn of the loop, shared by its requests.

A read transaction of its own for each statement costs two locks on the file, and with them two
system calls; a lookup has two statements, and a busy turn has dozens of lookups.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from vestibule.stores.sqlite.connection import Parameters, Row, SqliteConnection

#: A commit makes the cache cold; until the next one a lookup among many people profits from what the lookups before it
#: have read, so that a tenth of the file is worth its memory. What is small keeps the smallest, what is large no more.
_CACHED_PART = 10
_SMALLEST_KIB, _LARGEST_KIB = 8 * 1024, 32 * 1024
#: The size of the file is looked at after so many commits of others.
_COMMITS_BETWEEN_LOOKS = 64


class LoopConnection(SqliteConnection):
    """Begins a snapshot with the first read of a turn, and ends it with the turn.

    It shows everything that was committed before the turn began: what arrives on a socket later is
    read in a later turn, and whoever wrote is told in a later turn than the commit. So each request
    sees what was acknowledged before it was sent.
    """

    __slots__ = ("_cached_kib", "_commits_seen", "_is_open", "_loop", "_read_before", "_version")

    def __init__(self, raw: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(raw)
        self._loop = loop
        self._is_open = False
        self._version = -1
        self._commits_seen = 0
        self._cached_kib = 0
        self._read_before: dict[Any, Any] = {}

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a statement, in this turn's snapshot."""
        if not self._is_open and not self.raw.in_transaction:
            self._begin()
        return super().rows(sql, parameters)

    def read_before(self) -> dict[Any, Any]:
        """What was read before and holds still: emptied once anybody, in any process, has committed.

        ``PRAGMA data_version`` tells (https://sqlite.org/pragma.html#pragma_data_version), asked once
        a turn: for rows that every request reads and that hardly ever change.
        """
        if not self._is_open:
            self._begin()
        return self._read_before

    def close(self) -> None:
        """Close it; a second time does nothing."""
        self._is_open = False
        super().close()

    def _begin(self) -> None:
        self.change("BEGIN")
        self._is_open = True
        self._loop.call_soon(self._end)
        # The first read of the transaction settles its snapshot, and with it the version.
        version = self._execute("PRAGMA data_version").fetchall()[0][0]
        if version != self._version:
            self._version = version
            self._read_before = {}
            if self._commits_seen % _COMMITS_BETWEEN_LOOKS == 0:
                self._fit_cache()
            self._commits_seen += 1

    def _fit_cache(self) -> None:
        size: int = self._execute(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        ).fetchall()[0][0]
        wanted = min(_LARGEST_KIB, max(_SMALLEST_KIB, size // 1024 // _CACHED_PART))
        if wanted != self._cached_kib:
            self._cached_kib = wanted
            self._execute(f"PRAGMA cache_size = -{wanted}").fetchall()

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            self.change("COMMIT")
