"""The one writer: all changes of a process go through its connection, many requests to one commit.

A commit costs a flush to disk whatever it holds, so whoever asks while one runs shares the
next. Each request has its own savepoint: one that fails takes nothing of another with it. As hardly
any fails, those whose work may be run twice are tried without one first, and all of them again with
theirs where one fails: a savepoint keeps a copy of each page that it changes (measured: a tenth of a
create's CPU).

The connection is used by the loop and by a thread in turn, never by both. Short work (a person, a
few members) runs on the loop, and the thread commits, for that is what waits. Each statement of
another thread has to win the interpreter's lock from the loop and give it back: with a dozen
statements for each request that cost as much again as the statements (measured: 25 % of a
create's CPU, 40 % of its time). Long work, and whatever has to wait for another process, runs in
the thread altogether.

Groups that only add rows are committed by another process, where there is one (``appending``).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

from vestibule.durable import Durable
from vestibule.scim.errors import Unavailable
from vestibule.stores.sqlite.appending.appends import Appends
from vestibule.stores.sqlite.appending.process import ENDED, LOST, AppendProcess
from vestibule.stores.sqlite.appending.program import COMMITTED, REFUSED
from vestibule.stores.sqlite.connection import SqliteConnection, unavailable
from vestibule.stores.sqlite.groups import Asked, Group, comes_last, settle

T = TypeVar("T")

#: A group ends at so many requests, or when its work took the loop or the thread so long.
_GROUP_SIZE = 256
_LOOP_SECONDS = 0.008
_THREAD_SECONDS = 0.02
_FEWEST_APART = 2
#: A message to the other process is to be no longer: the loop does nothing else while it is made.
_MOST_BYTES_APART = 1024 * 1024
#: After a request failed without a savepoint, so many groups have theirs from the beginning.
_CAREFUL_GROUPS = 50
#: After so many groups on end the file is left alone for a moment: another process gets its turn.
_GROUPS_ON_END = 20
_PAUSE_SECONDS = 0.001
#: Requests beyond these are refused rather than queued: memory stays bounded.
_LONGEST_QUEUE = 8192
#: The loop waits no longer for the thread to take a group over; it takes a twentieth of that.
_HANDOVER_SECONDS = 0.002
_SHUTDOWN = Unavailable("Nothing was changed: the server is stopping. Try again in 5 seconds.")
_UNKNOWN = Unavailable(
    "It is not known whether this was done: the database ended without an answer. Look before you send it again.",
    5,
)
_OVERLOADED = Unavailable("Nothing was changed: too many changes wait to be written.", retry_after=2)


class _NeedsSavepoint(Exception):
    """The running request has none, and wants to undo what it did."""


def start_over(connection: SqliteConnection) -> None:
    """Undo what the running request has done so far; it goes on in the same savepoint."""
    if connection.gathers:
        raise _NeedsSavepoint
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
        committed: Callable[[], None] = lambda: None,
        apart: AppendProcess | None = None,
    ) -> None:
        #: The writer's own: others may count on it, and nothing else.
        self.connection = connection
        self._patience = patience
        self._waiting = waiting
        self._committed = committed
        #: Who writes groups that only add rows; None: this writer does.
        self.apart = apart
        self._asked: deque[Asked] = deque()
        self._groups: SimpleQueue[Group | None] = SimpleQueue()
        self._taken: SimpleQueue[None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._idle: asyncio.Event | None = None
        self._stopping = False
        self._last_size = 0
        self._careful = 0
        self._on_end = 0
        self._most_apart = _GROUP_SIZE
        #: Of the groups, by the other process.
        self.groups_apart = 0
        #: Groups committed so far, and requests in them: for metrics and tests.
        self.groups = 0
        self.requests = 0

    @property
    def waiting(self) -> int:
        """Requests that share no commit yet."""
        return len(self._asked)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; works and results meet on ``loop``."""
        self._loop = loop
        self._idle = asyncio.Event()
        self._idle.set()
        self.connection.rows("PRAGMA busy_timeout = 0")  # begin_immediate waits, and better
        self._thread.start()
        if self.apart is not None:
            self.apart.start()

    def ask(
        self,
        work: Callable[[SqliteConnection], T],
        *,
        is_long: bool = False,
        repeats: bool = False,
        appends: bool = False,
    ) -> Durable[T]:
        """Have ``work`` run in a savepoint; the future holds once it is committed, durable.

        What ``work`` raises undoes its own changes alone and is raised from the future;
        ``Unavailable`` where the database is locked, full, or the commit failed. ``is_long`` keeps
        it off the loop: for work of more than some hundred rows. ``repeats``: it may be run again from
        its beginning. ``appends``: it may, and is likely to do nothing but ``append`` and ``holds``.
        """
        assert self._loop is not None, "the writer was not started"
        assert self._idle is not None, "the writer was not started"
        future: Durable[T] = Durable(loop=self._loop)
        if self._stopping:
            future.set_exception(_fresh(_SHUTDOWN))
        elif len(self._asked) >= _LONGEST_QUEUE:
            future.set_exception(_fresh(_OVERLOADED))
        else:
            self._asked.append(Asked(work, future, is_long, repeats or appends, appends))
            if self._idle.is_set():
                self._idle.clear()
                self._loop.call_soon(self._begin_group)
        return future

    async def stop(self) -> None:
        """Write what was asked for so far, then end the thread and close the connection."""
        if self._stopping:
            return
        self._stopping = True
        if self._idle is not None:
            await self._idle.wait()
        self._groups.put(None)
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)
        if self.apart is not None:
            await self.apart.stop()
        self.connection.close()

    def _begin_group(self, *, here: bool = False) -> None:
        """On the loop: one transaction's short work, then over to the thread; ``here``: to nobody else."""
        group = Group(begun=False)
        taken = [self._asked.popleft() for _ in range(self._next_size())]
        # Behind one that needs a savepoint of its own, all would have theirs.
        taken.sort(key=comes_last)
        trusts = self._is_trusting()
        if trusts and not here and self._append_apart(taken):
            return
        try:
            group.begun = self.connection.begin_at_once()
            ends = time.monotonic() + _LOOP_SECONDS
            if group.begun and trusts and not self._run_without_savepoints(group, taken, ends):
                ends = time.monotonic() + _LOOP_SECONDS
            for asked in taken[len(group.done) :]:
                if asked.is_long or not group.begun or time.monotonic() > ends:
                    group.left.append(asked)
                else:
                    group.done.append(asked)
                    self._in_savepoint(asked)
        except BaseException as error:
            group.left.extend(taken[len(group.done) + len(group.left) :])
            self._fail(group, error)
            self._end_group(group)
            return
        self._hand_over(group)

    def _hand_over(self, group: Group) -> None:
        """To the thread, which has the interpreter's lock until its commit lets go of it.

        Left to itself it would get the lock when the loop next waits for something, half a commit later, and wake up
        in vain with each statement of the loop until then.
        """
        while not self._taken.empty():
            self._taken.get_nowait()
        self._groups.put(group)
        with suppress(Empty):
            self._taken.get(timeout=_HANDOVER_SECONDS)

    def _is_trusting(self) -> bool:
        self._careful = max(0, self._careful - 1)
        return self._careful == 0

    def _append_apart(self, taken: Sequence[Asked]) -> bool:
        """By the other process, if they only add rows. False where nothing of them has happened.

        One alone is written here: it would wait for the way there and back (measured: 6 % longer).
        """
        if self.apart is None or len(taken) < _FEWEST_APART or not self.apart.is_free:
            return False
        if not all(asked.appends for asked in taken):
            return False
        appends = Appends()
        done: list[Asked] = []
        ends = time.monotonic() + _LOOP_SECONDS
        try:
            for asked in taken:
                if time.monotonic() > ends or len(done) >= self._most_apart:
                    break
                asked.value = asked.work(appends)
                done.append(asked)
            message = appends.message()
        except Exception:  # whatever it is, it comes again where each has a savepoint
            return False
        if appends.proof is None:
            return False
        self._asked.extendleft(reversed(taken[len(done) :]))
        # As large as these were, the next ones will be.
        self._most_apart = max(_FEWEST_APART, _MOST_BYTES_APART * len(done) // len(message))
        self.apart.send(message, partial(self._end_apart, Group(True, done), appends))
        return True

    def _end_apart(self, group: Group, appends: Appends, answer: bytes) -> None:
        """On the loop: tell everybody, or do it here."""
        try:
            committed = answer == COMMITTED or (answer == ENDED and appends.is_committed(self.connection))
        except Exception:
            answer = LOST
        if answer == LOST:
            self._fail(group, _UNKNOWN)
            self._end_group(group)
            return
        if not committed:
            if answer == REFUSED:
                self._careful = _CAREFUL_GROUPS
            self._asked.extendleft(reversed(group.done))
            self._begin_group(here=True)
            return
        self._count(group)
        self.groups_apart += answer == COMMITTED
        if self._pauses():
            assert self._loop is not None
            self._loop.call_later(_PAUSE_SECONDS, self._end_group, group)
        else:
            self._end_group(group)

    def _run_without_savepoints(self, group: Group, taken: Sequence[Asked], ends: float) -> bool:
        """The first of them that may be run twice. False where one failed: then nothing of them has happened."""
        connection, done = self.connection, []
        connection.gather()
        try:
            for asked in taken:
                if asked.is_long or not asked.repeats or time.monotonic() > ends:
                    break
                asked.value = asked.work(connection)
                done.append(asked)
            connection.write_gathered()
        except Exception:
            self._careful = _CAREFUL_GROUPS
            if connection.raw.in_transaction:
                connection.change("ROLLBACK")
            group.begun = connection.begin_at_once()
            return False
        finally:
            connection.drop_gathered()
        group.done.extend(done)
        return True

    def _next_size(self) -> int:
        """How many of those who asked share the next commit: half of all who are under way.

        Those answered by the last commit ask again while this one runs. Were they all in one group,
        the loop would have nothing to do during each commit.
        """
        asked = len(self._asked)
        return min(_GROUP_SIZE, asked, (asked + self._last_size + 1) // 2)

    def _run(self) -> None:
        while (group := self._groups.get()) is not None:
            self._taken.put(None)
            self._finish(group)
            # Before the loop is told: it would begin the next group at once.
            if self._pauses():
                time.sleep(_PAUSE_SECONDS)
            assert self._loop is not None
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._end_group, group)

    def _pauses(self) -> bool:
        """Whether another process is to get its turn now, after a group."""
        self._on_end = self._on_end + 1 if self._asked else 0
        if self._on_end < _GROUPS_ON_END:
            return False
        self._on_end = 0
        return True

    def _finish(self, group: Group) -> None:
        """In the thread: what is left of the group, and the commit."""
        try:
            if not group.begun:
                self.connection.begin_immediate(self._patience, self._waiting)
            ends = time.monotonic() + _THREAD_SECONDS
            while group.left and (not group.done or time.monotonic() < ends):
                asked = group.left.popleft()
                group.done.append(asked)
                self._in_savepoint(asked)
            self.connection.change("COMMIT")
        except BaseException as error:
            self._fail(group, error)
            return
        self._count(group)

    def _count(self, group: Group) -> None:
        self.groups += 1
        self.requests += len(group.done)
        self._committed()

    def _end_group(self, group: Group) -> None:
        """On the loop: tell everybody, and go on with what was asked meanwhile."""
        assert self._loop is not None
        assert self._idle is not None
        self._last_size = len(group.done)
        settle(group.done)
        self._asked.extendleft(reversed(group.left))
        if self._asked:
            self._loop.call_soon(self._begin_group)
        else:
            self._idle.set()

    def _in_savepoint(self, asked: Asked) -> None:
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

    def _fail(self, group: Group, error: BaseException) -> None:
        """No request of the group holds: each is told so, whatever it had answered before."""
        if self.connection.raw.in_transaction:
            with suppress(sqlite3.Error):  # the next group tries again
                self.connection.raw.execute("ROLLBACK")
        reason = unavailable(error) if isinstance(error, sqlite3.Error) else error
        if not isinstance(reason, Unavailable):
            reason = Unavailable("Nothing was changed: the database could not commit. Try again shortly.")
        group.done.extend(group.left)
        group.left.clear()
        for asked in group.done:
            if asked.error is None:
                asked.error = _fresh(reason)


def _fresh(error: Unavailable) -> Unavailable:
    """One exception for each request: a shared one would gather their tracebacks."""
    return Unavailable(error.detail, retry_after=error.retry_after)
