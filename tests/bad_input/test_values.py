"""Values that may not be: names taken, names that are no address, what a profile requires, unknown members."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.served import GROUP, Hand, patch, person


@pytest.fixture(scope="module")
def acall(new_hand: Callable[..., Hand]) -> Hand:
    """The product that wants e-mail addresses and names."""
    return new_hand("--profile", "acall")


ACALL_REFUSES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a user name that is no e-mail": ({"userName": "robin"}, ["userName", "robin", "e-mail"]),
    "no family name": ({"name": {"givenName": "Robin"}}, ["name.familyName"]),
    "no given name": ({"name": {"familyName": "Vale"}}, ["name.givenName"]),
    "an empty family name": ({"name": {"givenName": "Robin", "familyName": ""}}, ["name.familyName"]),
    "no name at all": ({"name": None}, ["name."]),
    "a role that is not allowed": (
        {"roles": [{"value": "emperor", "primary": True}]},
        ["emperor", "admin", "general"],
    ),
}


@pytest.mark.requirement("K8")
@pytest.mark.parametrize(("attributes", "named"), ACALL_REFUSES.values(), ids=ACALL_REFUSES.keys())
def test_acall_names_attribute_value_and_what_is_allowed(
    acall: Hand, attributes: dict[str, Any], named: list[str]
) -> None:
    body = person(f"{secrets.token_hex(4)}@people.example", **{**attributes})
    answer = acall("POST", "/Users", body)
    assert answer.status == 400, answer
    assert answer.json["scimType"] == "invalidValue"
    for word in named:
        assert word in answer.json["detail"]


@pytest.mark.requirement("R37")
def test_a_missing_user_name_is_named(hand: Hand) -> None:
    answer = hand("POST", "/Users", person("x@people.example", userName=None))
    assert answer.status == 400
    assert answer.json["scimType"] == "invalidValue"
    assert "userName" in answer.json["detail"]


@pytest.mark.requirement("R38", "R98", "R179")
@pytest.mark.parametrize("second", ["twin@people.example", "TWIN@People.Example", "ｔｗｉｎ@people.example"])
def test_a_user_name_that_is_taken_gets_409(hand: Hand, second: str) -> None:
    hand("POST", "/Users", person("twin@people.example"))
    answer = hand("POST", "/Users", person(second))
    assert answer.status == 409
    assert answer.json["scimType"] == "uniqueness"
    assert "userName" in answer.json["detail"]


def test_a_group_name_that_is_taken_gets_409_naming_the_group(hand: Hand) -> None:
    group_id = hand.create_group("Taken")
    answer = hand("POST", "/Groups", {"schemas": [GROUP], "displayName": "TAKEN"})
    assert answer.status == 409
    assert answer.json["scimType"] == "uniqueness"
    assert group_id in answer.json["detail"]


@pytest.mark.requirement("R52", "K12")
def test_unknown_members_are_kept_and_not_shown(hand: Hand) -> None:
    group_id = hand.create_group("Waiting room")
    add = patch({"op": "add", "path": "members", "value": [{"value": "later@people.example"}]})
    assert hand("PATCH", f"/Groups/{group_id}", add).status == 204
    assert hand.member_ids(group_id) == []
    user_id = hand.create("later@people.example")
    assert hand.member_ids(group_id) == [user_id]


@pytest.mark.requirement("R34", "R152")
def test_a_member_twice_and_one_who_is_not_there_change_nothing(hand: Hand) -> None:
    user_id, other = hand.create("once@people.example"), hand.create("never@people.example")
    group_id = hand.create_group("Once", [user_id])
    before = hand("GET", f"/Groups/{group_id}").json
    twice = patch({"op": "add", "path": "members", "value": [{"value": user_id}, {"value": user_id}]})
    absent = patch({"op": "remove", "path": f'members[value eq "{other}"]'})
    for body in (twice, absent):
        assert hand("PATCH", f"/Groups/{group_id}", body).status == 204
    assert hand("GET", f"/Groups/{group_id}").json == before


def test_more_than_1000_unknown_members_are_refused_with_the_count(hand: Hand) -> None:
    group_id = hand.create_group("Crowd")
    values = [{"value": f"nobody.{number}@people.example"} for number in range(1001)]
    answer = hand("PATCH", f"/Groups/{group_id}", patch({"op": "add", "path": "members", "value": values}))
    assert answer.status == 400
    assert "1001" in answer.json["detail"].replace(",", "")
    fewer = patch({"op": "add", "path": "members", "value": values[:1000]})
    assert hand("PATCH", f"/Groups/{group_id}", fewer).status == 204
