"""The one writer: all changes of a process go through its thread, many requests to one commit.

A commit costs a flush to disk whatever it holds, so whoever asks while one runs shares the
next. Each request has its own savepoint: one that fails takes nothing of another with it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from vestibule.scim.errors import Unavailable
from vestibule.stores.sqlite.connection import SqliteConnection, unavailable

T = TypeVar("T")

#: A group ends at so many requests, or so long after it began.
_GROUP_SIZE = 256
_GROUP_SECONDS = 0.02
#: After so many groups on end the file is left alone for a moment: another process gets its turn.
_GROUPS_ON_END = 20
_PAUSE_SECONDS = 0.001
#: Requests beyond these are refused rather than queued: memory stays bounded.
_LONGEST_QUEUE = 8192
_SHUTDOWN = Unavailable("Nothing was changed: the server is stopping. Try again in 5 seconds.")
_OVERLOADED = Unavailable("Nothing was changed: too many changes wait to be written.", retry_after=2)


@dataclass(slots=True)
class _Asked:
    work: Callable[[SqliteConnection], Any]
    future: asyncio.Future[Any]
    value: Any = None
    error: BaseException | None = None


def start_over(connection: SqliteConnection) -> None:
    """Undo what the running request has done so far; it goes on in the same savepoint."""
    connection.change("ROLLBACK TO request")


class Writer:
    """Runs functions one after another on the only writing connection of this process."""

    def __init__(
        self,
        connection: SqliteConnection,
        *,
        patience: float = 30.0,
        waiting: Callable[[float], None] | None = None,
        name: str = "writer",
    ) -> None:
        #: The thread's own: others may count on it, and nothing else.
        self.connection = connection
        self._patience = patience
        self._waiting = waiting
        self._queue: SimpleQueue[_Asked | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        #: Groups committed so far, and requests in them: for metrics and tests.
        self.groups = 0
        self.requests = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; results are delivered on ``loop``."""
        self._loop = loop
        self.connection.rows("PRAGMA busy_timeout = 0")  # begin_immediate waits, and better
        self._thread.start()

    def ask(self, work: Callable[[SqliteConnection], T]) -> asyncio.Future[T]:
        """Have ``work`` run in a savepoint; the future holds once it is committed, durable.

        What ``work`` raises undoes its own changes alone and is raised from the future;
        ``Unavailable`` where the database is locked, full, or the commit failed.
        """
        assert self._loop is not None, "the writer was not started"
        future: asyncio.Future[T] = self._loop.create_future()
        if self._stopping:
            future.set_exception(_fresh(_SHUTDOWN))
        elif self._queue.qsize() >= _LONGEST_QUEUE:
            future.set_exception(_fresh(_OVERLOADED))
        else:
            self._queue.put(_Asked(work, future))
        return future

    def stop(self) -> None:
        """Write what was asked for so far, then end the thread and close the connection."""
        if self._stopping:
            return
        self._stopping = True
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()
        self.connection.close()

    def _run(self) -> None:
        on_end = 0
        while (first := self._queue.get()) is not None:
            more = self._commit_group(first)
            if not more:
                return
            on_end = 0 if self._queue.empty() else on_end + 1
            if on_end >= _GROUPS_ON_END:
                time.sleep(_PAUSE_SECONDS)
                on_end = 0

    def _commit_group(self, first: _Asked) -> bool:
        """Write one group; False once the end was asked for."""
        group = [first]
        more = True
        try:
            self.connection.begin_immediate(self._patience, self._waiting)
            ends = time.monotonic() + _GROUP_SECONDS
            self._in_savepoint(first)
            while len(group) < _GROUP_SIZE and time.monotonic() < ends:
                try:
                    asked = self._queue.get_nowait()
                except Empty:
                    break
                if asked is None:
                    more = False
                    break
                group.append(asked)
                self._in_savepoint(asked)
            self.connection.change("COMMIT")
            self.groups += 1
            self.requests += len(group)
        except BaseException as error:
            self._fail(group, error)
        self._deliver(group)
        return more

    def _in_savepoint(self, asked: _Asked) -> None:
        """Run one request. Raises only where the whole transaction is gone."""
        connection = self.connection
        try:
            connection.change("SAVEPOINT request")
            asked.value = asked.work(connection)
            connection.change("RELEASE request")
        except BaseException as error:
            asked.error = unavailable(error) if isinstance(error, sqlite3.Error) else error
            # A full disk or a failing one makes SQLite roll back everything, not the savepoint alone.
            if not connection.raw.in_transaction:
                raise
            connection.change("ROLLBACK TO request")
            connection.change("RELEASE request")

    def _fail(self, group: list[_Asked], error: BaseException) -> None:
        """No request of the group holds: each is told so, whatever it had answered before."""
        if self.connection.raw.in_transaction:
            with suppress(sqlite3.Error):  # the next group tries again
                self.connection.raw.execute("ROLLBACK")
        reason = unavailable(error) if isinstance(error, sqlite3.Error) else error
        if not isinstance(reason, Unavailable):
            reason = Unavailable("Nothing was changed: the database could not commit. Try again shortly.")
        for asked in group:
            if asked.error is None:
                asked.error = _fresh(reason)

    def _deliver(self, group: list[_Asked]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(_settle, group)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more


def _settle(group: Iterable[_Asked]) -> None:
    for asked in group:
        if asked.future.done():
            continue  # the client went away; what it asked for is committed all the same
        if isinstance(asked.error, StopIteration):  # a future refuses this one
            asked.future.set_exception(RuntimeError("the work raised StopIteration"))
        elif asked.error is not None:
            asked.future.set_exception(asked.error)
        else:
            asked.future.set_result(asked.value)


def _fresh(error: Unavailable) -> Unavailable:
    """One exception for each request: a shared one would gather their tracebacks."""
    return Unavailable(error.detail, retry_after=error.retry_after)
