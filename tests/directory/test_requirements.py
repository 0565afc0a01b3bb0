"""Only what a request changes is checked."""

from __future__ import annotations

from tests import cast
from tests.directory.acting import id_of, made, refusal
from tests.directory.products import OFFICE, PLAIN
from tests.directory.world import World


def _older_world() -> tuple[World, str]:
    """Somebody provisioned before the product demanded names and addresses."""
    world = World(PLAIN)
    person = id_of(world.post(cast.prince(userName="prince")))
    world.profile = OFFICE
    return world, person


def test_a_user_name_that_stays_is_not_judged() -> None:
    world, person = _older_world()
    assert made(world.put(person, cast.prince(userName="prince", title="Sir"))).version == 2


def test_a_new_user_name_is() -> None:
    world, person = _older_world()
    assert refusal(world.put(person, cast.prince(userName="king")))[0] == 400
    assert world.put(person, cast.prince(userName="king@corp.test")).answer.status == 200


def test_one_fault_from_before_excuses_no_new_one() -> None:
    world, person = _older_world()
    sent = cast.prince(userName="prince")
    del sent["name"]
    assert "name.givenName" in refusal(world.put(person, sent))[2]


def test_a_post_is_judged_whole_even_where_it_claims() -> None:
    world = World(OFFICE)
    prince = world.bring({"userName": "prince@corp.test"})
    kim = world.bring(cast.minjun())
    assert "name.familyName" in refusal(world.post(cast.prince()))[2]
    assert "Application username format" in refusal(world.post(cast.minjun()))[2]
    assert world.patch(prince, {"op": "replace", "value": {"active": False}}).answer.status == 200
    assert world.patch(kim, {"op": "replace", "path": "title", "value": "x"}).answer.status == 200


def test_active_null_in_a_post_is_as_good_as_none() -> None:
    world = World(PLAIN)
    mika = world.bring(cast.existing_mika(active=False))
    change = world.post(cast.existing_mika(active=None))
    assert made(change).id == mika
    assert world.get(mika)["active"] is True
