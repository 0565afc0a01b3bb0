"""The loop's reading connection: one snapshot for each turn of the loop, shared by its requests.

A read transaction of its own for each statement costs two locks on the file, and with them two
system calls; a lookup has two statements, and a busy turn has dozens of lookups.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from vestibule.stores.sqlite.connection import Parameters, Row, SqliteConnection


class LoopConnection(SqliteConnection):
    """Begins a snapshot with the first read of a turn, and ends it with the turn.

    It shows everything that was committed before the turn began: what arrives on a socket later is
    read in a later turn, and whoever wrote is told in a later turn than the commit. So each request
    sees what was acknowledged before it was sent.
    """

    __slots__ = ("_is_open", "_loop", "_read_before", "_version")

    def __init__(self, raw: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(raw)
        self._loop = loop
        self._is_open = False
        self._version = -1
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

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            self.change("COMMIT")
