"""``make demo``: killed in the middle, run again, run with one line changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "directory"
NOTHING = {
    "creates": 0, "updates": 0, "deactivations": 0, "reactivations": 0, "deletions": 0, "group_changes": 0,
    "failures": 0,
}  # fmt: skip


def start(data: Path, directory: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "vestibule.demo",
        "--once",
        "--data",
        str(data),
        "--directory",
        str(directory),
    ]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("VESTIBULE_")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=clean)


def run(data: Path, directory: Path) -> dict[str, Any]:
    running = start(data, directory)
    said, _ = running.communicate(timeout=300)
    assert running.returncode == 0, said.decode()
    for state in ("linked", "not found", "deactivated"):
        assert re.search(rf"{state}\s+│\s+[1-9]", said.decode()), said.decode()
    assert "is signed on by SAML" in said.decode()
    report: dict[str, Any] = json.loads((data / "report.json").read_text("utf-8"))
    return report


def sent(data: Path) -> int:
    """How many users were recorded as sent."""
    try:
        with sqlite3.connect(f"file:{data / 'directory.db'}?mode=ro", uri=True) as connection:
            row = connection.execute("SELECT count(*) FROM app_user WHERE state = 'active'").fetchone()
    except sqlite3.OperationalError:
        return 0
    return int(row[0])


def updates(data: Path) -> dict[str, int]:
    """How many updates each application was sent, ever."""
    with sqlite3.connect(f"file:{data / 'directory.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT a.name, count(*) FROM job AS j JOIN application AS a ON a.id = j.application_id "
            "WHERE j.kind = 'update' AND j.state = 'done' GROUP BY a.name"
        ).fetchall()
    return {str(name): int(count) for name, count in rows}


def test_killed_then_finished_then_one_line_changed(tmp_path: Path) -> None:
    directory = tmp_path / "source"
    shutil.copytree(EXAMPLE, directory)
    data = tmp_path / "data"
    running = start(data, directory)
    try:
        while sent(data) < 90 and running.poll() is None:
            time.sleep(0.02)
    finally:
        running.send_signal(signal.SIGKILL)
        running.communicate()
    done_before = sent(data)
    assert done_before >= 90

    report = run(data, directory)
    assert list(report) == list(NOTHING)
    # Whoever was created when the process died, and not recorded, is found and linked: an update (W28).
    linked = report["updates"] - 5
    assert 0 <= linked <= 8
    assert report["creates"] + linked == 324 - done_before
    assert (report["deactivations"], report["reactivations"]) == (5, 2)
    assert report["failures"] <= 1

    people = directory / "people.csv"
    before = people.read_text("utf-8")
    assert before.startswith("login,email,firstName,lastName")
    changed = before.replace(
        ",花子,佐藤,佐藤 花子,サトウ,ハナコ,Sales Manager,", ",花子,佐藤,佐藤 花子,サトウ,ハナコ,Director,"
    )
    assert changed != before
    people.write_text(changed, "utf-8")
    before_this_run = updates(data)
    assert run(data, directory) == {**NOTHING, "updates": 2}
    made = {name: count - before_this_run[name] for name, count in updates(data).items()}
    assert made == {"ACALL": 1, "GetAccept": 1}

    assert run(data, directory) == NOTHING


@pytest.mark.parametrize(("until", "code"), [(b"Still serving", 0), (b"Vestibule is running", 1)])
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_ends_at_once_and_leaves_no_folder_behind(
    tmp_path: Path, until: bytes, code: int, stop: signal.Signals
) -> None:
    people = EXAMPLE
    if code == 0:
        people = tmp_path / "people"
        people.mkdir()
        for path in EXAMPLE.glob("*.csv"):
            heading = path.read_text("utf-8").splitlines()[0]
            (people / path.name).write_text(f"{heading}\n", "utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    running = subprocess.Popen(
        [sys.executable, "-m", "vestibule.demo", "--directory", str(people)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert running.stdout is not None
        for line in running.stdout:
            if until in line:
                break
        running.send_signal(stop)
        said, _ = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == code, said.decode()
    assert b"Traceback" not in said
    assert list(temporary.iterdir()) == []
