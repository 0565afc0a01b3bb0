"""Events taken back: how a resource was before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import ENTERPRISE_USER
from vestibule.directory.story import LoggedEvent
from vestibule.directory.undo import Erased, state_before


def event(payload: dict[str, Any] | None, type: str = "user.updated") -> LoggedEvent:
    return LoggedEvent(1, 1, "2026-01-01T00:00:00.000Z", type, "User", "u", 1, "r", {}, payload)


@pytest.mark.parametrize(
    ("now", "payload", "before"),
    [
        ({"title": "B"}, {"title": ["A", "B"]}, {"title": "A"}),
        ({"title": "B"}, {"title": [None, "B"]}, {}),
        ({}, {"name.givenName": ["Mika", None]}, {"name": {"givenName": "Mika"}}),
        ({"name": {"givenName": "Mika"}}, {"name.givenName": [None, "Mika"]}, {}),
        (
            {ENTERPRISE_USER: {"department": "B"}},
            {f"{ENTERPRISE_USER}:department": ["A", "B"]},
            {ENTERPRISE_USER: {"department": "A"}},
        ),
        ({ENTERPRISE_USER: {"department": "B"}}, {f"{ENTERPRISE_USER}:department": [None, "B"]}, {}),
        ({"title": "A"}, {"role": [None, "admin"]}, {"title": "A"}),
        ({"title": "A"}, {"before": "general", "after": "admin", "rule": "…"}, {"title": "A"}),
    ],
)
def test_one_event(now: dict[str, Any], payload: dict[str, Any], before: dict[str, Any]) -> None:
    assert state_before(now, [event(payload)]) == before


def test_the_newest_is_taken_back_first() -> None:
    assert state_before({"title": "C"}, [event({"title": ["A", "B"]}), event({"title": ["B", "C"]})]) == {
        "title": "A"
    }


def test_what_was_erased_nobody_knows() -> None:
    with pytest.raises(Erased):
        state_before({"title": "C"}, [event(None)])
