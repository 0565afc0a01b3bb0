"""The program of the process that ``process`` starts: rows in, one durable transaction for each group of them.

It is run by its path and imports nothing of Vestibule: so it starts in a blink and takes little
memory. It ends with its channel, which ends with whoever started it.
"""

from __future__ import annotations

import gc
import marshal
import os
import sqlite3
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # at no other time: ``typing`` takes half a megabyte
    from typing import Any

    Holding = list[tuple[str, Any, list[tuple[Any, ...]]]]
    Rows = dict[str, list[Any]]

#: The first answer, before any message: it may begin.
READY = b"Y"
COMMITTED = b"C"
#: In all that follow nothing has happened: somebody wrote meanwhile, another process holds the file, and this cannot be written.
STALE = b"S"
BUSY = b"B"
REFUSED = b"R"

#: How it ends where another file stands at the path than whoever started it has open.
ANOTHER_FILE = 3

_LENGTH_BYTES = 8
#: Whoever asked can wait longer, and say so.
_BUSY_SECONDS = 0.02
_BEGIN_RETRY_SECONDS = 0.0005
_CACHED_STATEMENTS = 64


def framed(message: tuple[Holding, Rows]) -> bytes:
    """A message as it goes over the channel. ValueError for what is no plain value (an enum's, say)."""
    packed = marshal.dumps(message)
    return len(packed).to_bytes(_LENGTH_BYTES, "big") + packed


def _message(channel: int) -> tuple[Holding, Rows] | None:
    """The next one; None once the channel has ended."""
    head = _read(channel, _LENGTH_BYTES)
    packed = _read(channel, int.from_bytes(head, "big"))
    return marshal.loads(packed) if packed else None


def _read(channel: int, many: int) -> bytes:
    """So many bytes; none where the channel ends before."""
    parts = []
    while many:
        part = os.read(channel, many)
        if not part:
            return b""
        parts.append(part)
        many -= len(part)
    return b"".join(parts)


def append(connection: sqlite3.Connection, holding: Holding, rows: Rows) -> bytes:
    """Write the rows of each statement, durable, if each of ``holding`` still gives the rows it names; the answer."""
    try:
        if not _begin(connection):
            return BUSY
        for sql, parameters, expected in holding:
            if connection.execute(sql, parameters).fetchall() != expected:
                connection.execute("ROLLBACK")
                return STALE
        for sql, several in rows.items():
            connection.executemany(sql, several)
        connection.execute("COMMIT")
    except (sqlite3.Error, OverflowError, UnicodeError):
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return REFUSED
    return COMMITTED


def _begin(connection: sqlite3.Connection) -> bool:
    """False where another process holds the file."""
    ends = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_BUSY:
                raise
        if time.monotonic() > ends:
            return False
        time.sleep(_BEGIN_RETRY_SECONDS)


def serve(channel: int, path: str, uri: str, file: str, pragmas: list[str]) -> None:
    """Answer one message after another, each with one byte, until the channel ends.

    ``uri`` opens the file at ``path``. SystemExit where that is not the file of that device and number.
    """
    _refuse_another(path, file)  # untouched: its log is the one of the right file
    connection = sqlite3.connect(
        uri, uri=True, timeout=0, isolation_level=None, cached_statements=_CACHED_STATEMENTS
    )
    _refuse_another(path, file)
    for pragma in pragmas:
        connection.execute(pragma).fetchall()
    os.write(channel, READY)
    while (message := _message(channel)) is not None:
        os.write(channel, append(connection, *message))
    connection.close()


def _refuse_another(path: str, file: str) -> None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise SystemExit(ANOTHER_FILE) from None
    if f"{found.st_dev}:{found.st_ino}" != file:
        raise SystemExit(ANOTHER_FILE)


if __name__ == "__main__":
    gc.disable()
    number, where, opened, meant, *said_first = sys.argv[1:]
    try:
        serve(int(number), where, opened, meant, said_first)
    except ConnectionError:
        sys.exit()  # whoever started it has ended meanwhile
