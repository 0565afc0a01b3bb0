"""POST: who is created, what is kept of them, and what is refused."""

from __future__ import annotations

import orjson
import pytest

from tests import cast
from tests.directory.acting import id_of, made, refusal
from tests.directory.products import OFFICE, PLAIN, SIGNING
from tests.directory.world import ENTRA, World
from vestibule.directory.resource import Access, State


def test_a_new_person_is_managed_by_the_asking_connection_and_active() -> None:
    world = World(PLAIN)
    change = world.post(cast.hanako(), connection=ENTRA)
    person = made(change)
    assert (change.answer.status, person.version, person.state) == (201, 1, State.MANAGED)
    assert (person.connection, person.active, person.access) == (ENTRA, True, Access.GRANTED)
    assert world.event_types() == ["user.created"]
    assert change.audit is not None
    assert change.audit.action == "user.created"


def test_served_form_has_schemas_and_id_first_and_nothing_spliced() -> None:
    document = orjson.loads(made(World(PLAIN).post(cast.hanako(groups=[], password="secret"))).doc)
    assert list(document)[:3] == ["schemas", "id", "userName"]
    assert not {"externalId", "meta", "groups", "password"} & document.keys()


@pytest.mark.requirement("R95")
def test_active_is_true_where_nothing_was_sent() -> None:
    document = cast.hanako()
    del document["active"]
    person = made(World(PLAIN).post(document))
    assert person.active
    assert person.document()["active"] is True


def test_who_is_created_inactive_never_had_access_to_lose() -> None:
    world = World(PLAIN)
    change = world.post(cast.layla())
    assert (made(change).access, change.leavers) == (Access.ENDED, ())
    assert world.event_types() == ["user.created"]


def test_columns_and_keys_are_folded() -> None:
    world = World(PLAIN)
    person = made(world.post(cast.minjun(accounts=[{"type": "slack", "value": "MJ@Corp.test"}])))
    assert (person.user_name, person.display_name, person.email) == (
        "kim.mj",
        "민준 김",
        "minjun.kim@corp.test",
    )
    write = world.writes[person.id]
    assert write.keys == (("emails.value", "minjun@home.test"), ("accounts.value", "mj@corp.test"))
    assert write.label == '"민준 김"'
    assert made(world.post(cast.zoe())).user_name == "zoë.brontë@corp.test"


@pytest.mark.requirement("R31")
def test_external_id_is_a_row_of_the_connection() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    assert world.resource(person).external_id == "00u1hanako"
    assert world.resource(person, ENTRA).external_id is None


@pytest.mark.requirement("R42", "R43")
def test_a_password_is_ignored_and_noted_and_kept_nowhere() -> None:
    change = World(PLAIN).post(cast.hanako(password="k3Tq9ab1"))
    assert any("password" in note for note in change.explanation.notes)
    assert "k3Tq9ab1" not in repr(change)


@pytest.mark.requirement("R38", "R98")
@pytest.mark.parametrize(
    "user_name",
    ["hanako.sato@corp.test", "HANAKO.Sato@CORP.TEST", "ｈanako.sato@corp.test"],
    ids=["same", "case", "width"],
)
def test_a_taken_user_name_is_409_naming_the_id_whatever_its_case(user_name: str) -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    status, scim_type, detail = refusal(world.post(cast.zoe(userName=user_name), connection=ENTRA))
    assert (status, scim_type) == (409, "uniqueness")
    assert person in detail


def test_an_e_mail_address_may_be_shared() -> None:
    world = World(PLAIN)
    world.post(cast.hanako())
    change = world.post(cast.zoe(emails=cast.hanako()["emails"]))
    assert change.answer.status == 201


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (cast.prince(), "name.familyName"),
        (cast.hanako(name={"familyName": "佐藤"}), "name.givenName"),
        (cast.hanako(name={"familyName": "", "givenName": "花子"}), "name.familyName"),
        (cast.hanako(name=None), "name.familyName"),
        ({**cast.hanako(), "userName": None}, "userName"),
    ],
    ids=["no-family-name", "no-given-name", "empty-family-name", "no-name", "no-user-name"],
)
def test_a_missing_required_attribute_is_400_naming_it(document: cast.Document, named: str) -> None:
    status, scim_type, detail = refusal(World(OFFICE).post(document))
    assert (status, scim_type) == (400, "invalidValue")
    assert named in detail


def test_a_required_attribute_tells_where_okta_takes_it_from() -> None:
    assert "user.lastName" in refusal(World(OFFICE).post(cast.prince()))[2]


def test_a_user_name_that_is_no_address_says_where_to_change_it_in_okta() -> None:
    status, scim_type, detail = refusal(World(OFFICE).post(cast.minjun()))
    assert (status, scim_type) == (400, "invalidValue")
    assert '"kim.mj"' in detail
    assert "Sign On → Application username format → Email" in detail


def test_a_type_error_is_the_protocols_refusal() -> None:
    change = World(PLAIN).post(cast.hanako(active="perhaps"))
    assert refusal(change)[:2] == (400, "invalidValue")
    assert change.explanation.rule == "protocol.invalidValue"


def test_a_group_is_created_with_its_members() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    change = world.post(cast.sales(person))
    assert change.answer.status == 201
    assert world.get(id_of(change))["members"] == [{"value": person}]
    assert world.event_types() == ["user.created", "team.created", "team.member_added"]


@pytest.mark.requirement("R50")
def test_a_group_without_a_name_is_400() -> None:
    world = World(PLAIN)
    document = cast.sales()
    del document["displayName"]
    assert refusal(world.post(document))[:2] == (400, "invalidValue")


def test_a_group_name_clashes_within_a_connection_only() -> None:
    world = World(PLAIN)
    group = id_of(world.post(cast.sales()))
    status, scim_type, detail = refusal(world.post(cast.group("SALES emea")))
    assert (status, scim_type) == (409, "uniqueness")
    assert group in detail
    assert world.post(cast.sales(), connection=ENTRA).answer.status == 201


@pytest.mark.requirement("R60")
def test_a_product_without_teams_refuses_groups_in_words() -> None:
    status, _, detail = refusal(World(OFFICE).post(cast.sales()))
    assert status == 501
    assert "Office has no teams" in detail


@pytest.mark.parametrize("profile", [PLAIN, OFFICE, SIGNING], ids=lambda p: p.name)
def test_a_new_person_costs_one_round_of_facts(profile: object) -> None:
    world = World(profile)  # type: ignore[arg-type]
    world.post(cast.hanako())
    assert world.rounds == 1


@pytest.mark.requirement("R38", "R74")
def test_32_posts_of_one_name_make_one_person() -> None:
    world = World(PLAIN)
    requests = [
        world.create_request(cast.hanako(userName=f"{'HANAKO' if n % 2 else 'hanako'}@corp.test"))
        for n in range(32)
    ]
    decided = [(world.decided(request), request) for request in requests]
    statuses = [world.commit(change, request).answer.status for change, request in decided]
    assert sorted(statuses) == [201, *[409] * 31]
