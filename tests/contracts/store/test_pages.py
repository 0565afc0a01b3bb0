"""Lists: order, paging, totals, counts, sorting, lookups (R121–R125)."""

from __future__ import annotations

import pytest

from tests.contracts.store.opened import BASE, Opened, changed, person
from vestibule.directory.change import ResourceWrite
from vestibule.directory.resource import State
from vestibule.directory.store import Query


async def fill(store: Opened, count: int) -> list[str]:
    writes: list[ResourceWrite] = []
    for n in range(count):
        emails = [{"value": f"p{n}@corp.test", "type": "work"}]
        writes.append(store.written(person(f"p{n:05}", title=f"T{n % 7}", emails=emails)))
    await store.apply(changed(*writes))
    return [write.resource.id for write in writes]


async def tombstone(store: Opened, id: str) -> None:
    resource = (await store.store.get(store.tenant, "User", id, 1, with_groups=False, base_url=BASE)).resource
    write = store.written(
        {**resource.document(), "id": id},
        state=State.TOMBSTONE,
        expected_version=resource.version,
        state_before=State.MANAGED,
    )
    await store.apply(changed(write))


@pytest.mark.requirement("R125", "K33")
@pytest.mark.parametrize("size", [1, 7, 100, 250])
async def test_pages_join_to_the_whole(store: Opened, size: int) -> None:
    """No gap, no duplicate, in the order of creation; the total on each of them (R125)."""
    ids = await fill(store, 320)
    seen: list[str] = []
    while True:
        page = await store.page(start=len(seen) + 1, count=size)
        assert page.total == 320
        if not page.rows:
            break
        seen += [shown.resource.id for shown in page.rows]
    assert seen == ids


@pytest.mark.requirement("K33")
async def test_the_next_page_reads_its_own_rows_only(store: Opened) -> None:
    """A running import goes on where it was, however far that is."""
    ids = await fill(store, 3000)
    for start in range(1, 3000, 200):
        before = store.rows_read()
        page = await store.page(start=start, count=200)
        assert [shown.resource.id for shown in page.rows] == ids[start - 1 : start + 199]
        assert store.rows_read() - before <= 203


async def test_a_place_is_not_trusted_after_a_deletion(store: Opened) -> None:
    """``startIndex`` counts what is there now, not what was there at the page before."""
    ids = await fill(store, 60)
    await store.page(start=1, count=20)
    await tombstone(store, ids[3])
    left = [id for id in ids if id != ids[3]]
    assert [shown.resource.id for shown in (await store.page(start=21, count=20)).rows] == left[20:40]


async def test_a_place_is_not_trusted_after_a_claim(store: Opened) -> None:
    """Whoever is claimed takes the place that their creation gave them."""
    early = await store.put(person("early"), state=State.UNCLAIMED, connection=None)
    ids = await fill(store, 30)
    assert await store.ids() == ids
    await store.page(start=1, count=10)
    write = store.written(
        {**early.document(), "id": early.id}, expected_version=1, state_before=State.UNCLAIMED
    )
    await store.apply(changed(write))
    whole = [early.id, *ids]
    assert [shown.resource.id for shown in (await store.page(start=11, count=10)).rows] == whole[10:20]
    assert await store.store.count(store.tenant, "User") == 31


async def test_a_page_grows_at_its_end_while_people_are_created(store: Opened) -> None:
    """New people come last, so that an import meets them."""
    ids = await fill(store, 40)
    await store.page(start=1, count=20)
    more = await fill_more(store)
    page = await store.page(start=21, count=100)
    assert [shown.resource.id for shown in page.rows] == [*ids[20:], *more]
    assert page.total == 45


async def fill_more(store: Opened) -> list[str]:
    return [(await store.put(person(f"later{n}"))).id for n in range(5)]


@pytest.mark.requirement("R123", "R124")
@pytest.mark.parametrize(
    ("start", "count", "shown"),
    [(1, 0, 0), (0, 5, 5), (-3, 5, 5), (6, 5, 5), (11, 5, 0), (9, 5, 2), (1, None, 10)],
)
@pytest.mark.parametrize("filter", [None, "title pr", 'userName sw "p"'])
async def test_start_and_count(
    store: Opened, start: int, count: int | None, shown: int, filter: str | None
) -> None:
    """Below 1 counts as 1; 0 gives the total alone; beyond the end there is nothing (R123, R124)."""
    await fill(store, 10)
    page = await store.page(filter, start=start, count=count)
    assert (len(page.rows), page.total) == (shown, 10)


async def test_the_default_page_has_a_hundred(store: Opened) -> None:
    await fill(store, 120)
    assert len((await store.page()).rows) == 100


async def test_counts_are_kept_through_every_state(store: Opened) -> None:
    """Managed ones only; and the strangers' are their own."""
    ids = await fill(store, 3)
    await store.put(person("before"), state=State.UNCLAIMED, connection=None)
    await store.put(person("p00001"), tenant=store.strangers)
    assert await store.store.count(store.tenant, "User") == 3
    await tombstone(store, ids[0])
    assert await store.store.count(store.tenant, "User") == 2
    assert await store.store.count(store.strangers, "User") == 1
    assert await store.store.count(store.tenant, "Group") == 0


@pytest.mark.requirement("R125")
async def test_totals_count_matches_beyond_the_page(store: Opened) -> None:
    await fill(store, 70)
    page = await store.page('title eq "t3"', count=4, start=3)
    assert (len(page.rows), page.total, page.start) == (4, 10, 3)


async def test_lookups_find_the_unclaimed_and_lists_do_not(store: Opened) -> None:
    """A person who existed before is met by name only (W26)."""
    person_before = await store.put(
        person("mika@corp.test", emails=[{"value": "mika@corp.test"}]), state=State.UNCLAIMED, connection=None
    )
    for text in ('userName eq "MIKA@corp.test"', 'emails.value eq "mika@corp.test"'):
        assert await store.ids(text, lookup=True) == [person_before.id]
        assert await store.ids(text) == []
        assert await store.ids(f"{text} and active eq true", lookup=True) == [person_before.id]
        assert await store.ids(text, lookup=True, tenant=store.strangers) == []
    assert await store.ids() == []
    assert await store.ids('userName sw "mika"') == []


async def test_a_lookup_reads_one_row(store: Opened) -> None:
    ids = await fill(store, 500)
    for text in ('userName eq "p00123"', 'emails.value eq "p123@corp.test"', f'id eq "{ids[123]}"'):
        before = store.rows_read()
        assert await store.ids(text, lookup=True) == [ids[123]]
        assert store.rows_read() - before <= 2


async def test_many_with_one_address_are_counted_all(store: Opened) -> None:
    """Addresses are not unique; more than a page of them is still answered right."""
    shared = [{"value": "all@corp.test"}]
    await store.apply(changed(*[store.written(person(f"s{n}", emails=shared)) for n in range(230)]))
    page = await store.page('emails.value eq "ALL@corp.test"', count=10, start=221, lookup=True)
    assert (len(page.rows), page.total) == (10, 230)


SORTED = {
    "b": person("b", name={"familyName": "éa"}, emails=[{"value": "z@x"}, {"value": "a@x", "primary": True}]),
    "A": person("A", name={"familyName": "Zed"}, emails=[{"value": "m@x"}, {"value": "0@x"}]),
    "c": person("c", active=False),
    "d": person("d", name={"familyName": "zed"}, emails=[{"type": "work", "value": "B@x"}]),
}


@pytest.mark.requirement("R121", "R122")
@pytest.mark.parametrize(
    ("order", "descending", "expected"),
    [
        ("userName", False, "Abcd"),
        ("userName", True, "dcbA"),
        ("name.familyName", False, "Adbc"),
        ("name.familyName", True, "cbAd"),
        ("emails.value", False, "bdAc"),
        ("emails.value", True, "cAdb"),
        ("emails", False, "bdAc"),
        ("active", False, "cbAd"),
        ("meta.created", True, "dcAb"),
        ("title", False, "bAcd"),
        ("externalId", False, "bAcd"),
    ],
)
async def test_sorting(store: Opened, order: str, descending: bool, expected: str) -> None:
    """By the primary or first value; missing ones last, first when descending (R121); folded (R122)."""
    names = {(await store.put(document)).id: name for name, document in SORTED.items()}
    got = [names[id] for id in await store.ids(order=order, descending=descending)]
    assert "".join(got) == expected
    assert [names[i] for i in await store.ids('userName ne "c"', order=order, descending=descending)] == [
        name for name in expected if name != "c"
    ]


async def test_the_stranger_sees_nothing(store: Opened) -> None:
    ids = await fill(store, 5)
    assert await store.ids(tenant=store.strangers) == []
    assert await store.ids('userName eq "p00001"', tenant=store.strangers, lookup=True) == []
    assert await store.ids(f'id eq "{ids[0]}"', tenant=store.strangers) == []
    assert await store.ids("title pr", tenant=store.strangers) == []
    assert await store.store.get(store.strangers, "User", ids[0], 1, with_groups=True, base_url=BASE) is None


async def test_a_big_page_is_read_whole(store: Opened) -> None:
    """More rows than the loop would read itself."""
    ids = await fill(store, 700)
    page = await store.store.page(store.tenant, Query("User", 1, count=1000))
    assert [shown.resource.id for shown in page.rows] == ids
