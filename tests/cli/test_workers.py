"""``serve --workers N``: several processes on one socket and one PostgreSQL, looked after by one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.servers import free_port
from tests.postgresql import Place
from tests.served import Hand, at_once, person

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="machine: a /proc that lists processes"
)

_PATIENCE = 60.0


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "vestibule.cli.main", *words]


def workers_of(pid: int) -> list[int]:
    """Its children that are workers (the other one looks after what multiprocessing shares)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid and b"spawn_main" in words:
            found.append(int(entry.name))
    return sorted(found)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def test_several_serve_one_is_replaced_and_all_end_together(postgresql: Place, tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, **postgresql.environment, "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "said").open("wb") as out:
        serving = subprocess.Popen(
            command("serve", "--workers", "2", "--port", str(port)), env=environment, stdout=out, stderr=out
        )
    try:
        until(lambda: "Stop with Ctrl-C." in (tmp_path / "said").read_text() or serving.poll() is not None)
        said = (tmp_path / "said").read_text()
        assert serving.poll() is None, said
        assert said.count("SCIM base URL") == 1
        for words in (("tenant", "create", "corp"), ("token", "issue", "corp")):
            done = subprocess.run(
                command(*words), env=environment, capture_output=True, text=True, check=True
            )
        hand = Hand(port, done.stdout.strip(), "corp")
        answers = at_once(port, [hand.wire("POST", "/Users", person(f"p{n}@corp.test")) for n in range(20)])
        assert {answer.status for answer in answers} == {201}, answers[0]

        first, second = workers_of(serving.pid)
        os.kill(first, signal.SIGKILL)
        until(lambda: len(set(workers_of(serving.pid)) - {first}) == 2)
        assert second in workers_of(serving.pid)
        assert hand("GET", "/Users?count=0").json["totalResults"] == 20
    finally:
        workers = workers_of(serving.pid)
        serving.terminate()
        assert serving.wait(_PATIENCE) == 0, (tmp_path / "said").read_text()
    until(lambda: all(map(is_gone, workers)))


def test_workers_end_with_whoever_looks_after_them(postgresql: Place, tmp_path: Path) -> None:
    environment = {**os.environ, **postgresql.environment}
    port = free_port()
    serving = subprocess.Popen(
        command("serve", "--workers", "2", "--port", str(port)), env=environment, stdout=subprocess.DEVNULL
    )
    until(lambda: len(workers_of(serving.pid)) == 2)
    workers = workers_of(serving.pid)
    serving.kill()
    serving.wait(_PATIENCE)
    until(lambda: all(map(is_gone, workers)))


def test_on_sqlite_it_is_refused(tmp_path: Path) -> None:
    words = command("serve", "--workers", "2", "--database", f"sqlite:///{tmp_path}/vestibule.db")
    refused = subprocess.run(words, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "PostgreSQL" in refused.stderr
