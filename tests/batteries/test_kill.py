"""Five kills of the battery, on every run of the suite; ``python -m tests.batteries.kill`` has fifty."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from bench.process import python
from tests.batteries.compare import faults
from tests.batteries.kill import kill_again_and_again

_REPOSITORY = Path(__file__).resolve().parents[2]


def test_what_was_acknowledged_is_there_after_five_kills(tmp_path: Path) -> None:
    outcome = kill_again_and_again(tmp_path, 5, seed=5, say=lambda _: None)
    assert outcome.fault == ""
    assert outcome.acknowledged > 50


def test_the_comparison_sees_what_is_missing(tmp_path: Path) -> None:
    """A judge that finds nothing must be one that could: each part of a write is taken away in turn."""
    folder = _killed_with_something_of_everything(tmp_path)
    database, journal = folder / "vestibule.db", folder / "journal.jsonl"
    assert list(faults(database, journal)) == []
    for spoil in (
        "DELETE FROM event WHERE seq = (SELECT seq FROM event WHERE type = 'user.created' LIMIT 1)",
        "DELETE FROM audit WHERE seq = (SELECT seq FROM audit WHERE request_id IS NOT NULL LIMIT 1)",
        "DELETE FROM request_log WHERE method = 'POST' AND seq = (SELECT MAX(seq) FROM request_log WHERE method = 'POST')",
        "DELETE FROM resource WHERE seq = (SELECT MAX(seq) FROM resource WHERE type = 'User' AND state = 'managed')",
        "UPDATE resource SET version = version + 1 WHERE seq = (SELECT MIN(seq) FROM resource WHERE type = 'User')",
        "DELETE FROM member WHERE member = (SELECT MIN(member) FROM member)",
        "UPDATE counter SET managed = managed - 1 WHERE type = 'User'",
    ):
        spoiled = tmp_path / "spoiled.db"
        original = sqlite3.connect(database)
        copy = sqlite3.connect(spoiled)
        original.backup(copy)
        assert copy.execute(spoil).rowcount == 1
        copy.commit()
        copy.close()
        original.close()
        command = python("-m", "tests.batteries.compare", str(spoiled), str(journal))
        assert subprocess.run(command, cwd=_REPOSITORY, capture_output=True).returncode == 1, spoil
        spoiled.unlink()


def _killed_with_something_of_everything(folder: Path) -> Path:
    """A slow machine may have nobody in the group yet when the kill comes: then the next load is another one."""
    for seed in range(1, 31):
        here = folder / str(seed)
        kill_again_and_again(here, 1, seed=seed, say=lambda _: None)
        with closing(sqlite3.connect(here / "vestibule.db")) as database:
            if database.execute("SELECT count(*) FROM member").fetchone()[0]:
                return here
    raise AssertionError("30 loads, and nobody was ever in the group")
