"""PUT: what an absent key means, what null means, and what is never an error."""

from __future__ import annotations

import pytest

from tests import cast
from tests.cast import ENTERPRISE_USER
from tests.directory.acting import did_nothing, id_of, made, refusal
from tests.directory.products import OFFICE, PLAIN, SIGNING
from tests.directory.world import ENTRA, World
from vestibule.profiles.profile import ApplicationProfile

RICH = {
    "title": "Engineer",
    "nickName": "Hana",
    "name": {"givenName": "花子", "familyName": "佐藤", "middleName": "M"},
    "roles": [],
    ENTERPRISE_USER: {"department": "Sales", "costCenter": "C1"},
}


def world_with(**more: object) -> tuple[World, str]:
    world = World(PLAIN)
    return world, id_of(world.post(cast.hanako(**{**RICH, **more})))


@pytest.mark.requirement("R32", "R34", "R137", "K6")
@pytest.mark.parametrize("profile", [PLAIN, OFFICE, SIGNING], ids=lambda p: p.name)
def test_the_own_get_answer_changes_nothing(profile: ApplicationProfile) -> None:
    world = World(profile)
    person = id_of(world.post(cast.hanako()))
    echoed = {**world.get(person), "meta": {"version": 'W/"9"'}, "groups": [{"value": "g"}]}
    change = world.put(person, echoed)
    assert change.answer.status == 200
    assert made(change).version == 1
    assert did_nothing(change)


@pytest.mark.requirement("R135", "K6")
@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("title", None),
        ("nickName", "Hana"),
        ("active", True),
        ("externalId", "00u1hanako"),
        ("locale", None),
        (f"{ENTERPRISE_USER}.department", None),
        (f"{ENTERPRISE_USER}.costCenter", "C1"),
        ("name.middleName", "M"),
    ],
)
def test_an_absent_key_clears_what_the_client_owns_only(path: str, after: object) -> None:
    world, person = world_with()
    sent = cast.hanako()
    for key in ("active", "externalId", "locale"):
        del sent[key]
    world.put(person, sent)
    found: object = world.get(person)
    for key in path.rsplit(".", 1) if path.startswith("urn:") else path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    assert found == after


_CLEARED = ("nickName", "title", "externalId", "emails", ENTERPRISE_USER)
_EMPTY = {"null": None, "array": [], "text": ""}


@pytest.mark.requirement("R17", "R135")
@pytest.mark.parametrize(
    ("key", "empty"),
    [
        pytest.param(key, empty, id=f"{key}-{name}")
        for key in _CLEARED
        for name, empty in _EMPTY.items()
        if (key, name) != ("externalId", "array")  # single-valued: an array is a wrong type
    ],
)
def test_null_clears_either_owners(key: str, empty: object) -> None:
    world, person = world_with()
    change = world.put(person, {**world.get(person), key: empty})
    assert change.answer.status == 200
    assert key not in world.get(person)


def test_active_null_is_400() -> None:
    world, person = world_with()
    status, scim_type, detail = refusal(world.put(person, {**world.get(person), "active": None}))
    assert (status, scim_type) == (400, "invalidValue")
    assert "active" in detail


@pytest.mark.requirement("R138")
@pytest.mark.parametrize("key", ["userName", "name"])
def test_a_required_attribute_cannot_be_cleared(key: str) -> None:
    world = World(OFFICE)
    person = id_of(world.post(cast.hanako()))
    for sent in ({**world.get(person), key: None}, {k: v for k, v in world.get(person).items() if k != key}):
        assert refusal(world.put(person, sent))[0] == 400


def test_what_was_missing_or_wrong_before_is_no_error() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.prince(userName="prince", active=True)))
    world.profile = OFFICE
    change = world.put(person, {**world.get(person), "active": False})
    assert change.answer.status == 200
    assert not made(change).active


@pytest.mark.requirement("R139")
def test_a_rename_onto_somebody_is_409_and_onto_oneself_is_fine() -> None:
    world, person = world_with()
    other = id_of(world.post(cast.zoe()))
    clash = {**world.get(person), "userName": "zoë.brontë@CORP.test"}
    status, scim_type, detail = refusal(world.put(person, clash))
    assert (status, scim_type) == (409, "uniqueness")
    assert other in detail
    change = world.put(person, {**world.get(person), "userName": "Hanako.SATO@corp.test"})
    assert world.get(person)["userName"] == "Hanako.SATO@corp.test"
    assert made(change).user_name == "hanako.sato@corp.test"


@pytest.mark.requirement("R133")
def test_an_unknown_id_and_a_tombstone_are_404() -> None:
    world, person = world_with()
    sent = world.get(person)
    assert refusal(world.put("nobody", sent))[0] == 404
    world.delete(person)
    assert refusal(world.put(person, sent))[0] == 404


@pytest.mark.requirement("R175")
@pytest.mark.parametrize(
    ("header", "status"),
    [('W/"1"', 200), ('"1"', 200), ("*", 200), ('W/"7", W/"1"', 200), ('W/"2"', 412), ('"nonsense"', 412)],
)
def test_if_match(header: str, status: int) -> None:
    world, person = world_with()
    change = world.put(person, {**world.get(person), "title": "Boss"}, if_match=header)
    assert change.answer.status == status


def test_the_event_has_the_changed_paths_with_before_and_after() -> None:
    world, person = world_with()
    sent = {**world.get(person), "title": "Boss", ENTERPRISE_USER: {"department": "Ops", "costCenter": "C1"}}
    change = world.put(person, sent)
    assert [event.type for event in change.events] == ["user.updated"]
    assert change.events[0].payload == {
        "title": ["Engineer", "Boss"],
        f"{ENTERPRISE_USER}:department": ["Sales", "Ops"],
    }


def test_keys_are_written_only_where_they_change() -> None:
    world, person = world_with()
    change = world.put(person, {**world.get(person), "title": "Boss"})
    assert change.resources[0].keys is None
    emails = [*world.get(person)["emails"], {"value": "Second@corp.test", "type": "other"}]
    change = world.put(person, {**world.get(person), "emails": emails})
    assert change.resources[0].keys == (("emails.value", "second@corp.test"),)


def test_another_connections_external_id_is_its_own() -> None:
    world, person = world_with()
    change = world.put(person, {**world.get(person), "externalId": "entra-1"}, connection=ENTRA)
    assert made(change).connection == 1
    assert world.resource(person).external_id == "00u1hanako"
    assert world.resource(person, ENTRA).external_id == "entra-1"


@pytest.mark.requirement("R135")
def test_a_group_keeps_its_members_without_the_key_and_loses_them_by_null() -> None:
    world, person = world_with()
    group = id_of(world.post(cast.sales(person)))
    world.put(group, {"schemas": [cast.CORE_GROUP], "displayName": "Sales APAC"})
    assert world.shown_members(group) == [person]
    assert world.event_types()[-1] == "team.renamed"
    world.put(group, cast.group("Sales APAC") | {"members": None})
    assert world.shown_members(group) == []


def test_a_groups_own_get_answer_changes_nothing() -> None:
    world, person = world_with()
    group = id_of(world.post(cast.sales(person)))
    change = world.put(group, world.get(group))
    assert did_nothing(change)
    assert made(change).version == 1


def test_a_group_renamed_onto_another_is_409_whoever_asks() -> None:
    world = World(PLAIN)
    group, other = id_of(world.post(cast.sales())), id_of(world.post(cast.group("Ops")))
    status, _, detail = refusal(world.put(group, cast.group("OPS"), connection=ENTRA))
    assert status == 409
    assert other in detail
