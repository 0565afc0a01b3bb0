"""The write-ahead log is copied into the file beside the writer, by a thread of its own.

SQLite does it inside the commit that makes the log too long: six milliseconds and more in which nothing
else is committed (measured: a tenth of the time of creates over 32 connections). Copying waits for
nobody and holds up nobody (https://sqlite.org/wal.html#ckpt). Once it has caught up with the
writer, the next commit begins the log anew; where commits come without a pause, the one that makes the log
too long copies the little that is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

from vestibule.scim.errors import Unavailable
from vestibule.stores.sqlite.connection import SqliteConnection

#: The log is copied after so many commits: two thousand pages or so under load, of which half are written again and again.
EVERY = 24
#: What was committed meanwhile is copied at once, so often: the less there is, the likelier it is all.
_MOST_TIMES = 6


class Checkpoints:
    """``committed`` is told of every commit; ``open_one`` gives the connection that copies, once there is much."""

    def __init__(self, open_one: Callable[[], SqliteConnection], name: str) -> None:
        self._open_one = open_one
        self._name = name
        self._due: SimpleQueue[bool] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._commits = 0
        self._due_at = EVERY

    def committed(self) -> None:
        """One more commit. By one thread at a time, the writer's or the loop's, which waits for nothing here."""
        self._commits += 1
        if self._commits < self._due_at:
            return
        self._due_at = self._commits + EVERY
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads to be had: it is tried again when the log is due again
                return
            self._thread = thread
        self._due.put(True)

    def stop(self) -> None:
        """End the thread, if there is one, and close its connection; the last connection copies what is left."""
        if self._thread is not None:
            self._due.put(False)
            self._thread.join()

    def _run(self) -> None:
        # No connection to be had ends it; a full or failing disk the writer meets too, and says so. SQLite has its own
        # limit on the log.
        with suppress(Unavailable):
            connection = self._open_one()
            try:
                while self._due.get():
                    with suppress(Unavailable):
                        self._copy(connection)
            finally:
                connection.close()

    def _copy(self, connection: SqliteConnection) -> None:
        for _ in range(_MOST_TIMES):
            commits = self._commits
            connection.rows("PRAGMA wal_checkpoint(PASSIVE)")
            if commits == self._commits:
                return
