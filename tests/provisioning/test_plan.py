"""wanted − known = operations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.application import Application, Operation
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.job import Kind
from vestibule.provisioning.mapping import TEMPLATE
from vestibule.provisioning.plan import PersonFacts, plan_group, plan_user
from vestibule.provisioning.push_group import PushFacts, PushGroup, PushState
from vestibule.provisioning.source import Person, Status

APPLICATION = Application(1, "app", "generic")
MIKA = Person(
    "00u1abcdEFGH2ijkl3m4",
    "mlaine",
    {"login": "mlaine", "email": "mika.laine@corp.test", "firstName": "Mika", "lastName": "Laine"},
)
ASSIGNED = (Assignment(Subject.PERSON, MIKA.id),)
SENT = plan_user(APPLICATION, TEMPLATE, PersonFacts(MIKA, ASSIGNED)).sent_hash
ACTIVE = AppUser(MIKA.id, AppUserState.ACTIVE, "x1", "mika.laine@corp.test", SENT)
INACTIVE = replace(ACTIVE, state=AppUserState.INACTIVE)
LEFT = replace(MIKA, status=Status.DEPROVISIONED)
SUSPENDED = replace(MIKA, status=Status.SUSPENDED)
RENAMED = replace(MIKA, attributes={**MIKA.attributes, "lastName": "Virta"})
HELD = (replace(ASSIGNED[0], before_provisioning=True),)


@pytest.mark.parametrize(
    ("person", "assignments", "app_user", "kind"),
    [
        pytest.param(MIKA, ASSIGNED, None, Kind.CREATE, id="assigned, unknown there"),
        pytest.param(MIKA, (), None, Kind.NOTHING, id="not assigned"),
        pytest.param(MIKA, ASSIGNED, ACTIVE, Kind.NOTHING, id="in step"),
        pytest.param(RENAMED, ASSIGNED, ACTIVE, Kind.UPDATE, id="an attribute changed"),
        pytest.param(MIKA, (), ACTIVE, Kind.DEACTIVATE, id="unassigned"),
        pytest.param(LEFT, ASSIGNED, ACTIVE, Kind.DEACTIVATE, id="left"),
        pytest.param(LEFT, ASSIGNED, INACTIVE, Kind.NOTHING, id="left before"),
        pytest.param(LEFT, ASSIGNED, None, Kind.NOTHING, id="left, never was there"),
        pytest.param(MIKA, ASSIGNED, INACTIVE, Kind.REACTIVATE, id="back again"),
        pytest.param(SUSPENDED, ASSIGNED, ACTIVE, Kind.NOTHING, id="W46 suspended: nothing"),
        pytest.param(SUSPENDED, (), ACTIVE, Kind.NOTHING, id="W46 suspended and unassigned: nothing"),
        pytest.param(MIKA, HELD, None, Kind.NOTHING, id="W50 assigned before provisioning"),
        pytest.param(MIKA, HELD, INACTIVE, Kind.REACTIVATE, id="W50 does not hold who was there"),
    ],
)
def test_plan_of_a_person(
    person: Person, assignments: tuple[Assignment, ...], app_user: AppUser | None, kind: Kind
) -> None:
    assert plan_user(APPLICATION, TEMPLATE, PersonFacts(person, assignments, app_user)).kind is kind


@pytest.mark.parametrize(
    ("facts", "ticked"),
    [
        (PersonFacts(MIKA, ASSIGNED), Operation.CREATE),
        (PersonFacts(MIKA, ASSIGNED, INACTIVE), Operation.CREATE),
        (PersonFacts(RENAMED, ASSIGNED, ACTIVE), Operation.UPDATE),
        (PersonFacts(MIKA, (), ACTIVE), Operation.DEACTIVATE),
    ],
)
def test_what_is_not_ticked_sends_nothing(facts: PersonFacts, ticked: Operation) -> None:
    others = replace(APPLICATION, operations=frozenset(Operation) - {ticked})
    assert plan_user(others, TEMPLATE, facts).kind is Kind.NOTHING
    alone = replace(APPLICATION, operations=frozenset({ticked}))
    assert plan_user(alone, TEMPLATE, facts).kind is not Kind.NOTHING


def test_provision_user_passes_over_what_was_assigned_before() -> None:
    assert plan_user(APPLICATION, TEMPLATE, PersonFacts(MIKA, HELD), forced=True).kind is Kind.CREATE


def test_a_refusal_waits_until_something_changes_or_somebody_retries() -> None:
    first = plan_user(APPLICATION, TEMPLATE, PersonFacts(MIKA, ASSIGNED))
    refused = AppUser(MIKA.id, fault="400", fault_hash=first.fault_hash)
    waiting = plan_user(APPLICATION, TEMPLATE, PersonFacts(MIKA, ASSIGNED, refused))
    assert waiting.kind is Kind.NOTHING
    assert "400" in waiting.note
    assert plan_user(APPLICATION, TEMPLATE, PersonFacts(RENAMED, ASSIGNED, refused)).kind is Kind.CREATE
    assert (
        plan_user(APPLICATION, TEMPLATE, PersonFacts(MIKA, ASSIGNED, refused), forced=True).kind
        is Kind.CREATE
    )


def test_without_a_user_name_nothing_can_be_sent() -> None:
    nameless = replace(APPLICATION, username_format="none")
    planned = plan_user(nameless, TEMPLATE, PersonFacts(MIKA, ASSIGNED))
    assert "username format" in planned.fault


@pytest.mark.parametrize(
    ("username_format", "user_name"),
    [
        ("okta-username", "mlaine"),
        ("email", "mika.laine@corp.test"),
        ("email-prefix", "mika.laine"),
        ('custom:user.firstName + "@x.test"', "Mika@x.test"),
    ],
)
def test_the_application_username_format(username_format: str, user_name: str) -> None:
    application = replace(APPLICATION, username_format=username_format)
    user = plan_user(application, TEMPLATE, PersonFacts(MIKA, ASSIGNED)).user
    assert user is not None
    assert user.user_name == user_name
    assert user.created()["userName"] == user_name
    assert user.lookup == ("userName", user_name)


def test_only_what_was_sent_before_is_taken_away() -> None:
    known = replace(ACTIVE, sent_hash="other", sent_variables=frozenset({"title"}))
    user = plan_user(APPLICATION, TEMPLATE, PersonFacts(MIKA, ASSIGNED, known)).user
    assert user is not None
    merged = user.merged({"schemas": [], "title": "old", "nickName": "of their own"}, faithful=True)
    assert "title" not in merged
    assert merged["nickName"] == "of their own"


def group(**given: object) -> PushGroup:
    return replace(PushGroup("00g1", "Sales", external_id="g1", name_sent="Sales"), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        pytest.param(PushFacts(group(external_id="", name_sent="")), Kind.PUSH_GROUP, id="new"),
        pytest.param(PushFacts(group()), Kind.NOTHING, id="in step"),
        pytest.param(PushFacts(group(), to_add=1), Kind.CHANGE_GROUP, id="a member came"),
        pytest.param(PushFacts(group(), to_remove=1), Kind.CHANGE_GROUP, id="a member left"),
        pytest.param(PushFacts(group(), without_id=3), Kind.NOTHING, id="W151 waits for their ids"),
        pytest.param(PushFacts(group(name="Sales EMEA")), Kind.CHANGE_GROUP, id="renamed"),
        pytest.param(PushFacts(group(full_push=True)), Kind.CHANGE_GROUP, id="push now"),
        pytest.param(PushFacts(group(state=PushState.PAUSED), to_add=1), Kind.NOTHING, id="paused"),
        pytest.param(PushFacts(group(state=PushState.DELETING)), Kind.DELETE_GROUP, id="W93 delete there"),
    ],
)
def test_plan_of_a_group(facts: PushFacts, kind: Kind) -> None:
    assert plan_group(APPLICATION, facts).kind is kind
