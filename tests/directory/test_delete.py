"""DELETE: 404 and free names at once; a new id afterwards, or the same row revived."""

from __future__ import annotations

import pytest

from tests import cast
from tests.directory.acting import id_of, made, refusal
from tests.directory.products import PLAIN, SIGNING
from tests.directory.world import ENTRA, World
from vestibule.directory.resource import Access, State
from vestibule.profiles.profile import ApplicationProfile


@pytest.mark.requirement("R160", "R161")
@pytest.mark.parametrize("profile", [PLAIN, SIGNING], ids=lambda p: p.name)
def test_after_a_delete_everything_is_404(profile: ApplicationProfile) -> None:
    world = World(profile)
    person = id_of(world.post(cast.hanako()))
    change = world.delete(person)
    assert (change.answer.status, change.answer.resource) == (204, None)
    assert [event.type for event in change.events] == ["user.deleted", "access.ended"]
    assert change.leavers == (person,)
    held = world.writes[person].resource
    assert (held.state, held.access, held.active) == (State.TOMBSTONE, Access.ENDED, False)
    for again in (
        world.delete(person),
        world.put(person, cast.hanako()),
        world.patch(person, {"op": "replace", "value": {"active": True}}),
    ):
        assert refusal(again)[0] == 404


@pytest.mark.requirement("R26", "R163")
def test_tombstone_a_later_post_makes_a_new_id() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    world.delete(person)
    again = world.post(cast.hanako())
    assert made(again).id != person
    assert world.resource(made(again).id).external_id == "00u1hanako"
    assert [event.type for event in again.events] == ["user.created"]


def test_inactivate_a_later_post_revives_the_row_with_its_data() -> None:
    world = World(SIGNING)
    person = id_of(
        world.post(
            cast.hanako(
                title="Engineer",
                userType="Manager",
                name={"givenName": "花子", "familyName": "佐藤", "middleName": "M"},
            )
        )
    )
    world.delete(person)
    change = world.post(cast.hanako(userName="Hanako.SATO@corp.test", nickName="Hana", externalId="00u1new"))
    assert change.answer.status == 201
    assert (made(change).id, made(change).version, made(change).role) == (person, 3, "Manager")
    assert made(change).access is Access.GRANTED
    document = world.get(person)
    assert (document["title"], document["nickName"], document["externalId"]) == (
        "Engineer",
        "Hana",
        "00u1new",
    )
    assert document["name"]["middleName"] == "M"
    assert [event.type for event in change.events] == ["user.reactivated", "access.granted"]
    assert change.explanation.rule == "revived"


def test_inactivate_another_name_is_another_person() -> None:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako()))
    world.delete(person)
    assert made(world.post(cast.zoe(externalId="00u1hanako"))).id != person


def test_memberships_of_a_tombstone_stay_unseen_and_come_back() -> None:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako()))
    group = id_of(world.post(cast.sales(person)))
    gone = world.delete(person)
    assert [event.type for event in gone.events][-1] == "team.member_removed"
    assert world.shown_members(group) == []
    assert world.resource(group).version == 2
    back = world.post(cast.hanako())
    assert [event.type for event in back.events][-1] == "team.member_added"
    assert world.shown_members(group) == [person]
    assert world.resource(group).version == 3


def test_the_external_ids_of_both_connections_are_free() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    world.put(person, cast.hanako(externalId="entra-1"), connection=ENTRA)
    world.delete(person, connection=ENTRA)
    assert world.external_ids == {}


@pytest.mark.requirement("R162")
def test_a_group_goes_and_its_people_stay() -> None:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako()))
    group = id_of(world.post(cast.sales(person)))
    parent = id_of(world.post(cast.group("All", group)))
    change = world.delete(group)
    assert [event.type for event in change.events] == ["team.deleted", "team.member_removed"]
    assert world.shown_members(parent) == []
    assert world.get(person)["active"] is True
    again = world.post(cast.sales())
    assert made(again).id != group


def test_a_group_deleted_meanwhile_takes_no_member() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    group = id_of(world.post(cast.sales()))
    request = world.patch_request(group, {"op": "add", "path": "members", "value": [{"value": person}]})
    change = world.decided(request)
    world.delete(group)
    assert world.commit(change, request).answer.status == 404
