"""Adds and removes commute: overlapping PATCHes of one group all succeed and all hold."""

from __future__ import annotations

import pytest

from tests.database import STORES
from tests.served import GROUP, Hand, at_once, patch, side_by_side

pytestmark = pytest.mark.parametrize("server", STORES, indirect=True)
_LANES = 32
_EACH = 6


def _add(hand: Hand, group_id: str, *user_ids: str) -> bytes:
    members = [{"value": user_id} for user_id in user_ids]
    return hand.wire(
        "PATCH", f"/Groups/{group_id}", patch({"op": "add", "path": "members", "value": members})
    )


def _remove(hand: Hand, group_id: str, user_id: str) -> bytes:
    operation = {"op": "remove", "path": f'members[value eq "{user_id}"]'}
    return hand.wire("PATCH", f"/Groups/{group_id}", patch(operation))


@pytest.mark.requirement("R51")
def test_32_connections_adding_and_removing_members_of_one_group(hand: Hand) -> None:
    wires = [
        hand.wire("POST", "/Users", {"schemas": [], "userName": f"member.{number}@people.example"})
        for number in range(_LANES * _EACH)
    ]
    ids = [str(answer.json["id"]) for answer in at_once(hand.port, wires)]
    own = [ids[lane * _EACH : (lane + 1) * _EACH] for lane in range(_LANES)]
    leavers = [ids[lane * _EACH] for lane in range(_LANES)]
    group_id = hand.create_group("Everybody at once", leavers)

    scripts = []
    for mine in own:
        first, second, third, fourth, fifth, sixth = mine
        scripts.append(
            [
                _add(hand, group_id, second),
                _remove(hand, group_id, first),
                _add(hand, group_id, third, fourth),
                _remove(hand, group_id, third),
                _add(hand, group_id, third, fifth),
                _add(hand, group_id, sixth),
                _remove(hand, group_id, fourth),
            ]
        )
    answers = side_by_side(hand.port, scripts)

    assert {answer.status for lane in answers for answer in lane} == {204}
    expected = {user_id for mine in own for user_id in (mine[1], mine[2], mine[4], mine[5])}
    held = hand.member_ids(group_id)
    assert len(held) == len(set(held))
    assert set(held) == expected
    version = hand("GET", f"/Groups/{group_id}?excludedAttributes=members").json["meta"]["version"]
    assert version == f'W/"{1 + sum(len(script) for script in scripts)}"'


@pytest.mark.requirement("R152")
def test_32_connections_adding_the_same_person(hand: Hand) -> None:
    user_id = hand.create("wanted@people.example")
    group_id = hand.create_group("One place")
    answers = at_once(hand.port, [_add(hand, group_id, user_id)] * _LANES)

    assert {answer.status for answer in answers} == {204}
    assert hand.member_ids(group_id) == [user_id]
    version = hand("GET", f"/Groups/{group_id}").json["meta"]["version"]
    assert version == 'W/"2"', "an add of somebody who is there changes nothing"


def test_32_connections_removing_the_same_person(hand: Hand) -> None:
    user_id, stays = hand.create("unwanted@people.example"), hand.create("stays@people.example")
    group_id = hand.create_group("One place less", [user_id, stays])
    answers = at_once(hand.port, [_remove(hand, group_id, user_id)] * _LANES)

    assert {answer.status for answer in answers} == {204}
    assert hand.member_ids(group_id) == [stays]


def test_deleting_people_while_they_are_added(hand: Hand) -> None:
    ids = [hand.create(f"brief.{number}@people.example") for number in range(16)]
    group_id = hand.create_group("Coming and going")
    adds = [_add(hand, group_id, user_id) for user_id in ids]
    deletes = [hand.wire("DELETE", f"/Users/{user_id}") for user_id in ids]
    wires = [wire for pair in zip(adds, deletes, strict=True) for wire in pair]
    answers = at_once(hand.port, wires)

    assert {answer.status for answer in answers} == {204}
    assert hand.member_ids(group_id) == []


@pytest.mark.requirement("R158", "R82")
@pytest.mark.parametrize("verb", ["PATCH", "PUT"])
def test_of_many_who_say_the_whole_at_once_one_is_right(hand: Hand, verb: str) -> None:
    people = [hand.create(f"whole.{verb}.{number}@people.example".lower()) for number in range(8)]
    group_id = hand.create_group(f"Whole by {verb}")
    wires = [_whole(hand, verb, group_id, user_id) for user_id in people]
    for _ in range(4):
        answers = at_once(hand.port, wires)
        assert {answer.status for answer in answers} <= {200, 204}
        assert len(hand.member_ids(group_id)) == 1


def _whole(hand: Hand, verb: str, group_id: str, user_id: str) -> bytes:
    members = [{"value": user_id}]
    body: dict[str, object] = {"schemas": [GROUP], "displayName": "Whole by PUT", "members": members}
    if verb == "PATCH":
        body = patch({"op": "replace", "path": "members", "value": members})
    return hand.wire(verb, f"/Groups/{group_id}", body)
