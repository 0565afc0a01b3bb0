"""What PostgreSQL itself reads: rows of tables touched by a request, counted by the server.

That few rows reach Python (the contract suite counts them) would also hold where the server reads a
whole group or tenant for them. Statistics of the tables are as on a new installation: none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contracts.store.opened import Opened, add_members, changed, opened, person, remove_member, team
from tests.postgresql import Place
from vestibule.directory.change import MemberDelta
from vestibule.stores.receiving import open_receiving_store

_TOUCHED = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables WHERE schemaname = $1"
#: Facts, preconditions and the change itself look at some rows each, however many there are in all.
_SOME = 50


@pytest.fixture
async def store(postgresql: Place) -> AsyncIterator[Opened]:
    async with opened(open_receiving_store(postgresql.url, schema=postgresql.schema)) as ready:
        yield ready


async def touched(store: Opened) -> int:
    """All rows read from tables so far. One request after another goes over one connection, whose count this is."""
    database = store.whole.database
    await database.rows("SELECT pg_stat_force_next_flush()")
    count: int = await database.value(_TOUCHED, (store.whole.database.address.schema,))
    return count


async def people(store: Opened, count: int) -> list[str]:
    writes = [
        store.written(person(f"m{n}", emails=[{"value": f"m{n}@corp.test", "type": "work"}]))
        for n in range(count)
    ]
    await store.apply(changed(*writes))
    return [write.resource.id for write in writes]


async def test_a_member_comes_and_goes_without_a_look_at_the_others(store: Opened) -> None:
    ids = await people(store, 3010)
    group = await store.put({"displayName": "Big"}, type="Group")
    await store.apply(changed(members=tuple(MemberDelta(group.id, id, "User", True) for id in ids[:3000])))
    for late in ids[3000:]:
        before = await touched(store)
        assert (await store.patch("Group", group.id, add_members(late))).answer.status == 204
        assert await touched(store) - before < _SOME
    for early in ids[:10]:
        before = await touched(store)
        assert (await store.patch("Group", group.id, remove_member(early))).answer.status == 204
        assert await touched(store) - before < _SOME


async def test_a_person_is_made_without_a_look_at_the_others(store: Opened) -> None:
    await people(store, 3000)
    for number in range(10):
        before = await touched(store)
        await store.create(person(f"new{number}@corp.test", externalId=f"x{number}"))
        assert await touched(store) - before < _SOME


async def test_a_person_changes_and_goes_without_a_look_at_the_others(store: Opened) -> None:
    ids = await people(store, 3000)
    for id in ids[:10]:
        before = await touched(store)
        operation = {"op": "replace", "path": "userName", "value": f"new-{id}"}
        assert (await store.patch("User", id, operation)).answer.status in (200, 204)
        assert (await store.delete("User", id)).answer.status == 204
        assert await touched(store) - before < 2 * _SOME


async def test_a_small_group_is_made_and_goes_without_a_look_at_the_others(store: Opened) -> None:
    ids = await people(store, 3000)
    for number in range(10):
        before = await touched(store)
        group = await store.create(team(f"Team {number}", *ids[:3], "nobody"), type="Group")
        assert await store.member_ids(group) == ids[:3]
        assert (await store.delete("Group", group)).answer.status == 204
        assert await touched(store) - before < 3 * _SOME


@pytest.mark.parametrize(
    "filter",
    [
        'userName eq "m7"',
        'emails.value eq "M7@corp.test"',
        'emails[type eq "work" and value eq "m7@corp.test"]',
    ],
)
async def test_a_lookup_reads_what_it_finds(store: Opened, filter: str) -> None:
    ids = await people(store, 3000)
    for _ in range(10):
        before = await touched(store)
        assert await store.ids(filter, lookup=True) == [ids[7]]
        assert await touched(store) - before < _SOME


async def test_a_page_reads_its_own_rows(store: Opened) -> None:
    """Each goes on where the one before it ended."""
    await people(store, 3000)
    for start in range(1, 3001, 100):
        before = await touched(store)
        assert len((await store.page(start=start, count=100)).rows) == 100
        assert await touched(store) - before < 100 + _SOME


async def test_a_walk_reads_its_own_rows(store: Opened) -> None:
    await people(store, 3000)
    boundary = None
    for _ in range(30):
        before = await touched(store)
        stretch = await store.store.walk(store.tenant, (store.query(count=100),), boundary)
        assert len(stretch.rows) == 100
        assert await touched(store) - before < 200 + _SOME
        boundary = stretch.next
