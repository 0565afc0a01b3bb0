"""The rate that a receiving end takes is kept, with a burst after a pause."""

from __future__ import annotations

from vestibule.connectors.scim.rate import Rate


class Clock:
    """A clock that a wait moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def turns(rate: Rate, clock: Clock, count: int) -> list[float]:
    begun = clock.now
    found = []
    for _ in range(count):
        await rate.turn()
        found.append(round(clock.now - begun, 6))
    return found


async def test_one_after_the_other_at_the_rate() -> None:
    clock = Clock()
    rate = Rate(2, clock=clock, sleep=clock.sleep)
    assert await turns(rate, clock, 4) == [0.0, 0.5, 1.0, 1.5]


async def test_after_a_pause_a_burst_and_no_more() -> None:
    clock = Clock()
    rate = Rate(2, 3, clock=clock, sleep=clock.sleep)
    assert await turns(rate, clock, 3) == [0.0, 0.5, 1.0]
    clock.now += 60
    assert await turns(rate, clock, 5) == [0.0, 0.0, 0.0, 0.5, 1.0]


async def test_without_a_rate_nobody_waits() -> None:
    clock = Clock()
    assert await turns(Rate(0, clock=clock, sleep=clock.sleep), clock, 9) == [0.0] * 9
