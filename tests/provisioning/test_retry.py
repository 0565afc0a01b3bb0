"""Whether and when to try again (W99, W100, W152)."""

from __future__ import annotations

import pytest

from vestibule.provisioning.connector import AlreadyThere, Busy, Failing, Failure, Refused, Unreachable
from vestibule.provisioning.retry import GiveUp, TryAgain, next_step, retry_after


@pytest.mark.parametrize(
    ("failure", "attempts", "step"),
    [
        pytest.param(Busy("429", 7), 1, TryAgain(7), id="Retry-After is obeyed"),
        pytest.param(Busy("429", 7), 2, TryAgain(14), id="every further 429 doubles"),
        pytest.param(Busy("429", None), 1, TryAgain(300), id="no hint: five minutes"),
        pytest.param(Busy("429", None), 3, TryAgain(1200), id="no hint, third"),
        pytest.param(Busy("429", 100_000), 1, TryAgain(100_000), id="a long hint is obeyed"),
        pytest.param(Unreachable("gone"), 1, TryAgain(1), id="network, first"),
        pytest.param(Failing("503", 9, 503), 2, TryAgain(9), id="5xx with a hint"),
        pytest.param(Failing("500"), 4, TryAgain(120), id="5xx, last wait"),
        pytest.param(Refused("400"), 1, GiveUp("400"), id="a refusal is final"),
        pytest.param(AlreadyThere("409"), 1, GiveUp("409"), id="a conflict is final"),
    ],
)
def test_next_step(failure: Failure, attempts: int, step: object) -> None:
    assert next_step(failure, attempts) == step


def test_the_tenth_429_gives_up() -> None:
    assert isinstance(next_step(Busy("429", 1), 9), TryAgain)
    assert next_step(Busy("429", 1), 10) == GiveUp("429 (10 attempts were made.)")


def test_a_lasting_5xx_gives_up() -> None:
    assert isinstance(next_step(Failing("500"), 5), GiveUp)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("5", 5), (" 5 ", 5), ("0", 0), ("5.5", None), ("-1", None), ("", None), (None, None), ("٥", None),
     ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("99999999999", None)],
)  # fmt: skip
def test_only_whole_seconds_are_read(header: str | None, seconds: int | None) -> None:
    assert retry_after(header) == seconds
