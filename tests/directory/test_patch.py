"""PATCH: Okta's and Entra's forms, atomicity, and what changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import cast
from tests.directory.acting import did_nothing, id_of, made, refusal
from tests.directory.products import OFFICE, PLAIN
from tests.directory.world import World
from vestibule.directory.request import Patch

DEACTIVATE = {"op": "replace", "value": {"active": False}}
ACTIVATE = {"op": "replace", "value": {"active": True}}


@pytest.fixture
def world() -> World:
    return World(PLAIN)


@pytest.fixture
def person(world: World) -> str:
    return id_of(world.post(cast.hanako()))


def test_okta_deactivates_and_activates(world: World, person: str) -> None:
    change = world.patch(person, DEACTIVATE)
    assert change.answer.status == 200
    assert (made(change).active, made(change).version) == (False, 2)
    assert world.rounds == 1
    assert made(world.patch(person, ACTIVATE)).active


@pytest.mark.requirement("R34")
def test_the_same_again_changes_nothing(world: World, person: str) -> None:
    world.patch(person, DEACTIVATE)
    change = world.patch(person, DEACTIVATE)
    assert did_nothing(change)
    assert made(change).version == 2


@pytest.mark.requirement("R148")
def test_a_bad_operation_undoes_the_good_ones(world: World, person: str) -> None:
    before = world.get(person)
    change = world.patch(
        person,
        {"op": "replace", "path": "title", "value": "Boss"},
        {"op": "replace", "path": "active", "value": 7},
    )
    assert refusal(change)[0] == 400
    assert world.get(person) == before


@pytest.mark.requirement("R154")
@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "userName"},
        {"op": "remove", "path": "name.familyName"},
        {"op": "remove", "path": "active"},
        {"op": "replace", "path": "active", "value": None},
        {"op": "replace", "path": "name.givenName", "value": ""},
    ],
    ids=lambda o: f"{o['op']}-{o['path']}",
)
def test_what_is_required_cannot_be_removed(operation: cast.Document) -> None:
    world = World(OFFICE)
    person = id_of(world.post(cast.hanako()))
    assert refusal(world.patch(person, operation))[0] == 400


def test_the_external_id_can_be_set_and_removed(world: World, person: str) -> None:
    world.patch(person, {"op": "replace", "path": "externalId", "value": "00u9"})
    assert world.resource(person).external_id == "00u9"
    change = world.patch(person, {"op": "remove", "path": "externalId"})
    assert world.resource(person).external_id is None
    assert made(change).version == 3


def test_a_rename_clash_is_409(world: World, person: str) -> None:
    world.post(cast.zoe())
    change = world.patch(person, {"op": "replace", "path": "userName", "value": "ZOË.brontë@corp.test"})
    assert refusal(change)[:2] == (409, "uniqueness")


def test_a_pre_existing_fault_never_stops_a_deactivation() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.prince(userName="prince")))
    world.profile = OFFICE
    assert made(world.patch(person, DEACTIVATE)).active is False


def test_32_writers_of_one_person_all_succeed(world: World, person: str) -> None:
    requests = [
        world.patch_request(person, {"op": "replace", "path": path, "value": str(n)})
        for n, path in enumerate(["title", "nickName", "locale", "userType"] * 8)
    ]
    decided = [(world.decided(request), request) for request in requests]
    statuses = {world.commit(change, request).answer.status for change, request in decided}
    assert statuses == {200}
    assert world.resource(person).version == 33


@pytest.mark.requirement("R175")
def test_if_match_holds_against_a_writer_in_between(world: World, person: str) -> None:
    request = world.patch_request(person, {"op": "replace", "path": "title", "value": "A"}, if_match='W/"1"')
    change = world.decided(request)
    world.patch(person, {"op": "replace", "path": "title", "value": "B"})
    assert world.commit(change, request).answer.status == 412
    assert world.get(person)["title"] == "B"


@pytest.mark.requirement("R175")
def test_if_match_holds_for_members_too(world: World, person: str) -> None:
    group = id_of(world.post(cast.sales()))
    add = {"op": "add", "path": "members", "value": [{"value": person}]}
    request = world.patch_request(group, add, if_match='W/"1"')
    change = world.decided(request)
    world.patch(group, {"op": "replace", "value": {"displayName": "Other"}})
    assert world.commit(change, request).answer.status == 412
    assert world.shown_members(group) == []


def test_okta_repeats_the_group_name_with_every_membership(world: World, person: str) -> None:
    group = id_of(world.post(cast.sales()))
    change = world.patch(
        group,
        {"op": "replace", "value": {"id": group, "displayName": "Sales EMEA"}},
        {"op": "add", "path": "members", "value": [{"value": person, "display": "x"}]},
    )
    assert not change.resources
    assert world.event_types()[-1] == "team.member_added"


@pytest.mark.requirement("R149")
def test_a_group_patch_answers_204_unless_attributes_are_asked_for(world: World) -> None:
    group = id_of(world.post(cast.sales()))
    request = world.patch_request(group, {"op": "replace", "value": {"displayName": "Ops"}})
    assert world.decided(request).answer.status == 200
    quiet = replace(request, wants_body=False)
    assert world.decided(quiet).answer.status == 204
    assert world.decided(quiet).answer.resource is None


def test_an_unknown_group_is_404(world: World) -> None:
    assert refusal(world.do(Patch("Group", "nothing", ())))[0] == 404
