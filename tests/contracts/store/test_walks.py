"""Lists by place (RFC 9865): every resource that is there throughout is met exactly once, there and back."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.store.opened import Opened, changed, person, team
from tests.contracts.store.test_pages import fill, tombstone
from tests.contracts.store.walks import forward, ids_of, step, there_and_back
from tests.scim.compiled import WSOS
from vestibule.directory.resource import State
from vestibule.directory.store import Boundary

ORDERS = [
    pytest.param(None, False, id="order of creation"),
    pytest.param("userName", False, id="unique text"),
    pytest.param("userName", True, id="unique text, descending"),
    pytest.param("title", False, id="text that many share and some lack"),
    pytest.param("title", True, id="text that many share and some lack, descending"),
    pytest.param(f"{WSOS}:level", False, id="integers"),
    pytest.param(f"{WSOS}:level", True, id="integers, descending"),
    pytest.param(f"{WSOS}:height", False, id="decimals"),
    pytest.param("active", True, id="booleans, descending"),
    pytest.param("emails.value", False, id="the primary of several"),
    pytest.param("nickName", False, id="what nobody has"),
    pytest.param("externalId", True, id="externalId, descending"),
    pytest.param("meta.created", True, id="instants, descending"),
]


def numbered(n: int) -> dict[str, Any]:
    """Somebody whose attributes repeat at different steps, and are missing at others."""
    more: dict[str, Any] = {"active": n % 3 > 0}
    if n % 4:
        more["title"] = f"T{n % 3}"
    if n % 5:
        more[WSOS] = {"level": n % 6 - 2, "height": (n % 7) / 10 + 0.1}
    if n % 2:
        more["emails"] = [{"value": f"z{n % 8}@x"}, {"value": f"a{n % 9}@x", "primary": n % 3 == 0}]
    return person(f"p{n * 37 % 101:03}", **more)


async def people(store: Opened, count: int) -> list[str]:
    return [(await store.put(numbered(n), external_id=f"e{n % 10}")).id for n in range(count)]


@pytest.mark.requirement("R191", "R121", "R122")
@pytest.mark.parametrize(("order", "descending"), ORDERS)
@pytest.mark.parametrize("filter", [None, 'userName sw "p0"'])
async def test_a_walk_is_the_list(
    every_store: Opened, order: str | None, descending: bool, filter: str | None
) -> None:
    """In the order of the list, whole pages, no empty one; and backwards the same pages."""
    await people(every_store, 23)
    whole = await every_store.ids(filter, order=order, descending=descending)
    query = every_store.query(filter, order=order, descending=descending, count=5)
    there, back = await there_and_back(every_store, query)
    assert [id for page in there for id in page] == whole
    assert [len(page) for page in there[:-1]] == [5] * (len(there) - 1)
    assert all(there)
    assert [id for page in back for id in page] == whole


@pytest.mark.requirement("R191")
@pytest.mark.parametrize("size", [1, 2, 6, 7, 8, 300])
async def test_the_last_page_has_no_next(store: Opened, size: int) -> None:
    """Not even where it is full; and what is empty is a first and last page."""
    for query in (store.query(count=size), store.query(order="title", count=size)):
        stretch = await step(store, (query,))
        assert (ids_of(stretch), stretch.total, stretch.previous, stretch.next) == ([], 0, None, None)
    ids = await fill(store, 6)
    for query in (store.query(count=size), store.query(order="userName", count=size)):
        pages = await forward(store, query)
        assert [id for page in pages for id in page] == ids
        assert len(pages) == -(-6 // size)


@pytest.mark.requirement("R190")
async def test_a_count_of_zero_gives_the_total_alone(store: Opened) -> None:
    await fill(store, 4)
    for more in ({}, {"order": "title"}):
        stretch = await step(store, (store.query(count=0, **more),))
        assert (ids_of(stretch), stretch.total, stretch.previous, stretch.next) == ([], 4, None, None)


@pytest.mark.requirement("R198")
async def test_totals_are_of_now(store: Opened) -> None:
    """Counted anew with every page (R198)."""
    ids = await fill(store, 9)
    for query in (store.query(count=4), store.query("title pr", count=4)):
        before = await step(store, (query,))
        await tombstone(store, ids.pop())
        after = await step(store, (query,), before.next)
        assert (before.total, after.total) == (len(ids) + 1, len(ids))


@pytest.mark.requirement("R191")
@pytest.mark.parametrize("order", [None, "userName", "title"])
async def test_a_place_outlives_its_resource(store: Opened, order: str | None) -> None:
    """Whoever stood there may go: the walk is continued where they were, in either direction."""
    ids = await fill(store, 12)
    query = store.query(order=order, count=4)
    whole = await store.ids(order=order)
    first = await step(store, (query,))
    second = await step(store, (query,), first.next)
    for gone in (whole[3], whole[4], whole[7]):
        await tombstone(store, gone)
        ids.remove(gone)
    assert ids_of(await step(store, (query,), second.next)) == whole[8:12]
    assert ids_of(await step(store, (query,), first.next)) == [*whole[5:7], *whole[8:10]]
    back = await step(store, (query,), second.previous, backward=True)
    assert ids_of(back) == whole[:3]
    assert back.previous is None
    assert back.next is not None


@pytest.mark.parametrize("order", [None, "title"])
async def test_an_emptied_page_leads_back(store: Opened, order: str | None) -> None:
    """All that followed is gone: the page is empty and the last, and what came before is before it still."""
    ids = await fill(store, 6)
    query = store.query(order=order, count=3)
    whole = await store.ids(order=order)
    first = await step(store, (query,))
    for gone in whole[3:]:
        await tombstone(store, gone)
    empty = await step(store, (query,), first.next)
    assert (ids_of(empty), empty.next) == ([], None)
    assert ids_of(await step(store, (query,), empty.previous, backward=True)) == whole[:3]
    for gone in whole[:3]:
        await tombstone(store, gone)
    nobody = await step(store, (query,), first.next)
    assert (ids_of(nobody), nobody.previous, nobody.next) == ([], None, None)
    assert len(ids) == 6


@pytest.mark.requirement("R200")
async def test_a_stretch_reads_its_own_rows_only(store: Opened) -> None:
    """However far it is, nothing before it is read, and nothing remembered."""
    ids = await fill(store, 3000)
    query, boundary, seen = store.query(count=150), None, []
    for _ in range(20):
        before = store.rows_read()
        stretch = await step(store, (query,), boundary)
        assert store.rows_read() - before <= 155
        seen += ids_of(stretch)
        boundary = stretch.next
    assert seen == ids


async def test_a_walk_of_the_stranger_meets_nobody(store: Opened) -> None:
    """Not even from a place in another's list."""
    await fill(store, 6)
    for query in (store.query(count=2), store.query(order="userName", count=2)):
        place = (await step(store, (query,))).next
        for backward in (False, True):
            stretch = await store.store.walk(store.strangers, (query,), place, backward=backward)
            assert (ids_of(stretch), stretch.total, stretch.previous, stretch.next) == ([], 0, None, None)


async def test_a_walk_sees_the_managed_only(store: Opened) -> None:
    ids = await fill(store, 3)
    await store.put(person("before"), state=State.UNCLAIMED, connection=None)
    assert await forward(store, store.query(count=2)) == [ids[:2], ids[2:]]
    assert await forward(store, store.query("userName pr", count=2)) == [ids[:2], ids[2:]]


async def test_long_texts_are_sorted_by_their_beginning(store: Opened) -> None:
    """Places stay small: beyond 512 characters the order of creation decides, in pages by number too."""
    same = "x" * 512
    titles = [same + "b", same + "a", "y", same[:-1] + "w", same]
    ids = [(await store.put(person(f"p{n}", title=title))).id for n, title in enumerate(titles)]
    expected = [ids[3], ids[0], ids[1], ids[4], ids[2]]
    assert await store.ids(order="title") == expected
    assert await forward(store, store.query(order="title", count=2)) == [
        expected[:2],
        expected[2:4],
        expected[4:],
    ]
    place = (await step(store, (store.query(order="title", count=2),))).next
    assert place is not None
    assert place.key == same


STAGES = st.lists(
    st.lists(st.tuples(st.sampled_from(["come", "go"]), st.integers(0, 60)), max_size=4),
    min_size=1,
    max_size=12,
)


@pytest.mark.requirement("R191", "R192")
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    stages=STAGES,
    order=st.sampled_from([None, "title", f"{WSOS}:level", "userName", "emails"]),
    descending=st.booleans(),
    filter=st.sampled_from([None, "userName pr"]),
    size=st.integers(1, 7),
    seed=st.integers(0, 1000),
)
async def test_whoever_is_there_throughout_is_met_once(
    store: Opened,
    stages: list[list[tuple[str, int]]],
    order: str | None,
    descending: bool,
    filter: str | None,
    size: int,
    seed: int,
) -> None:
    """While others come and go between any two pages, in every order, there and back."""
    for leftover in await store.ids():
        await tombstone(store, leftover)
    chance = random.Random(seed)
    there = [(await store.put(numbered(n))).id for n in chance.sample(range(100), 15)]
    stayed, serial = set(there), 1000
    query = store.query(filter, order=order, descending=descending, count=size)

    async def meanwhile(what: list[tuple[str, int]]) -> None:
        nonlocal serial
        for act, which in what:
            if act == "come":
                serial += 1
                document = numbered(which)
                there.append((await store.put({**document, "userName": f"q{which:02}{serial}"})).id)
            elif there:
                gone = there.pop(which % len(there))
                stayed.discard(gone)
                await tombstone(store, gone)

    boundary: Boundary | None = None
    met: list[str] = []
    place = None
    for stage in [*stages, *[[]] * 200]:
        stretch = await step(store, (query,), boundary)
        met += ids_of(stretch)
        place = stretch.previous
        if stretch.next is None:
            break
        boundary = stretch.next
        await meanwhile(stage)
    else:
        raise AssertionError("the walk does not end")
    assert len(met) == len(set(met))
    assert stayed <= set(met)
    whole = await store.ids(filter, order=order, descending=descending)
    assert [id for id in met if id in stayed] == [id for id in whole if id in stayed]

    last = ids_of(stretch)
    back = list(last)
    for stage in [*stages, *[[]] * 200]:
        if place is None:
            break
        stretch = await step(store, (query,), place, backward=True)
        back[:0] = ids_of(stretch)
        place = stretch.previous
        if place is not None:
            await meanwhile(stage)
    else:
        raise AssertionError("the way back does not end")
    assert len(back) == len(set(back))
    whole = await store.ids(filter, order=order, descending=descending)
    assert [id for id in back if id in stayed] == [id for id in whole if id in stayed]


async def mixed(store: Opened) -> list[str]:
    """People and teams, by turns."""
    ids = []
    for n in range(9):
        if n % 3 == 1:
            ids.append((await store.put(team(f"T{9 - n}"), type="Group")).id)
        else:
            ids.append((await store.put(person(f"p{n}", displayName=f"T{n}", title=f"x{n % 2}"))).id)
    return ids


@pytest.mark.requirement("R106")
async def test_several_types_are_one_list(every_store: Opened) -> None:
    """By number and by place, in one order, with one total."""
    store = every_store
    ids = await mixed(store)
    await store.put(person("unseen"), state=State.UNCLAIMED, connection=None)
    queries = [store.query(), store.query(type="Group")]
    page = await store.store.search(store.tenant, queries)
    assert ([row.resource.id for row in page.rows], page.total, page.start) == (ids, 9, 1)
    queries = [store.query(start=3, count=4), store.query(type="Group", start=3, count=4)]
    page = await store.store.search(store.tenant, queries)
    assert ([row.resource.id for row in page.rows], page.total, page.start) == (ids[2:6], 9, 3)
    there, back = await there_and_back(store, *queries)
    assert there == [ids[:4], ids[4:8], ids[8:]]
    assert [id for part in back for id in part] == ids
    assert (await store.store.search(store.strangers, queries)).total == 0


@pytest.mark.requirement("R106", "R121")
@pytest.mark.parametrize("descending", [False, True])
async def test_several_types_sorted(every_store: Opened, descending: bool) -> None:
    """By what both have, and by what only one has: the others come last, or first in descending order."""
    store = every_store
    ids = await mixed(store)
    for order, missing in (("displayName", False), ("title", True)):
        queries = [
            store.query(order=order, descending=descending, count=4),
            store.query(type="Group", order=None if missing else order, descending=descending, count=4),
        ]
        keys = [f"t{n}" for n in (0, 8, 2, 3, 5, 5, 6, 2, 8)] if not missing else _titles()
        ranked = sorted(
            range(9), key=lambda n: keys[n] or "", reverse=descending
        )  # stable: creation settles the rest
        if not descending:
            ranked = [n for n in ranked if keys[n]] + [n for n in ranked if not keys[n]]
        if descending:
            ranked = [n for n in ranked if not keys[n]] + [n for n in ranked if keys[n]]
        expected = [ids[n] for n in ranked]
        page = await store.store.search(store.tenant, queries)
        assert [row.resource.id for row in page.rows] == expected[:4]
        there, back = await there_and_back(store, *queries)
        assert [id for part in there for id in part] == expected
        assert [id for part in back for id in part] == expected


def _titles() -> list[str | None]:
    return [None if n % 3 == 1 else f"x{n % 2}" for n in range(9)]


async def test_each_type_has_its_own_filter(store: Opened) -> None:
    ids = await mixed(store)
    queries = [store.query('userName eq "p3"', lookup=True), store.query('displayName sw "t"', type="Group")]
    page = await store.store.search(store.tenant, queries)
    assert [row.resource.id for row in page.rows] == [ids[1], ids[3], ids[4], ids[7]]
    assert page.total == 4


async def test_groups_of_people_alone(store: Opened) -> None:
    """A team in another team does not get the attribute that people have."""
    inner = (await store.put(team("Inner"), type="Group")).id
    kim = (await store.put(person("kim"))).id
    await store.carry_out_team("Outer", inner, kim)
    queries = [store.query(with_groups=True), store.query(type="Group", with_groups=False)]
    page = await store.store.search(store.tenant, queries)
    assert [bool(row.groups) for row in page.rows] == [False, True, False]


@pytest.mark.requirement("R121")
async def test_sorted_by_members_and_groups(store: Opened) -> None:
    """The first of several counts; a team without members has no value."""
    kim, lee = [(await store.put(person(name))).id for name in ("kim", "lee")]
    empty = (await store.put(team("Empty"), type="Group")).id
    of_lee = await store.carry_out_team("Of Lee", lee)
    of_both = await store.carry_out_team("Of both", kim, lee)
    assert await store.ids(type="Group", order="members.value") == [of_both, of_lee, empty]
    assert await store.ids(type="Group", order="members", descending=True) == [empty, of_lee, of_both]
    assert await store.ids(order="groups.value", descending=True) == [kim, lee]


async def test_a_change_of_many_is_walked(store: Opened) -> None:
    """More rows than the loop would read itself."""
    writes = [store.written(person(f"p{n:04}")) for n in range(700)]
    await store.apply(changed(*writes))
    pages = await forward(store, store.query(count=300))
    assert [len(page) for page in pages] == [300, 300, 100]
    assert [id for page in pages for id in page] == [write.resource.id for write in writes]
