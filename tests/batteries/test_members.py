"""The battery of a large group, at a size for every run of the suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.population import Population
from tests.batteries.members import members_at_once
from tests.database import STORES, new_database


@pytest.mark.requirement("R51")
@pytest.mark.parametrize("store", STORES)
def test_whatever_was_acknowledged_holds(tmp_path: Path, store: str) -> None:
    place = new_database(tmp_path, store).environment
    population = Population(tmp_path, 800, place=place)
    population.start()
    try:
        population.load(lambda _tally, _users: None, chunk=800)
        outcome = members_at_once(population, turns=2, steps=6, say=lambda _: None)
    finally:
        population.server.stop()
    assert outcome.faults == ()
    assert outcome.changes > 2 * 2 * 32 * 6
