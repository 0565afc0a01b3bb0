"""Resources of types that a profile declares: unique values, what a deletion leaves, filters, counts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.contracts.store.opened import BASE, Opened, changed, person
from tests.profiles.devices import device, text
from vestibule.directory.change import Change, ResourceWrite, UniqueKey
from vestibule.directory.derived import Derived
from vestibule.directory.facts import ByKey, DeletedByKey, Facts, MemberTarget
from vestibule.directory.request import Create, Delete, Standing
from vestibule.directory.resource import Resource, State
from vestibule.directory.run import carry_out
from vestibule.directory.store import Query
from vestibule.profiles.load import load_profile
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve

PROFILE = load_profile(text(), "devices.toml")
DEVICES = PROFILE.types["Device"]
KEY = ("Device", "serialNumber")


def written(store: Opened, document: Mapping[str, Any], state: State = State.MANAGED) -> ResourceWrite:
    id, now = store.new_id(), store.clock()
    derived = Derived(DEVICES, PROFILE, DEVICES.with_schemas({**document, "id": id}))
    resource = Resource(id, "Device", 1, now, now, state=state, connection=1, **derived.columns)
    return derived.write(resource, None)


async def put(store: Opened, serial: str, state: State = State.MANAGED, **more: Any) -> str:
    write = written(store, device(serial, **more), state)
    await store.apply(changed(write))
    return write.resource.id


async def do(store: Opened, request: Create | Delete) -> Change:
    standing = Standing(store.tenant, 1, PROFILE, "okta", "token:test", "req")
    return (await carry_out(store.store, standing, request, store.clock, store.new_id)).change


async def found(store: Opened, filter: str, tenant: int = 0) -> list[str]:
    query = Query(
        "Device",
        1,
        resolve(parse_filter(filter), DEVICES),
        base_url=BASE,
        indexed=PROFILE.keyed(DEVICES),
        endpoint="/Devices",
    )
    page = await store.store.page(tenant or store.tenant, query)
    return [row.resource.document()["serialNumber"] for row in page.rows]


@pytest.mark.requirement("R74")
async def test_who_has_a_key(store: Opened) -> None:
    id = await put(store, "S-1")
    await put(store, "S-2", State.TOMBSTONE)
    assert [r.id for r in await store.fact(ByKey(*KEY, "s-1", 1))] == [id]
    assert await store.fact(ByKey("User", "serialNumber", "s-1", 1)) == ()
    assert await store.fact(ByKey(*KEY, "s-2", 1)) == ()
    assert await store.fact(ByKey(*KEY, "s-1", 1), store.strangers) == ()


async def test_the_tombstone_deleted_last(store: Opened) -> None:
    await put(store, "S-1", State.TOMBSTONE)
    last = await put(store, "S-1", State.TOMBSTONE)
    await put(store, "S-1")
    assert (await store.fact(DeletedByKey(*KEY, "s-1", 1))).id == last
    assert await store.fact(DeletedByKey(*KEY, "s-2", 1)) is None
    assert await store.fact(DeletedByKey(*KEY, "s-1", 1), store.strangers) is None


@pytest.mark.requirement("R74")
async def test_a_key_taken_meanwhile_is_decided_again(store: Opened) -> None:
    await put(store, "S-1")
    key = UniqueKey(*KEY, "s-1")
    asked: list[str] = []

    def again(facts: Facts) -> Change:
        asked.append("again")
        return changed(written(store, device("S-3")))

    await store.apply(changed(written(store, device("S-1")), unique_keys=(key,)), again=again)
    assert asked == ["again"]
    await store.apply(changed(written(store, device("S-1")), unique_keys=(key,)), store.strangers)
    assert await found(store, "serialNumber pr") == ["S-1", "S-3"]


@pytest.mark.requirement("R74")
async def test_of_writers_at_once_one_has_the_value(store: Opened) -> None:
    changes = await asyncio.gather(*(do(store, Create("Device", dict(device("S-1")))) for _ in range(32)))
    assert sorted(change.answer.status for change in changes) == [201] + [409] * 31
    assert await store.store.count(store.tenant, "Device") == 1


@pytest.mark.requirement("R163")
async def test_a_deleted_one_frees_its_values(store: Opened) -> None:
    made = await do(store, Create("Device", dict(device("S-1"))))
    assert made.answer.resource
    assert (await do(store, Delete("Device", made.answer.resource.id))).answer.status == 204
    assert await store.store.count(store.tenant, "Device") == 0
    assert (await do(store, Create("Device", dict(device("S-1"))))).answer.status == 201


@pytest.mark.requirement("R108", "R120")
async def test_filters_on_every_attribute(store: Opened) -> None:
    await put(store, "S-1", displayName="Twin", assetTag="a1", storageGigabytes=64)
    await put(store, "S-2", displayName="Other", assetTag="A1")
    await store.put(person("twin@x.test", displayName="Twin"))
    assert await found(store, 'displayName eq "TWIN"') == ["S-1"]
    assert await found(store, 'displayName sw "o"') == ["S-2"]
    assert await found(store, 'assetTag eq "A1"') == ["S-2"]
    assert await found(store, 'serialNumber eq "s-1" or storageGigabytes lt 10') == ["S-1"]
    assert await found(store, "not (storageGigabytes pr)") == ["S-2"]
    location = await store.store.page(store.tenant, Query("Device", 1, base_url=BASE))
    uri = f"{BASE}/Devices/{location.rows[1].resource.id}"
    assert await found(store, f'meta.location eq "{uri}"') == ["S-2"]
    assert await found(store, "serialNumber pr", store.strangers) == []


@pytest.mark.requirement("R52")
async def test_it_is_no_member(store: Opened) -> None:
    id = await put(store, "S-1")
    assert await store.fact(MemberTarget(id, 1, True)) == ("unknown", "", "")
