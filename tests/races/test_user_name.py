"""Thirty-two writers and one name."""

from __future__ import annotations

import random

import pytest

from tests.database import STORES
from tests.served import Hand, at_once, person

pytestmark = pytest.mark.parametrize("server", STORES, indirect=True)
_NAME = "Ærica.Strøm-O’Neill@people.example"


def _in_some_case(seed: int) -> str:
    dice = random.Random(seed)
    return "".join(letter.upper() if dice.random() < 0.5 else letter.lower() for letter in _NAME)


@pytest.mark.requirement("R38", "R74", "R98")
@pytest.mark.parametrize("round_", range(5))
def test_one_of_32_posts_of_a_name_in_mixed_case_is_created(hand: Hand, round_: int) -> None:
    names = [_in_some_case(round_ * 100 + number) for number in range(32)]
    answers = at_once(hand.port, [hand.wire("POST", "/Users", person(name)) for name in names])

    assert sorted(answer.status for answer in answers) == [201] + [409] * 31
    assert {answer.json["scimType"] for answer in answers if answer.status == 409} == {"uniqueness"}
    created = next(answer.json for answer in answers if answer.status == 201)
    found = hand("GET", "/Users").json
    assert [user["id"] for user in found["Resources"]] == [created["id"]]
    assert found["totalResults"] == 1


@pytest.mark.requirement("R38", "R74")
def test_one_of_32_renames_to_one_name_succeeds(hand: Hand) -> None:
    ids = [hand.create(f"before.{number}@people.example") for number in range(32)]
    wires = [
        hand.wire("PUT", f"/Users/{user_id}", person(_in_some_case(number)))
        for number, user_id in enumerate(ids)
    ]
    statuses = sorted(answer.status for answer in at_once(hand.port, wires))

    assert statuses == [200] + [409] * 31


@pytest.mark.requirement("R163")
def test_a_name_is_free_once_its_person_is_deleted(hand: Hand) -> None:
    user_id = hand.create(_NAME)
    assert hand("DELETE", f"/Users/{user_id}").status == 204
    answers = at_once(hand.port, [hand.wire("POST", "/Users", person(_in_some_case(n))) for n in range(32)])

    assert sorted(answer.status for answer in answers) == [201] + [409] * 31
