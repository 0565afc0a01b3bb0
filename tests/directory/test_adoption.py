"""People who existed before: linked by the domain of their own address or by a human, never taken unseen."""

from __future__ import annotations

import pytest

from tests import cast
from tests.directory.acting import id_of, made, refusal
from tests.directory.products import PLAIN
from tests.directory.world import ENTRA, World
from vestibule.directory.request import Import
from vestibule.directory.resource import State

MIKA_FROM_OKTA = cast.existing_mika(
    userName="Mika.Laine@Corp.test",
    title="Engineer",
    externalId="00u7mika",
    name={"givenName": "Mika", "familyName": "Lainé"},
)
GUEST_FROM_OKTA = cast.existing_guest(externalId="00u8guest")
DEACTIVATE = {"op": "replace", "value": {"active": False}}


@pytest.fixture
def world() -> World:
    return World(PLAIN)


def test_a_proven_domain_links_the_person_under_the_same_id(world: World) -> None:
    mika = world.bring(cast.existing_mika(nickName="Mikki"))
    change = world.post(MIKA_FROM_OKTA)
    assert change.answer.status == 201
    person = made(change)
    assert (person.id, person.state, person.connection) == (mika, State.MANAGED, 1)
    document = world.get(mika)
    assert (document["nickName"], document["title"], document["externalId"]) == (
        "Mikki",
        "Engineer",
        "00u7mika",
    )
    assert world.event_types() == ["user.linked"]
    assert change.explanation.rule == "adoption.proven_domain"
    assert world.rounds <= 3


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_put_and_patch_claim_too(world: World, verb: str) -> None:
    mika = world.bring(cast.existing_mika())
    change = world.put(mika, MIKA_FROM_OKTA) if verb == "PUT" else world.patch(mika, DEACTIVATE)
    assert change.answer.status == 200
    assert made(change).state is State.MANAGED
    assert world.event_types()[0] == "user.linked"


def test_a_claim_that_deactivates_ends_access(world: World) -> None:
    mika = world.bring(cast.existing_mika())
    change = world.patch(mika, DEACTIVATE)
    assert world.event_types() == ["user.linked", "user.deactivated", "access.ended"]
    assert change.leavers == (mika,)


@pytest.mark.parametrize(("verb", "status"), [("POST", 409), ("PUT", 403), ("PATCH", 403), ("DELETE", 403)])
def test_an_unproven_domain_waits_for_review_although_refused(world: World, verb: str, status: int) -> None:
    guest = world.bring(cast.existing_guest())
    change = _write(world, verb, guest)
    assert refusal(change)[0] == status
    (review,) = change.reviews
    assert f"https://vestibule.test/reviews/{review.id}" in refusal(change)[2]
    assert "waiting for review" in refusal(change)[2]
    assert review.candidates == (guest,)
    assert change.changes_something
    assert world.reviews == [review]
    assert world.resource(guest).state is State.UNCLAIMED


def test_only_the_address_held_counts_never_one_of_the_request(world: World) -> None:
    guest = world.bring(cast.existing_guest())
    promised = cast.existing_guest(emails=[{"value": "guest@corp.test", "type": "work", "primary": True}])
    assert refusal(world.post(promised))[0] == 409
    assert refusal(world.put(guest, {**promised, "userName": "guest@corp.test"}))[0] == 403


@pytest.mark.parametrize(
    ("user_name", "emails", "linked"),
    [
        ("kim.mj", ["minjun.kim@corp.test"], True),
        ("kim.mj", ["minjun.kim@Corp.TEST."], True),
        ("kim.mj", ["minjun.kim@mail.example"], False),
        ("kim.mj", [], False),
        ("kim.mj@mail.example", ["minjun.kim@corp.test"], False),
        ("kim.mj@evilcorp.test", [], False),
        ("kim.mj@sub.corp.test", [], False),
    ],
    ids=["e-mail", "e-mail-case", "other-e-mail", "none", "userName-first", "suffix", "sub-domain"],
)
def test_the_domain_is_of_the_user_name_else_of_the_e_mail(
    world: World, user_name: str, emails: list[str], linked: bool
) -> None:
    held = [{"value": email, "type": "work"} for email in emails]
    world.bring(cast.minjun(userName=user_name) | {"emails": held})
    change = world.post(cast.minjun(userName=user_name))
    assert change.answer.status == (201 if linked else 409)


def test_the_same_try_refreshes_one_entry(world: World) -> None:
    guest = world.bring(cast.existing_guest())
    first, second = _write(world, "POST", guest), _write(world, "POST", guest)
    assert first.reviews[0].id == second.reviews[0].id
    assert len(world.reviews) == 1


@pytest.mark.parametrize(("verb", "status"), [("POST", 201), ("PUT", 200), ("PATCH", 200)])
def test_once_linked_the_retry_claims(world: World, verb: str, status: int) -> None:
    guest = world.bring(cast.existing_guest())
    review = _write(world, verb, guest).reviews[0]
    assert world.link(review.id, guest).answer.status == 200
    change = _write(world, verb, guest)
    assert change.answer.status == status
    assert made(change).id == guest
    assert change.explanation.rule == "adoption.approved"


def test_once_linked_a_delete_still_does_not_claim(world: World) -> None:
    guest = world.bring(cast.existing_guest())
    review = _write(world, "DELETE", guest).reviews[0]
    world.link(review.id, guest)
    change = _write(world, "DELETE", guest)
    assert refusal(change)[0] == 403
    assert not change.reviews
    assert world.resource(guest).state is State.UNCLAIMED


@pytest.mark.parametrize(("verb", "status"), [("POST", 409), ("PUT", 403), ("PATCH", 403), ("DELETE", 403)])
def test_kept_apart_stays_refused_and_says_so(world: World, verb: str, status: int) -> None:
    guest = world.bring(cast.existing_guest())
    review = _write(world, "POST", guest).reviews[0]
    world.keep_apart(review.id, guest)
    change = _write(world, verb, guest)
    assert refusal(change)[0] == status
    assert not change.reviews
    if verb != "DELETE":
        assert "apart" in refusal(change)[2]


def test_an_approval_is_for_one_user_name(world: World) -> None:
    """Somebody else with that e-mail address cannot use what was approved for the first."""
    guest = world.bring(cast.existing_guest(userName="guest", emails=[{"value": "g@mail.example"}]))
    asks = cast.existing_guest(userName="first", emails=[{"value": "g@mail.example"}])
    review = world.post(asks).reviews[0]
    world.link(review.id, guest)
    other = world.post({**asks, "userName": "second"})
    assert refusal(other)[0] == 409
    assert other.reviews[0].id != review.id
    assert id_of(world.post(asks)) == guest


def test_an_approval_is_for_one_connection(world: World) -> None:
    guest = world.bring(cast.existing_guest())
    review = world.post(GUEST_FROM_OKTA).reviews[0]
    world.link(review.id, guest)
    assert refusal(world.post(GUEST_FROM_OKTA, connection=ENTRA))[0] == 409


def test_a_person_is_found_by_the_work_e_mail_of_the_request(world: World) -> None:
    mika = world.bring(cast.existing_mika(userName="mlaine"))
    assert id_of(world.post(MIKA_FROM_OKTA)) == mika
    assert world.get(mika)["userName"] == "Mika.Laine@Corp.test"


def test_a_person_whose_user_name_is_the_e_mail_of_the_request_is_found(world: World) -> None:
    mika = world.bring(cast.existing_mika(emails=None))
    assert id_of(world.post({**MIKA_FROM_OKTA, "userName": "mlaine"})) == mika


def test_user_name_comes_before_e_mail(world: World) -> None:
    mika = world.bring(cast.existing_mika())
    world.bring(cast.existing_guest(emails=cast.existing_mika()["emails"]))
    assert id_of(world.post(MIKA_FROM_OKTA)) == mika


def test_two_candidates_wait_for_review_even_at_a_proven_domain(world: World) -> None:
    shared = cast.existing_mika()["emails"]
    one = world.bring(cast.existing_mika(userName="mika.one@corp.test", emails=shared))
    two = world.bring(cast.existing_mika(userName="mika.two@corp.test", emails=shared))
    change = world.post(MIKA_FROM_OKTA)
    assert refusal(change)[0] == 409
    assert set(change.reviews[0].candidates) == {one, two}
    world.link(change.reviews[0].id, two)
    assert id_of(world.post(MIKA_FROM_OKTA)) == two
    assert world.resource(one).state is State.UNCLAIMED


def test_two_candidates_one_of_them_kept_apart_leave_the_other(world: World) -> None:
    shared = cast.existing_mika()["emails"]
    one = world.bring(cast.existing_mika(userName="mika.one@corp.test", emails=shared))
    two = world.bring(cast.existing_mika(userName="mika.two@corp.test", emails=shared))
    review = world.post(MIKA_FROM_OKTA).reviews[0]
    world.keep_apart(review.id, one)
    assert id_of(world.post(MIKA_FROM_OKTA)) == two


def test_kept_apart_by_e_mail_makes_a_new_person(world: World) -> None:
    guest = world.bring(cast.existing_guest(userName="guest"))
    asks = cast.existing_guest(userName="g.etranger@corp.test", externalId="00u8")
    review = world.post(asks).reviews[0]
    world.keep_apart(review.id, guest)
    change = world.post(asks)
    assert change.answer.status == 201
    assert made(change).id != guest


def test_a_managed_person_is_never_matched_by_e_mail(world: World) -> None:
    hanako = id_of(world.post(cast.hanako()))
    change = world.post(cast.hanako(userName="hanako.sato", externalId="00u99"))
    assert made(change).id != hanako


def test_importing_again_puts_the_new_values_over_the_old(world: World) -> None:
    mika = world.bring(cast.existing_mika(nickName="Mikki"))
    assert world.bring(cast.existing_mika(title="Engineer")) == mika
    assert world.get(mika)["nickName"] == "Mikki"
    assert world.get(mika)["title"] == "Engineer"
    assert world.events == []


def test_importing_who_is_managed_is_409(world: World) -> None:
    world.post(cast.hanako())
    assert refusal(world.do(Import(cast.hanako())))[0] == 409


def test_importing_needs_no_more_than_a_user_name(world: World) -> None:
    assert world.bring({"userName": "just.me"})
    assert refusal(world.do(Import({"displayName": "nobody"})))[0] == 400


@pytest.mark.parametrize("outcome", ["link", "keep_apart"])
def test_an_answer_to_no_such_review_is_404(world: World, outcome: str) -> None:
    guest = world.bring(cast.existing_guest())
    answer = getattr(world, outcome)
    assert refusal(answer("no-review", guest))[0] == 404
    assert refusal(answer("no-review", "nobody"))[0] == 404


def test_an_answer_can_be_changed_until_the_person_is_claimed(world: World) -> None:
    guest = world.bring(cast.existing_guest())
    review = world.post(GUEST_FROM_OKTA).reviews[0]
    world.keep_apart(review.id, guest)
    world.link(review.id, guest)
    assert not world.link(review.id, guest).changes_something
    assert id_of(world.post(GUEST_FROM_OKTA)) == guest
    assert refusal(world.keep_apart(review.id, guest))[0] == 409


def test_an_open_review_closes_when_the_domain_is_proven_meanwhile(world: World) -> None:
    guest = world.bring(cast.existing_guest())
    review = world.post(GUEST_FROM_OKTA).reviews[0]
    world.domains = frozenset({"mail.example"})
    change = world.post(GUEST_FROM_OKTA)
    assert made(change).id == guest
    assert [(c.id, c.outcome, c.user_id) for c in change.closures] == [(review.id, "linked", guest)]


def test_two_claims_at_once_make_one(world: World) -> None:
    mika = world.bring(cast.existing_mika())
    request = world.create_request(MIKA_FROM_OKTA)
    first, second = world.decided(request), world.decided(request)
    assert world.commit(first, request).answer.status == 201
    assert world.commit(second, request).answer.status == 409
    assert world.event_types() == ["user.linked"]
    assert world.resource(mika).version == 2


def _write(world: World, verb: str, guest: str):  # type: ignore[no-untyped-def]
    match verb:
        case "POST":
            return world.post(GUEST_FROM_OKTA)
        case "PUT":
            return world.put(guest, GUEST_FROM_OKTA)
        case "PATCH":
            return world.patch(guest, {"op": "replace", "path": "title", "value": "Guest"})
        case _:
            return world.delete(guest)
