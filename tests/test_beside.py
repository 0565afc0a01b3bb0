"""Rounds beside the requests: a fault ends a round, never the work."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from vestibule.beside import Rounds
from vestibule.refused import Refused
from vestibule.scim.errors import Unavailable


class Sweeper(Rounds):
    work = "sweeping the yard"
    every_seconds = 0.0
    first_after_seconds = 0.0

    def __init__(self, *outcomes: int | Exception) -> None:
        self.outcomes = list(outcomes)
        self.told: list[int] = []
        self.came_to_an_end = asyncio.Event()

    async def round(self) -> int:
        if not self.outcomes:
            self.came_to_an_end.set()
            await asyncio.sleep(3600)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def tell(self, done: int) -> None:
        self.told.append(done)


async def run(*outcomes: int | Exception) -> tuple[Sweeper, list[dict[str, object]]]:
    sweeper = Sweeper(*outcomes)
    with capture_logs() as logs:
        sweeper.start()
        await asyncio.wait_for(sweeper.came_to_an_end.wait(), 10)
        await sweeper.stop()
    return sweeper, [dict(log) for log in logs]


async def test_after_an_unforeseen_fault_the_next_round_comes_and_its_text_is_in_no_log() -> None:
    sweeper, logs = await run(1, ValueError("mia@example.com"), 2)
    assert sweeper.told == [1, 2]
    [log] = logs
    assert log["log_level"] == "error"
    assert (log["work"], log["fault"]) == ("sweeping the yard", "ValueError")
    assert str(log["place"]).startswith("test_beside.py:")
    assert "mia" not in str(log)


@pytest.mark.parametrize("fault", [Unavailable("The disk is full."), Refused("The key is missing.")])
async def test_what_the_store_or_a_rule_says_is_logged_with_its_reason(fault: Exception) -> None:
    sweeper, logs = await run(fault, 3)
    assert sweeper.told == [3]
    [log] = logs
    assert log["log_level"] == "warning"
    assert log["reason"] in ("The disk is full.", "The key is missing.")


async def test_it_ends_in_the_middle_of_a_round_and_can_be_started_again() -> None:
    sweeper = Sweeper()
    sweeper.start()
    await asyncio.wait_for(sweeper.came_to_an_end.wait(), 10)
    await sweeper.stop()
    sweeper.came_to_an_end.clear()
    sweeper.start()
    await asyncio.wait_for(sweeper.came_to_an_end.wait(), 10)
    await sweeper.stop()
