"""``active`` is what the identity provider said, ``access`` what the product applies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import cast
from tests.directory.acting import id_of, made
from tests.directory.products import PLAIN
from tests.directory.world import World
from vestibule.directory.access import decide_access, ended
from vestibule.directory.resource import Access, Resource

PERSON = Resource("u1", "User", 1, "", "", b"{}")


@pytest.mark.parametrize(
    ("before", "active", "after", "events", "leaves"),
    [
        (None, True, Access.GRANTED, [], False),
        (None, False, Access.ENDED, [], False),
        (Access.GRANTED, True, Access.GRANTED, [], False),
        (Access.GRANTED, False, Access.ENDED, ["access.ended"], True),
        (Access.ENDED, False, Access.ENDED, [], False),
        (Access.ENDED, True, Access.GRANTED, ["access.granted"], False),
        (Access.HELD, False, Access.HELD, [], False),
        (Access.HELD, True, Access.GRANTED, [], False),
    ],
)
def test_access_follows_active(
    before: Access | None, active: bool, after: Access, events: list[str], leaves: bool
) -> None:
    person = replace(PERSON, access=before) if before else None
    decision = decide_access("u1", person, active)
    assert decision.access is after
    assert [event.type for event in decision.events] == events
    assert decision.leavers == (("u1",) if leaves else ())


@pytest.mark.parametrize(
    ("before", "events", "leaves"),
    [(Access.GRANTED, 1, True), (Access.HELD, 1, False), (Access.ENDED, 0, False)],
)
def test_deletion_ends_access_held_or_not(before: Access, events: int, leaves: bool) -> None:
    decision = ended(replace(PERSON, access=before))
    assert (decision.access, len(decision.events), bool(decision.leavers)) == (Access.ENDED, events, leaves)


def test_a_leaver_and_their_return() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    left = world.patch(person, {"op": "replace", "value": {"active": False}})
    assert [event.type for event in left.events] == ["user.deactivated", "access.ended"]
    assert left.leavers == (person,)
    back = world.put(person, cast.hanako())
    assert [event.type for event in back.events] == ["user.reactivated", "access.granted"]
    assert (made(back).id, made(back).access) == (person, Access.GRANTED)


def test_other_changes_beside_a_deactivation_are_told_first() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    change = world.put(person, cast.hanako(active=False, title="Gone"))
    assert [event.type for event in change.events] == ["user.updated", "user.deactivated", "access.ended"]
    assert change.events[0].payload == {"title": [None, "Gone"]}
