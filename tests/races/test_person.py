"""Thirty-two connections and one person: nobody loses, nobody is sent away."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.servers import Vestibule
from tests.database import STORES
from tests.served import Hand, events_of, patch, side_by_side

pytestmark = pytest.mark.parametrize("server", STORES, indirect=True)
_LANES = 32
_EACH = 6


def test_32_connections_patching_one_person(hand: Hand, server: Vestibule) -> None:
    user_id = hand.create("popular@people.example", title="before")
    scripts = [
        [
            hand.wire(
                "PATCH",
                f"/Users/{user_id}",
                patch({"op": "replace", "path": "title", "value": f"lane {lane} step {step}"}),
            )
            for step in range(_EACH)
        ]
        for lane in range(_LANES)
    ]
    answers = side_by_side(hand.port, scripts)

    assert {answer.status for lane in answers for answer in lane} == {200}
    versions = [answer.json["meta"]["version"] for lane in answers for answer in lane]
    assert sorted(versions, key=_number) == [f'W/"{2 + n}"' for n in range(_LANES * _EACH)], (
        "each has its own"
    )
    last = max(
        (answer.json for lane in answers for answer in lane),
        key=lambda user: _number(user["meta"]["version"]),
    )
    now = hand("GET", f"/Users/{user_id}").json
    assert now["title"] == last["title"]
    assert now["meta"]["version"] == last["meta"]["version"]
    titles = _titles_in_events(server, user_id)
    assert len(titles) == _LANES * _EACH
    assert all(first[1] == second[0] for first, second in pairwise(titles)), (
        "each event starts where the last ended"
    )
    assert titles[0][0] == "before"
    assert titles[-1][1] == now["title"]


def test_32_connections_patching_different_attributes(hand: Hand) -> None:
    user_id = hand.create("composite@people.example")
    emails = [f"address.{lane}@people.example" for lane in range(_LANES)]
    scripts = [
        [
            hand.wire(
                "PATCH",
                f"/Users/{user_id}",
                patch({"op": "add", "path": "emails", "value": [{"value": email, "type": "other"}]}),
            )
        ]
        for email in emails
    ]
    answers = side_by_side(hand.port, scripts)

    assert {answer.status for lane in answers for answer in lane} == {200}
    held = {email["value"] for email in hand("GET", f"/Users/{user_id}").json["emails"]}
    assert held == {"composite@people.example", *emails}


@pytest.mark.requirement("R175")
def test_if_match_lets_one_of_32_win(hand: Hand) -> None:
    user_id = hand.create("guarded@people.example")
    scripts = [
        [
            hand.wire(
                "PATCH",
                f"/Users/{user_id}",
                patch({"op": "replace", "path": "title", "value": f"lane {lane}"}),
                {"If-Match": 'W/"1"'},
            )
        ]
        for lane in range(_LANES)
    ]
    statuses = sorted(lane[0].status for lane in side_by_side(hand.port, scripts))

    assert statuses == [200] + [412] * (_LANES - 1)


def _number(etag: str) -> int:
    return int(etag[3:-1])


def _titles_in_events(server: Vestibule, user_id: str) -> list[tuple[str, str]]:
    """(before, after) of the title in the person's events, in order, as another process reads them."""
    updates = [event for event in events_of(server, user_id) if event.type == "user.updated"]
    return [(event.payload["title"][0], event.payload["title"][1]) for event in updates if event.payload]
