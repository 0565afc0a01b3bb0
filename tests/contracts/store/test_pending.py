"""Unresolved member values: any order of creating people and groups ends in the same state."""

from __future__ import annotations

import asyncio
from itertools import permutations

import pytest

from tests.contracts.store.opened import Opened, changed, person, team
from vestibule.directory.change import PendingDelta
from vestibule.directory.facts import AllPending, PendingCount, PendingOf, Waiting
from vestibule.directory.request import Create


async def test_pending_rows(store: Opened) -> None:
    group = (await store.put({"displayName": "G"}, type="Group")).id
    since = store.clock()
    keep = [PendingDelta(group, value, True, 1, since, value.lower()) for value in ("Kim", "LEE", "park")]
    await store.apply(changed(pending=tuple(keep)))
    await store.apply(changed(pending=(keep[0],)))
    assert await store.fact(AllPending(group)) == ("Kim", "LEE", "park")
    assert await store.fact(PendingCount(group)) == 3
    assert await store.fact(PendingOf(group, frozenset({"LEE", "lee"}))) == {"LEE"}
    assert await store.fact(Waiting(frozenset({"lee", "kim", "x"}))) == ((group, "Kim", 1), (group, "LEE", 1))
    assert await store.fact(Waiting(frozenset({"lee"})), store.strangers) == ()
    await store.apply(changed(pending=(PendingDelta(group, "LEE", False, 1),)))
    assert await store.fact(PendingCount(group)) == 2


async def test_forgetting_what_is_not_there_is_decided_again(store: Opened) -> None:
    """Somebody else resolved or removed it meanwhile."""
    group = (await store.put({"displayName": "G"}, type="Group")).id
    change = changed(pending=(PendingDelta(group, "gone", False, 1),))
    assert await store.apply(change, again=lambda facts: changed()) == changed()


@pytest.mark.requirement("K12")
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_any_order_ends_alike(store: Opened, order: tuple[int, ...]) -> None:
    batch = [
        Create("User", person("kim", externalId="00u1")),
        Create("Group", team("One", "kim", "lee")),
        Create("User", person("lee")),
    ]
    for step in order:
        assert (await store.carry_out(batch[step])).answer.status == 201
    (group,) = await store.ids(type="Group")
    assert len(await store.member_ids(group)) == 2
    assert await store.fact(PendingCount(group)) == 0


@pytest.mark.requirement("K12")
async def test_a_person_and_their_membership_created_at_once(every_store: Opened) -> None:
    """Whichever comes first to be written, the other sees it: nobody is left waiting."""
    store = every_store
    pairs = []
    for n in range(24):
        pairs.append(Create("User", person(f"p{n}")))
        pairs.append(Create("Group", team(f"G{n}", f"p{n}")))
    changes = await asyncio.gather(*[store.carry_out(request) for request in pairs])
    assert {change.answer.status for change in changes} == {201}
    for group in await store.ids(type="Group"):
        assert len(await store.member_ids(group)) == 1
        assert await store.fact(PendingCount(group)) == 0
