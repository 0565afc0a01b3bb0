"""Unresolved members are resolved in the very Change that makes the person known; order does not matter."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import cast
from tests.directory.acting import id_of
from tests.directory.products import PLAIN, SIGNING
from tests.directory.world import ENTRA, World


@pytest.mark.parametrize("value", ["00u2zoe", "Zoë.Brontë@Corp.test", "ZOË.BRONTË@CORP.TEST"])
def test_a_new_person_resolves_who_waited_for_them(value: str) -> None:
    world = World(PLAIN)
    group = id_of(world.post(cast.sales(value)))
    change = world.post(cast.zoe())
    assert world.shown_members(group) == [id_of(change)]
    assert world.waiting(group) == []
    assert [event.type for event in change.events] == ["user.created", "team.member_added"]
    assert world.resource(group).version == 2


def test_under_two_values_they_join_once() -> None:
    world = World(PLAIN)
    group = id_of(world.post(cast.sales("00u2zoe", "zoë.brontë@corp.test")))
    change = world.post(cast.zoe())
    assert len(change.members) == len(change.touches) == 1
    assert len(change.pending) == 2
    assert world.waiting(group) == []


@pytest.mark.parametrize(
    ("value", "connection"), [("00U2ZOE", 1), ("00u2zoe", ENTRA)], ids=["case", "other-connection"]
)
def test_an_external_id_is_exact_and_of_one_connection(value: str, connection: int) -> None:
    world = World(PLAIN)
    group = id_of(world.post(cast.sales(value), connection=connection))
    world.post(cast.zoe())
    assert world.shown_members(group) == []
    assert world.waiting(group) == [value]


def test_a_new_name_or_external_id_resolves_too() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.zoe()))
    group = id_of(world.post(cast.sales("zoe@corp.test", "new-id", person)))
    change = world.patch(
        person, {"op": "replace", "value": {"userName": "zoe@corp.test", "externalId": "new-id"}}
    )
    assert world.shown_members(group) == [person]
    assert world.waiting(group) == []
    assert not change.members


def test_a_revived_person_joins_who_waited_and_returns_to_the_rest() -> None:
    world = World(SIGNING)
    person = id_of(world.post(cast.hanako()))
    old = id_of(world.post(cast.sales(person)))
    world.delete(person)
    new = id_of(world.post(cast.group("Ops", "hanako.sato@corp.test")))
    change = world.post(cast.hanako())
    assert world.shown_members(old) == world.shown_members(new) == [person]
    assert [event.type for event in change.events].count("team.member_added") == 2


def test_a_deleted_group_waits_for_nobody() -> None:
    world = World(PLAIN)
    group = id_of(world.post(cast.sales("00u2zoe")))
    world.delete(group)
    change = world.post(cast.zoe())
    assert not change.members
    assert change.answer.status == 201


@pytest.mark.parametrize("first", ["person", "group"])
def test_a_person_and_their_membership_at_once_miss_each_other_never(first: str) -> None:
    world = World(PLAIN)
    group = id_of(world.post(cast.sales()))
    join = world.patch_request(group, {"op": "add", "path": "members", "value": [{"value": "00u2zoe"}]})
    create = world.create_request(cast.zoe())
    both = [(world.decided(create), create), (world.decided(join), join)]
    for change, request in both if first == "person" else reversed(both):
        assert world.commit(change, request).answer.error is None
    assert len(world.shown_members(group)) == 1
    assert world.waiting(group) == []


def _batch() -> list[cast.Document]:
    return [
        cast.hanako(),
        cast.zoe(),
        cast.minjun(userName="kim@corp.test"),
        cast.group("Sales", "00u1hanako", "ZOË.brontë@corp.test"),
        cast.group("Ops", "00u2zoe", "kim@corp.test", "00u4minjun", "nobody"),
    ]


@pytest.mark.requirement("K12")
def test_any_order_of_a_batch_ends_the_same() -> None:
    ends = []
    for order in permutations(_batch()):
        world = World(SIGNING)
        for document in order:
            assert world.post(document).answer.status == 201
        ends.append(world.snapshot())
    assert all(end == ends[0] for end in ends)
    assert ends[0]["pending"] == {("ops", "nobody")}


VALUES = ["00u1hanako", "00u2zoe", "zoë.brontë@corp.test", "nobody", "hanako.sato@corp.test"]
STEPS = st.lists(
    st.one_of(
        st.sampled_from([("create", "hanako"), ("create", "zoe"), ("delete", "hanako"), ("delete", "zoe")]),
        st.tuples(st.sampled_from(["add", "remove"]), st.sampled_from(VALUES)),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_member_is_never_both_waiting_and_known(steps: list[tuple[str, str]]) -> None:
    """Whatever came before: a waiting value means nobody who is there."""
    world = World(SIGNING)
    group = id_of(world.post(cast.sales()))
    for step, what in steps:
        if step == "create":
            world.post(getattr(cast, what)())
        elif step == "delete":
            for id in [
                id
                for id, w in world.writes.items()
                if w.resource.user_name == getattr(cast, what)()["userName"].lower()
            ]:
                world.delete(id)
        elif step == "add":
            world.patch(group, {"op": "add", "path": "members", "value": [{"value": what}]})
        else:
            world.patch(group, {"op": "remove", "path": f'members[value eq "{what}"]'})
    known = {
        name
        for write in world.writes.values()
        if write.resource.state == "managed"
        for name in (write.resource.user_name, world.external_ids.get((1, write.resource.id)))
    }
    assert not known & set(world.waiting(group))
    versions = [
        world.writes[group].resource.version,
        1 + len([e for e in world.events if e.type.startswith("team.member")]),
    ]
    assert versions[0] == versions[1]


@settings(max_examples=40, deadline=None)
@given(
    st.permutations(
        [("add", "a"), ("add", "b"), ("remove", "c"), ("remove", "d"), ("add", "e"), ("remove", "nobody")]
    )
)
def test_adds_and_removes_commute(order: list[tuple[str, str]]) -> None:
    world = World(PLAIN)
    ids = {n: id_of(world.post(cast.hanako(userName=f"{n}@corp.test", externalId=n))) for n in "abcd"}
    group = id_of(world.post(cast.sales(ids["c"], ids["d"], "nobody")))
    operations = [
        {"op": "add", "path": "members", "value": [{"value": ids.get(v, v)}]}
        if kind == "add"
        else {"op": "remove", "path": f'members[value eq "{ids.get(v, v)}"]'}
        for kind, v in order
    ]
    requests = [world.patch_request(group, operation) for operation in operations]
    for change, request in [(world.decided(request), request) for request in requests]:
        assert world.commit(change, request).answer.error is None
    assert set(world.shown_members(group)) == {ids["a"], ids["b"]}
    assert world.waiting(group) == ["e"]


def test_an_external_id_of_several_people_resolves_to_none_of_them() -> None:
    world = World(PLAIN)
    for document in (cast.hanako(externalId="shared"), cast.zoe(externalId="shared")):
        world.post(document)
    group = id_of(world.post(cast.sales("shared")))
    world.post(cast.minjun(externalId="shared"))
    assert world.shown_members(group) == []
    assert world.waiting(group) == ["shared"]
