"""Members are rows: adds and removes commute, touch only what they name, and outlive a tombstone."""

from __future__ import annotations

import asyncio
import random

import orjson
import pytest

from tests.contracts.store.opened import BASE, Opened, add_members, changed, person, remove_member
from vestibule.directory.change import Change, GroupTouch, MemberDelta
from vestibule.directory.facts import AllMembers, Facts, GroupsOf, Membership, Reaches
from vestibule.directory.resource import State


async def people(store: Opened, count: int) -> list[str]:
    writes = [store.written(person(f"m{n}", displayName=f"Member {n}")) for n in range(count)]
    await store.apply(changed(*writes))
    return [write.resource.id for write in writes]


async def group_of(store: Opened, name: str, ids: list[str]) -> str:
    group = await store.put({"displayName": name}, type="Group")
    await store.apply(changed(members=tuple(MemberDelta(group.id, id, "User", True) for id in ids)))
    return group.id


@pytest.mark.requirement("R48", "R52")
async def test_members_and_groups_show_each_other(store: Opened) -> None:
    ids = await people(store, 3)
    first, second = await group_of(store, "First", ids[:2]), await group_of(store, 'Se"cond', ids[1:])
    members = orjson.loads(bytes(await store.store.members(store.tenant, first, BASE)))
    assert members == [
        {"value": id, "$ref": f"{BASE}/Users/{id}", "display": f"Member {n}", "type": "User"}
        for n, id in enumerate(ids[:2])
    ]
    row = await store.store.get(store.tenant, "User", ids[1], 1, with_groups=True, base_url=BASE)
    assert orjson.loads(row.groups) == [
        {"value": id, "$ref": f"{BASE}/Groups/{id}", "display": name, "type": "direct"}
        for id, name in ((first, "First"), (second, 'Se"cond'))
    ]
    assert (
        await store.store.get(store.tenant, "User", ids[1], 1, with_groups=False, base_url=BASE)
    ).groups == b""
    many = await store.store.members_of_many(store.tenant, [first, second, "unknown"], BASE)
    assert [m["value"] for m in orjson.loads(bytes(many[second]))] == ids[1:]
    assert not many["unknown"]
    assert not await store.store.members(store.strangers, first, BASE)


@pytest.mark.requirement("K1")
@pytest.mark.parametrize("size", [100, 3000])
async def test_adding_one_reads_no_other_member(store: Opened, size: int) -> None:
    """A group PATCH costs what it names, whatever the size of the group."""
    ids = await people(store, size + 5)
    group = await group_of(store, "Big", ids[:size])
    for late in ids[size:]:
        before = store.rows_read()
        change = await store.patch("Group", group, add_members(late))
        assert change.answer.status == 204
        assert store.rows_read() - before <= 6
    before = store.rows_read()
    await store.patch("Group", group, remove_member(ids[7]))
    assert store.rows_read() - before <= 6
    assert await store.member_ids(group) == [id for id in ids if id != ids[7]]


async def test_large_groups_are_rendered_whole(store: Opened) -> None:
    """In pieces of some thousand, joined without seam."""
    ids = await people(store, 12_003)
    group = await group_of(store, "Huge", ids)
    before = store.rows_read()
    assert await store.member_ids(group) == ids
    assert store.rows_read() - before < 20


async def test_adds_and_removes_commute(every_store: Opened) -> None:
    """32 at once, on one group: all succeed and all hold, none is told to try again."""
    store = every_store
    ids = await people(store, 64)
    group = await group_of(store, "Busy", ids[:32])
    operations = [remove_member(id) for id in ids[:32]] + [add_members(id) for id in ids[32:]]
    random.Random(1).shuffle(operations)
    changes = await asyncio.gather(*[store.patch("Group", group, operation) for operation in operations])
    assert {change.answer.status for change in changes} == {204}
    assert sorted(await store.member_ids(group)) == sorted(ids[32:])
    row = await store.store.get(store.tenant, "Group", group, 1, with_groups=False, base_url=BASE)
    assert row.resource.version == 65


@pytest.mark.requirement("R152")
async def test_the_same_add_twice_at_once(store: Opened) -> None:
    """One of them changes something; the other finds it done (R153)."""
    (id,) = await people(store, 1)
    group = await group_of(store, "One", [])
    changes = await asyncio.gather(*[store.patch("Group", group, add_members(id)) for _ in range(8)])
    assert sum(change.changes_something for change in changes) == 1
    assert await store.member_ids(group) == [id]


@pytest.mark.requirement("R162")
async def test_a_tombstone_stays_a_member_unseen(store: Opened) -> None:
    """Not shown, counted or found (R162); a row still, for the day it is restored."""
    ids = await people(store, 3)
    group = await group_of(store, "Team", ids)
    await store.delete("User", ids[1])
    assert await store.member_ids(group) == [ids[0], ids[2]]
    assert (await store.page(f'members.value eq "{ids[1]}"', type="Group")).total == 0
    assert (await store.page(f'members[value eq "{ids[0]}"]', type="Group")).total == 1
    assert await store.fact(Membership(group, frozenset(ids))) == frozenset(ids)
    assert await store.fact(AllMembers(group)) == (
        (ids[0], "User", True),
        (ids[1], "User", False),
        (ids[2], "User", True),
    )


async def test_a_member_is_added_only_while_alive(store: Opened) -> None:
    """Who was deleted since the decision makes it be decided again; who was named as a tombstone does not."""
    ids = await people(store, 2)
    group = await group_of(store, "Team", [])
    await store.delete("User", ids[0])
    asked: list[Facts] = []

    def again(facts: Facts) -> Change:
        asked.append(facts)
        return changed()

    await store.apply(changed(members=(MemberDelta(group, ids[0], "User", True),)), again=again)
    assert len(asked) == 1
    await store.apply(changed(members=(MemberDelta(group, ids[0], "User", True, tombstone=True),)))
    assert await store.fact(Membership(group, frozenset(ids))) == {ids[0]}
    unclaimed = await store.put(person("old"), state=State.UNCLAIMED, connection=None)
    await store.apply(changed(members=(MemberDelta(group, unclaimed.id, "User", True),)), again=again)
    assert len(asked) == 2


async def test_a_group_that_is_gone_takes_no_member(store: Opened) -> None:
    (id,) = await people(store, 1)
    group = await group_of(store, "Team", [])
    await store.delete("Group", group)
    late = changed(
        touches=(GroupTouch(group, store.clock()),), members=(MemberDelta(group, id, "User", True),)
    )
    result = await store.apply(late, again=lambda facts: changed())
    assert result == changed()
    assert not await store.store.members(store.tenant, group, BASE)
    assert await store.fact(GroupsOf(id)) == ()


@pytest.mark.requirement("R53")
async def test_cycles_are_seen_from_below(store: Opened) -> None:
    groups = [(await store.put({"displayName": f"G{n}"}, type="Group")).id for n in range(4)]
    for outer, inner in ((0, 1), (1, 2)):
        await store.apply(changed(members=(MemberDelta(groups[outer], groups[inner], "Group", True),)))
    assert await store.fact(Reaches(groups[2], groups[0]))
    assert await store.fact(Reaches(groups[1], groups[1]))
    assert not await store.fact(Reaches(groups[0], groups[2]))
    assert not await store.fact(Reaches(groups[3], groups[0]))


@pytest.mark.requirement("R53")
async def test_two_groups_that_add_each_other_at_once(store: Opened) -> None:
    """Only one of them may."""
    one, other = [(await store.put({"displayName": name}, type="Group")).id for name in ("One", "Other")]
    await asyncio.gather(
        store.patch("Group", one, add_members(other)), store.patch("Group", other, add_members(one))
    )
    assert sorted([len(await store.member_ids(one)), len(await store.member_ids(other))]) == [0, 1]


@pytest.mark.requirement("R108", "K23")
async def test_filters_on_members_and_groups(store: Opened) -> None:
    ids = await people(store, 4)
    one, two = await group_of(store, "One", ids[:2]), await group_of(store, "Two", [])
    nested = MemberDelta(two, one, "Group", True)
    await store.apply(changed(members=(nested,)))
    for text, expected in (
        (f'members.value eq "{ids[0]}"', [one]),
        (f'members eq "{one}"', [two]),
        (f'members.value ne "{ids[0]}"', [two]),
        ('members.type eq "user"', [one]),
        ('members[type eq "Group"]', [two]),
        ('members.display eq "MEMBER 1"', [one]),
        (f'members.$ref ew "/Users/{ids[1]}"', [one]),
        (f'members[value eq "{ids[0]}" and type eq "Group"]', []),
        ("members pr", [one, two]),
        (f'displayName eq "TWO" and members.value eq "{one}"', [two]),
    ):
        assert await store.ids(text, type="Group") == expected, text
    for text, expected in (
        (f'groups.value eq "{one}"', ids[:2]),
        (f'groups eq "{one}" and userName eq "m1"', [ids[1]]),
        ('groups.display eq "one"', ids[:2]),
        ('groups.type eq "direct"', ids[:2]),
        ("groups pr", ids[:2]),
        ("not (groups pr)", ids[2:]),
        (f'groups[value eq "{two}"]', ids[:2]),
        (f'groups[value eq "{two}" and type eq "direct"]', []),
    ):
        assert await store.ids(text) == expected, text
