"""Programs that are killed and started again and again, forked from a process that has their modules in memory.

What runs is the program itself, by its own ``main`` and with an environment of its own; only the imports, which are
most of a start, were done once. So a kill lands in the midst of its work, and not in its imports.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bench.process import ChildFailed, url
from bench.servers import HOST, Vestibule, free_port
from tests.batteries import follower
from vestibule.cli.main import run

_PATIENCE = 60.0


def fork(
    main: Callable[[], object], arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> ForkServerProcess:
    """A process that runs ``main``, which stands in a module, as if it had been started with these arguments."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.batteries.imported"])
    given = (main, list(arguments), dict(environment), str(log))
    process = context.Process(target=_become, args=given, daemon=True)
    process.start()
    return process


def end(process: ForkServerProcess | None) -> None:
    """Kill it at once (SIGKILL), and wait until it is gone."""
    if process is not None:
        process.kill()
        process.join()


def follow() -> None:
    """The follower."""
    asyncio.run(follower.main())


class ForkedVestibule(Vestibule):
    """``vestibule serve``, forked; ``command`` starts an interpreter of its own."""

    _process: ForkServerProcess | None = None

    def start(self) -> None:
        """Start it and wait until ``/healthz`` answers 200; on the port it had before, if any."""
        self.port = self.port or free_port()
        arguments = ("serve", "--host", HOST, "--port", str(self.port))
        self._process = fork(run, arguments, self.environment(), self.log)
        deadline = time.monotonic() + _PATIENCE
        while not self._is_healthy():
            if not self._process.is_alive() or time.monotonic() > deadline:
                raise ChildFailed(f"the server did not come up:\n{self.said()}")
            time.sleep(0.005)

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(_PATIENCE)
            end(self._process)

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        end(self._process)

    def said(self) -> str:
        """The end of what the server printed."""
        return self.log.read_text("utf-8", "replace")[-3000:]

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(url(self.port, "/healthz"), timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _become(main: Callable[[], object], arguments: list[str], environment: dict[str, str], log: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with open(log, "ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.argv = [main.__name__, *arguments]
    main()
