"""A process that writes groups of requests which only add rows: new people, mostly.

The loop is what holds creates up, and while it writes them it does nothing else; a thread of this
process would need the interpreter's lock for each statement. The process is handed ready rows and
what must hold for them, and answers once they are durable (measured: a fifth less of the loop's
time for a create). Everything else the writer does itself; the two take turns, and never meet.

Without it, while it starts, and where it has ended, the writer does all of it.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

import structlog

from vestibule.stores.sqlite import append_program

_log = structlog.get_logger("vestibule.store")

#: Told one of the program's answers, or ``ENDED``.
Answered = Callable[[bytes], None]
#: The process has ended, and nobody knows whether it had committed.
ENDED = b""

#: After one ended by itself the next one waits so long.
_REST_SECONDS = 5.0
_PATIENCE_SECONDS = 10.0
_SEND_BUFFER = 1024 * 1024


class AppendProcess:
    """One process for one file, on the loop that calls ``start``; another one where it ends by itself."""

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        self._path = path
        self._pragmas = pragmas
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._unsent = memoryview(b"")
        self._answered: Answered | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._stops = False
        #: Whether ``send`` may be called: it runs, and has nothing to do.
        self.is_free = False

    @property
    def pid(self) -> int | None:
        """The process's number, for tests and for whoever counts memory; None where there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Have it begin; it takes some 40 ms, and nobody waits for it."""
        self._loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        command = [sys.executable, "-I", "-S", append_program.__file__, str(theirs.fileno()), str(self._path)]
        try:
            self._process = subprocess.Popen(
                [*command, *self._pragmas], stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),)
            )
        except OSError as error:
            _log.warning("appends_not_apart", error=error.strerror)
            ours.close()
            return
        finally:
            theirs.close()
        self._channel = ours
        self._loop.add_reader(ours, self._hear)

    async def stop(self) -> None:
        """End it, once it has answered."""
        self._stops = True
        self.is_free = False
        if self._restarting is not None:
            self._restarting.cancel()
            with suppress(asyncio.CancelledError):
                await self._restarting
        self._close()
        if self._process is not None:
            await asyncio.to_thread(_reap, self._process, _PATIENCE_SECONDS)
            self._process = None

    def send(self, message: bytes, answered: Answered) -> None:
        """Have a message of ``Appends`` written; ``answered`` is called on the loop, in a later turn."""
        self.is_free = False
        self._answered = answered
        self._unsent = memoryview(message)
        self._push()

    def _push(self) -> None:
        channel = cast(socket.socket, self._channel)
        with suppress(OSError):  # full: the loop tells when it is not; gone: ``_hear`` is told
            self._unsent = self._unsent[channel.send(self._unsent) :]
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
            said = b""
        if not said:
            self._close()
            self._restarting = self._loop.create_task(self._go_on_without())
            return
        self.is_free = not self._stops
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(said)

    def _close(self) -> None:
        self.is_free = False
        if self._channel is not None:
            self._loop.remove_reader(self._channel)
            self._loop.remove_writer(self._channel)
            self._channel.close()
            self._channel = None

    async def _go_on_without(self) -> None:
        """It ended by itself: whoever waits is told once it cannot write any more, then another one begins."""
        process = cast("subprocess.Popen[bytes]", self._process)
        process.kill()
        code = await asyncio.to_thread(process.wait)
        self._process = None
        _log.warning("appends_not_apart", exit_code=code)
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(ENDED)
        await asyncio.sleep(_REST_SECONDS)
        if not self._stops:
            self.start()


def _reap(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
