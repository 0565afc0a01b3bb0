"""Child processes of a run: started, watched, ended; and what the machine tells of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.call import HOST

_START_SECONDS = 60.0
_END_SECONDS = 20.0


class ChildFailed(RuntimeError):
    """A child process did not come up, or ended in the middle; the text has the end of what it said."""


class Child:
    """A server in a process of its own, ready to answer."""

    def __init__(
        self, command: Sequence[str], log: Path, *, health: str, environment: Mapping[str, str]
    ) -> None:
        self._log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment
            )
        try:
            self._wait_for(health)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def stop(self) -> None:
        """Ask it to end; after a while, make it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self) -> str:
        """The end of what it printed."""
        return self._log.read_text("utf-8", "replace")[-3000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_for(self, health: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ChildFailed(f"ended with {self.process.returncode} at its start:\n{self.said()}")
            try:
                with urllib.request.urlopen(health, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise ChildFailed(f"{health} was not 200 within {_START_SECONDS:.0f} seconds:\n{self.said()}")


def python(*arguments: str) -> list[str]:
    """This interpreter with ``arguments``."""
    return [sys.executable, *arguments]


def when_input_ends() -> threading.Event:
    """Set once standard input has ended: by that a parent says that it is enough."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    return ended


def url(port: int, path: str) -> str:
    """An address on loopback."""
    return f"http://{HOST}:{port}{path}"


@contextmanager
def apart(pid: int) -> Iterator[None]:
    """Meanwhile this client has a core to itself, and the loop of the server ``pid`` another one.

    Over one connection the two take turns, and the answer to "how long?" is a fifth less where the system happens to
    have put both on one core (measured: 124 µs for a lookup, else 160): as large a difference as any that is looked for.
    """
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(cores) < 2:
        yield
        return
    one = max(cores)
    try:
        os.sched_setaffinity(0, {one})
        os.sched_setaffinity(pid, cores - {one})
        yield
    finally:
        os.sched_setaffinity(0, cores)
        # Threads that began meanwhile have the core of the one that began them.
        for thread in Path(f"/proc/{pid}/task").glob("*"):
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), cores)


def cpu_seconds(pid: int) -> float | None:
    """Processor time a process has used so far, in steps of 10 ms; None where /proc does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> tuple[float, float] | None:
    """(resident now, at its highest) in MB of 10^6 bytes; None where /proc does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    now = re.search(r"^VmRSS:\s+(\d+) kB", status, re.M)
    highest = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
    if now is None or highest is None:
        return None
    return int(now[1]) * 1024 / 1e6, int(highest[1]) * 1024 / 1e6


def resident_of_all_megabytes(pid: int) -> tuple[float, float] | None:
    """The same of a process and those it has started, a file's page that several have counted once.

    The highest is that of each added up, though they need not have come together. None where /proc does not tell.
    """
    kept: Counter[str] = Counter()
    beyond = 0.0
    try:
        for one in (pid, *started_by(pid)):
            for mapped, kilobytes in _mapped(one).items():
                kept[mapped] = max(kept[mapped], kilobytes)
            found = resident_megabytes(one)
            if found is None:
                return None
            beyond += found[1] - found[0]
    except OSError:
        return None
    now = sum(kept.values()) * 1024 / 1e6
    return now, now + beyond


def _mapped(pid: int) -> Counter[str]:
    """Resident kilobytes by the file they are of; what is of none stands under the process's number."""
    kept: Counter[str] = Counter()
    mapped = ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        first, *fields = line.split()
        if not first.endswith(":"):
            mapped = fields[4] if len(fields) > 4 and fields[4].startswith("/") else str(pid)
        elif first == "Rss:":
            kept[mapped] += int(fields[0])
        elif first == "Anonymous:" and mapped != str(pid):
            # Pages of the file that the process has changed are its own.
            kept[mapped] -= int(fields[0])
            kept[str(pid)] += int(fields[0])
    return kept


def started_by(pid: int) -> Iterator[int]:
    """Those that it has started and that run, and those that they have; none where /proc does not tell."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(stat.parent.name)] = int(parent)
    several = [pid]
    while several:
        one = several.pop()
        for child, parent in parents.items():
            if parent == one:
                yield child
                several.append(child)
