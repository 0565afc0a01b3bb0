"""Whoever starts on an empty database needs nothing but what the console shows."""

from __future__ import annotations

from pathlib import Path

from tests.console.first_user import from_nothing, in_this_process


def test_from_an_empty_database_to_the_first_person(tmp_path: Path) -> None:
    run = from_nothing(tmp_path, in_this_process)
    assert run.arrived
    assert len(run.clicks) <= 13, run.clicks
    assert len(run.commands) == 5
