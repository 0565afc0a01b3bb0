"""A process that writes groups of requests which only add rows: new people, mostly.

The loop is what holds creates up, and while it writes them it does nothing else; a thread of this
process would need the interpreter's lock for each statement. The process is handed ready rows and
what must hold for them, and answers once they are durable (measured: a seventh less of the loop's
time for a create). Everything else the writer does itself; the two take turns, and never meet.

Without it, while it starts, and where it has ended, the writer does all of it.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import structlog

from vestibule.stores.sqlite.appending import program
from vestibule.stores.sqlite.appending.program import ANOTHER_FILE, READY

_log = structlog.get_logger("vestibule.store")

#: It has ended, and cannot write any more; and nobody knows whether it can.
ENDED = b""
LOST = b"?"
#: Told one of the program's answers, or one of these.
Answered = Callable[[bytes], None]

#: After one ended the next one waits so long, and twice as long each time while none comes to be ready.
_REST_SECONDS = 5.0
_LONGEST_REST_SECONDS = 600.0
#: One that does not answer for so long is ended: its answer takes a flush, and it waits for nobody.
_PATIENCE_SECONDS = 10.0
_SEND_BUFFER = 1024 * 1024
_MEANWHILE = "the server writes new people"
#: A terminal, or a service manager, tells every process to stop; this one ends with its channel.
_NOT_FOR_IT = (signal.SIGINT, signal.SIGTERM)


class AppendProcess:
    """One process for one file, on the loop that calls ``start``; another one where it ends by itself."""

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        self._path = path
        self._pragmas = pragmas
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._unsent = memoryview(b"")
        self._answered: Answered | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._rest = 0.0
        self._stops = False
        #: Whether ``send`` may be called: it runs, and has nothing to do.
        self.is_free = False

    @property
    def pid(self) -> int | None:
        """The process's number; None where there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Have it begin on the file that is there now; it takes some 40 ms, and nobody waits for it."""
        self._loop = asyncio.get_running_loop()
        found = self._path.stat()
        self._file = f"{found.st_dev}:{found.st_ino}"
        if not self._begin():
            self._ending = self._loop.create_task(self._begin_another())

    async def stop(self) -> None:
        """End it. Whoever waits for an answer must have had it."""
        self._stops = True
        self._close()
        if self._ending is not None:
            self._ending.cancel()
            await asyncio.gather(self._ending, return_exceptions=True)
        if self._process is not None:
            await asyncio.to_thread(_reap, self._process)
            self._process = None

    def send(self, message: bytes, answered: Answered) -> None:
        """Have a message of ``Appends`` written; only while ``is_free``.

        ``answered`` is called once, on the loop in a later turn, at the latest when the process had its time
        and was ended.
        """
        self.is_free = False
        self._answered = answered
        self._deadline = self._loop.call_later(_PATIENCE_SECONDS, self._give_up)
        self._unsent = memoryview(message)
        self._push()

    def _begin(self) -> bool:
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            return self._cannot_begin(error)
        with theirs:
            uri = f"{self._path.absolute().as_uri()}?mode=rw"  # never made: what is not there is another file
            arguments = (str(theirs.fileno()), str(self._path), uri, self._file, *self._pragmas)
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_FOR_IT)  # what it begins with it keeps
            try:
                ours.setblocking(False)
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", program.__file__, *arguments],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                )
            except OSError as error:
                ours.close()
                return self._cannot_begin(error)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._channel = ours
        self._loop.add_reader(ours, self._hear)
        return True

    def _cannot_begin(self, error: OSError) -> bool:
        _log.warning("append_process_not_started", error=error.strerror, until_the_next=_MEANWHILE)
        return False

    def _push(self) -> None:
        channel = cast(socket.socket, self._channel)
        try:
            self._unsent = self._unsent[channel.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:  # it is gone, as ``_hear`` is told
            self._unsent = self._unsent[:0]
        if self._unsent:
            self._loop.add_writer(channel, self._push)
        else:
            self._loop.remove_writer(channel)

    def _hear(self) -> None:
        channel = cast(socket.socket, self._channel)
        try:
            said = channel.recv(1)
        except BlockingIOError:
            return
        except OSError:
            said = ENDED
        if said == ENDED:
            self._give_up()
            return
        self.is_free = True
        if said == READY:
            if self._rest:
                _log.warning("append_process_began", pid=self.pid)
            self._rest = 0.0
        else:
            self._tell(said)

    def _tell(self, said: bytes) -> None:
        self._no_deadline()
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(said)

    def _no_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close(self) -> None:
        self.is_free = False
        self._no_deadline()
        if self._channel is not None:
            self._loop.remove_reader(self._channel)
            self._loop.remove_writer(self._channel)
            self._channel.close()
            self._channel = None

    def _give_up(self) -> None:
        """It has ended, or shall: nothing more is heard from it."""
        self._close()
        self._ending = self._loop.create_task(self._end())

    async def _end(self) -> None:
        """Whoever waits is told once it cannot write any more; then another one begins."""
        process, self._process = cast("subprocess.Popen[bytes]", self._process), None
        process.kill()
        code = await asyncio.to_thread(_reap, process)
        try:
            self._tell(ENDED if code is not None else LOST)
        finally:
            if code == ANOTHER_FILE:
                _log.error(
                    "append_process_refused",
                    why=f"another file stands at {self._path} than the server has open",
                )
            else:
                _log.warning("append_process_ended", why=_end_of(code), until_the_next=_MEANWHILE)
                await self._begin_another()

    async def _begin_another(self) -> None:
        while not self._stops:
            self._rest = min(max(_REST_SECONDS, 2 * self._rest), _LONGEST_REST_SECONDS)
            await asyncio.sleep(self._rest)
            if not self._stops and self._begin():
                return


def _reap(process: subprocess.Popen[bytes]) -> int | None:
    """Wait until it has ended, and have it end if it does not; its exit code, None where even that did not help."""
    for last in (False, True):
        try:
            return process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            if not last:
                process.kill()
    return None


def _end_of(code: int | None) -> str:
    if code is None:
        return "it does not answer, and cannot be ended"
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
