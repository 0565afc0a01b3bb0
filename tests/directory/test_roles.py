"""Roles are explained: which source decided, what was ignored, and what is an error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import cast
from tests.directory.acting import did_nothing, id_of, made, refusal
from tests.directory.products import OFFICE, SIGNING
from tests.directory.world import World
from vestibule.directory.facts import TenantRoles
from vestibule.profiles.profile import ApplicationProfile, Role


def roles(*values: object) -> list[object]:
    return [v if isinstance(v, dict) else {"value": v} for v in values]


ADMIN = {"value": "Admin", "primary": True}


@pytest.mark.parametrize(
    ("profile", "sent", "role", "rule"),
    [
        (SIGNING, {}, "User", "default role"),
        (SIGNING, {"userType": "Manager"}, "Manager", "userType decides"),
        (SIGNING, {"userType": "mAnAgEr"}, "Manager", "userType decides"),
        (SIGNING, {"userType": "Manager", "roles": roles("Administrator")}, "Manager", "userType decides"),
        (SIGNING, {"userType": "Manager", "roles": roles("stray", "things")}, "Manager", "userType decides"),
        (SIGNING, {"roles": roles("manager")}, "Manager", "roles.value decides"),
        (
            SIGNING,
            {"roles": roles("User", {"value": "ADMINISTRATOR", "primary": True})},
            "Administrator",
            "roles[primary eq true].value decides",
        ),
        (OFFICE, {}, "general", "default role"),
        (OFFICE, {"roles": [ADMIN]}, "admin", "roles[primary eq true].value decides"),
        (OFFICE, {"roles": roles("ADMIN")}, "admin", "roles.value decides"),
        (OFFICE, {"roles": roles("admin", {"value": "Admin", "type": "x"})}, "admin", "roles.value decides"),
        (OFFICE, {"roles": []}, "general", "default role"),
        (OFFICE, {"userType": "whatever"}, "general", "default role"),
    ],
)
def test_the_first_source_with_a_value_decides(
    profile: ApplicationProfile, sent: dict[str, object], role: str, rule: str
) -> None:
    change = World(profile).post(cast.hanako(**sent))
    assert made(change).role == role
    assert change.explanation.role is not None
    assert change.explanation.role["rule"] == rule


@pytest.mark.parametrize(
    ("profile", "sent", "named"),
    [
        (SIGNING, {"userType": "Boss"}, ["userType", '"Boss"', '"Administrator", "Manager", "User"']),
        (SIGNING, {"roles": roles("Boss")}, ["roles.value", '"Boss"', '"Manager"']),
        (OFFICE, {"roles": [{"value": "superuser", "primary": True}]}, ["superuser", '"admin", "general"']),
        (OFFICE, {"roles": roles("admin", "general")}, ["several", "admin", "general"]),
        (OFFICE, {"roles": roles("admin", "stray")}, ["stray"]),
    ],
    ids=["user-type", "roles", "primary", "several", "one-unknown"],
)
def test_an_unknown_deciding_value_names_what_is_allowed(
    profile: ApplicationProfile, sent: dict[str, object], named: list[str]
) -> None:
    status, scim_type, detail = refusal(World(profile).post(cast.hanako(**sent)))
    assert (status, scim_type) == (400, "invalidValue")
    assert [word for word in named if word not in detail] == []


def test_what_was_ignored_is_noted_with_its_cure() -> None:
    change = World(SIGNING).post(cast.hanako(userType="Manager", roles=roles("Administrator")))
    assert any("remove the attribute roles" in note for note in change.explanation.notes)
    assert change.explanation.role is not None
    assert change.explanation.role["ignored"]["roles.value"] == "userType comes first"
    assert change.explanation.role["sent"]["roles.value"] == ["Administrator"]


def test_who_says_the_same_twice_gets_no_note() -> None:
    change = World(SIGNING).post(cast.hanako(userType="Manager", roles=roles("MANAGER")))
    assert not change.explanation.notes


@pytest.mark.parametrize(
    ("profile", "sent", "kept"),
    [
        (SIGNING, {"userType": "mAnAgEr"}, {"userType": "Manager"}),
        (
            OFFICE,
            {"roles": [{**ADMIN, "type": "x"}]},
            {"roles": [{"value": "admin", "type": "x", "primary": True}]},
        ),
        (SIGNING, {"userType": "User", "roles": roles("mixed Case")}, {"roles": [{"value": "mixed Case"}]}),
    ],
    ids=["user-type", "role", "ignored-stays-as-sent"],
)
def test_the_document_has_the_canonical_spelling(
    profile: ApplicationProfile, sent: dict[str, object], kept: dict[str, object]
) -> None:
    world = World(profile)
    document = world.get(id_of(world.post(cast.hanako(**sent))))
    assert {key: document[key] for key in kept} == kept


def test_the_clients_spelling_again_changes_nothing() -> None:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako(userType="manager")))
    assert did_nothing(world.put(person, cast.hanako(userType="MANAGER")))


def test_a_changed_role_is_an_event_of_its_own() -> None:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako(userType="Manager")))
    change = world.patch(person, {"op": "replace", "path": "userType", "value": "user"})
    assert [event.type for event in change.events] == ["user.updated", "user.role_changed"]
    assert change.events[1].payload == {"before": "Manager", "after": "User", "rule": "userType decides"}


def test_an_unrelated_write_asks_for_no_roles() -> None:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako(userType="Manager")))
    change = world.patch(person, {"op": "replace", "value": {"active": False}})
    assert made(change).role == "Manager"
    assert not [key for key in world.asked if isinstance(key, TenantRoles)]


def test_a_tenants_own_role_counts_and_keeps_the_profiles_default() -> None:
    world = World(SIGNING)
    world.roles = (Role("Auditor", ("read",)), Role("user", ("less",)))
    assert made(world.post(cast.hanako(userType="AUDITOR"))).role == "Auditor"
    assert made(world.post(cast.zoe())).role == "user"


def test_a_role_that_is_no_more_stays_until_it_is_changed() -> None:
    world = World(SIGNING)
    world.roles = (Role("Auditor"),)
    person = id_of(world.post(cast.hanako(userType="Auditor")))
    world.roles = ()
    change = world.put(person, cast.hanako(userType="Auditor", roles=roles("stray")))
    assert made(change).role == "Auditor"
    assert refusal(world.put(person, cast.hanako(userType="Other")))[0] == 400


def test_a_stray_value_left_alone_is_no_role_and_no_error() -> None:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako(userType="Administrator", roles=roles("stray"))))
    change = world.put(person, cast.hanako(roles=roles("stray")))
    assert made(change).role == "User"
    assert change.explanation.notes


def test_a_product_without_roles_has_none() -> None:
    change = World(replace(SIGNING, role_sources=(), roles=())).post(cast.hanako(userType="Boss"))
    assert made(change).role is None
    assert change.explanation.role is None
