"""The servers of a run: Vestibule as it ships, the bare uvicorn answer, and bare reads from PostgreSQL behind it."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.call import HOST, ScimCalls
from bench.process import Child, ChildFailed, python, resident_of_all_megabytes, url

_REPOSITORY = Path(__file__).resolve().parent.parent
_VESTIBULE = ("-m", "vestibule.cli.main")


class Vestibule:
    """``vestibule serve`` on a file of its own, or the database of ``place``, with nothing but its defaults.

    ``place`` are the settings that say where it keeps everything, as environment variables.
    """

    def __init__(self, folder: Path, name: str = "vestibule", place: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.database = folder / f"{name}.db"
        self.place = place or {"VESTIBULE_DATABASE": f"sqlite:///{self.database}"}
        self.log = folder / f"{name}.log"
        self.port = 0
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """The serving process."""
        assert self._child is not None, "not started"
        return self._child.pid

    def start(self) -> None:
        """Start it and wait until ``/healthz`` answers 200; on the port it had before, if any."""
        self.port = self.port or free_port()
        command = python(*_VESTIBULE, "serve", "--host", HOST, "--port", str(self.port))
        self._child = Child(
            command, self.log, health=url(self.port, "/healthz"), environment=self.environment()
        )

    def stop(self) -> None:
        """End it in good order."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        assert self._child is not None, "not started"
        self._child.process.kill()
        self._child.process.wait()

    def command(self, *arguments: str, seconds: float = 120.0) -> str:
        """What ``vestibule …`` prints, run beside the server. ChildFailed where it refuses."""
        done = subprocess.run(
            python(*_VESTIBULE, *arguments),
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        if done.returncode:
            raise ChildFailed(
                f"vestibule {' '.join(arguments)} exited {done.returncode}: {done.stderr[-2000:]}"
            )
        return done.stdout.strip()

    def new_tenant(self, slug: str, *options: str) -> str:
        """Make a tenant with provisioning on; its token."""
        self.command("tenant", "create", slug, *options)
        return self.command("token", "issue", slug)

    def calls(self, token: str) -> ScimCalls:
        """The calls to this server with that token."""
        return ScimCalls(self.port, token)

    def resident(self) -> tuple[float, float] | None:
        """The memory of all its processes in MB, now and at its highest; None where the machine does not tell."""
        return resident_of_all_megabytes(self.pid)

    def said(self) -> str:
        """The end of what the server printed."""
        return self._child.said() if self._child else ""

    def environment(self) -> Mapping[str, str]:
        """What its processes are told by."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("VESTIBULE_")}
        return {**kept, **self.place, "PYTHONUNBUFFERED": "1"}


class BareUvicorn:
    """One kilobyte of JSON from uvicorn with uvloop and httptools: what HTTP alone allows here.

    With ``place`` (the settings of a Vestibule on PostgreSQL) each answer is a row read there.
    """

    def __init__(self, folder: Path, place: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        application = "bench.bare:app"
        environment = {**os.environ, "PYTHONPATH": str(_REPOSITORY)}
        if place is not None:
            application = "bench.bare_reads:app"
            environment["BENCH_POSTGRESQL"] = place["VESTIBULE_DATABASE"]
            environment["BENCH_SCHEMA"] = place["VESTIBULE_SCHEMA"]
        command = python(
            *("-m", "uvicorn", application, "--host", HOST, "--port", str(self.port)),
            *(
                "--loop",
                "uvloop",
                "--http",
                "httptools",
                "--lifespan",
                "off",
                "--no-access-log",
                "--no-server-header",
            ),
            *("--log-level", "warning"),
        )
        log = folder / f"{application.partition(':')[0]}.log"
        self._child = Child(command, log, health=url(self.port, "/"), environment=environment)

    @property
    def pid(self) -> int:
        """The serving process."""
        return self._child.pid

    def stop(self) -> None:
        """End it."""
        self._child.stop()


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port
