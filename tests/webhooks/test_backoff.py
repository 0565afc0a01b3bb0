"""When to try again: tables of moments."""

from __future__ import annotations

import pytest

from vestibule.webhooks.backoff import (
    DELAYS,
    MOST_ATTEMPTS,
    OPENS_AT,
    delay_after,
    probe_after,
    wait_asked_for,
)

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


def never() -> float:
    return 0.0


def test_the_delays_are_the_standards() -> None:
    assert [delay_after(attempts, never) for attempts in range(1, MOST_ATTEMPTS)] == list(DELAYS)
    assert sum(DELAYS) == 75 * 3600 + 35 * 60 + 5


def test_jitter_only_makes_it_later_and_by_a_fifth_at_most() -> None:
    assert delay_after(2, lambda: 0.5) == pytest.approx(330)
    assert delay_after(2, lambda: 0.999) < 360


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 5), (6, 30), (7, 60), (8, 300), (11, 3600), (500, 3600)]
)
def test_an_endpoint_that_takes_nothing_is_asked_ever_more_rarely(failures: int, seconds: float) -> None:
    assert OPENS_AT == 5
    assert probe_after(failures, never) == seconds


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        pytest.param(503, "120", 120, id="seconds"),
        pytest.param(500, "Fri, 15 Jan 2027 08:02:00 GMT", 120, id="a date"),
        pytest.param(503, "Fri, 15 Jan 2027 07:00:00 GMT", 0, id="a date that is over"),
        pytest.param(429, "", 5, id="too many requests, without saying how long"),
        pytest.param(504, "soon", 5, id="no time at all"),
        pytest.param(500, "", 0, id="nothing asked"),
        pytest.param(None, "", 0, id="no answer"),
        pytest.param(429, "999999999999", 86_400, id="a day at most"),
        pytest.param(429, "-5", 5, id="a negative number is no time"),
        pytest.param(429, "１２０", 5, id="digits of another script"),
    ],
)
def test_what_an_answer_asks_for_is_heard(status: int | None, header: str, seconds: float) -> None:
    assert wait_asked_for(status, header, NOW) == seconds
