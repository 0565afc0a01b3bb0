"""The token bucket, learned from 429 answers."""

from __future__ import annotations

import pytest

from tests.provisioning.virtual_time import VirtualTime
from vestibule.provisioning.pace import Pace


async def _send(pace: Pace, time: VirtualTime, count: int, *, each: float = 0.0) -> float:
    began = time.now()
    for _ in range(count):
        await pace.turn()
        time.pass_(seconds=each)
        pace.told(200)
    return (time.now() - began).total_seconds()


async def test_nothing_is_held_back_until_the_first_429() -> None:
    time = VirtualTime()
    assert await _send(Pace(time), time, 1000) == 0


async def test_after_a_429_it_goes_at_four_fifths_of_what_was_borne() -> None:
    time = VirtualTime()
    pace = Pace(time)
    await _send(pace, time, 100, each=0.1)
    pace.told(429)
    assert pace.per_second == pytest.approx(8)
    assert await _send(pace, time, 80) == pytest.approx(10, abs=1)


async def test_429s_of_one_moment_count_once_and_later_ones_again() -> None:
    time = VirtualTime()
    pace = Pace(time)
    await _send(pace, time, 100, each=0.1)
    for _ in range(8):
        pace.told(429)
    assert pace.per_second == pytest.approx(8)
    await _send(pace, time, 40)
    pace.told(429)
    assert 4 < pace.per_second < 8


async def test_it_recovers_where_nobody_complains() -> None:
    time = VirtualTime()
    pace = Pace(time, 10)
    await _send(pace, time, 1000)
    assert pace.per_second > 15


async def test_what_was_measured_is_a_rate_only_after_some_requests() -> None:
    time = VirtualTime()
    pace = Pace(time)
    await _send(pace, time, 10, each=0.1)
    assert pace.measured() == 0
    await _send(pace, time, 30, each=0.1)
    assert pace.measured() == pytest.approx(10)
