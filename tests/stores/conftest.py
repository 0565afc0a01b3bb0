"""An SQLite database of one table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vestibule.stores.sqlite.database import SqliteDatabase


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """Its migrations."""
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "0001_t.sql").write_text("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);")
    return folder


@pytest.fixture
async def database(tmp_path: Path, steps: Path) -> AsyncIterator[SqliteDatabase]:
    """Started on a file; it waits for another process no longer than a test does."""
    made = SqliteDatabase(f"sqlite:///{tmp_path}/x.db", steps, patience=0.3)
    await made.start()
    yield made
    await made.stop()
