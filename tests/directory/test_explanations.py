"""Every Change says which rule and why; what is personal stands in payloads alone, which can be forgotten."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from tests import cast
from tests.directory.acting import id_of
from tests.directory.products import OFFICE, PLAIN, SIGNING
from tests.directory.world import World
from vestibule.directory.change import Change
from vestibule.directory.events import EVENTS, plain_fields

PERSONAL = ("hanako", "sato", "佐藤", "花子", "secret-title", "guest", "mail.example", "étranger", "00u1")


def _life() -> list[Change]:
    """One of everything, refusals included."""
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako(userType="Manager", roles=[{"value": "secret-title"}])))
    world.post(cast.hanako())
    world.put(person, cast.hanako(title="secret-title", userType="User"))
    world.patch(person, {"op": "replace", "value": {"active": False, "externalId": "00u1b"}})
    world.patch(person, {"op": "replace", "path": "userName", "value": "hanako"})
    world.post(cast.hanako(userName="hanako", userType="secret-title"))
    world.post(cast.hanako(active="hanako"))
    group = id_of(world.post(cast.group("secret-title", person, "hanako-unknown")))
    world.patch(group, {"op": "replace", "value": {"displayName": "hanako"}})
    guest = world.bring(cast.existing_guest())
    world.post(cast.existing_guest())
    world.put(guest, cast.existing_guest())
    world.delete(guest)
    world.keep_apart(world.reviews[0].id, guest)
    world.post(cast.existing_guest())
    world.delete(person)
    world.post(cast.hanako())
    world.delete(group)
    return world.changes


LIFE = _life()


@pytest.mark.parametrize("change", LIFE, ids=[f"{n}-{c.explanation.rule}" for n, c in enumerate(LIFE)])
def test_nothing_personal_outside_of_payloads(change: Change) -> None:
    plain = [
        change.explanation.rule,
        change.explanation.reason,
        *change.explanation.notes,
        *(str(plain_fields(event)) for event in change.events),
        str(replace(change.audit, payload=None)) if change.audit else "",
        *change.tolerances,
    ]
    found = [word for word in PERSONAL for text in plain if word in text.lower()]
    assert found == []


@pytest.mark.requirement("K41")
@pytest.mark.parametrize("change", LIFE, ids=[f"{n}-{c.explanation.rule}" for n, c in enumerate(LIFE)])
def test_every_change_has_a_rule_a_reason_and_payloads_that_are_json(change: Change) -> None:
    assert change.explanation.rule
    assert change.explanation.reason.endswith(".")
    for event in change.events:
        assert type(event) in EVENTS
        orjson.dumps(event.payload)
    assert (change.audit is not None) == change.changes_something
    if change.audit:
        orjson.dumps(change.audit.payload)


def test_what_the_dialect_did_is_told_and_counted() -> None:
    world = World(PLAIN)
    standing = world.standing(tolerances={"roles_as_text": 1}, notes=("roles came as text",))
    change = world.do(world.create_request(cast.hanako()), standing)
    assert change.explanation.notes[0] == "roles came as text"
    assert change.tolerances == {"roles_as_text": 1}
    refused = world.do(world.create_request(cast.hanako()), standing)
    assert refused.tolerances == {"roles_as_text": 1}


@pytest.mark.requirement("K44")
def test_unknown_attributes_are_noted_or_in_strict_refused() -> None:
    world = World(PLAIN)
    change = world.post(cast.hanako(shoeSize=38))
    assert any("shoeSize" in note for note in change.explanation.notes)
    assert world.post(cast.zoe(shoeSize=38), strict=True).answer.status == 400


@pytest.mark.parametrize("profile", [PLAIN, OFFICE, SIGNING], ids=lambda p: p.name)
def test_the_created_event_tells_the_role(profile: object) -> None:
    world = World(profile)  # type: ignore[arg-type]
    payload = world.post(cast.hanako()).events[0].payload
    assert payload is not None
    assert payload["userName"] == [None, "hanako.sato@corp.test"]
    assert ("role" in payload) is (profile is not PLAIN)
