"""A resource type that a profile declares is served as people and teams are: all verbs, discovery, isolation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from tests.installation import Site, Tenant, installation
from tests.profiles.devices import DEVICE, WARRANTY, device, tenant_with_devices

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation() as opened:
        yield opened


@pytest.fixture
async def tenant(site: Site) -> Tenant:
    return await tenant_with_devices(site)


def patch(*operations: dict[str, object]) -> dict[str, object]:
    return {"schemas": [PATCH], "Operations": list(operations)}


async def serials(tenant: Tenant, query: str = "") -> list[str]:
    answer = await tenant.get(f"/Devices{query}")
    assert answer.status == 200, answer.json
    assert answer.json["itemsPerPage"] == len(answer.json["Resources"])
    return [found["serialNumber"] for found in answer.json["Resources"]]


async def filtered(tenant: Tenant, filter: str) -> list[str]:
    return await serials(tenant, f"?filter={quote(filter)}")


@pytest.mark.requirement("R61", "R96", "R97", "R99", "R100", "R131", "R132", "R160", "R161")
async def test_a_life(tenant: Tenant) -> None:
    made = await tenant.post("/Devices", device("S-1", kind="Laptop", externalId="x-1"))
    assert made.status == 201, made.json
    assert made.json["meta"]["resourceType"] == "Device"
    assert made.json["meta"]["location"] == made.headers["location"]
    assert made.json["kind"] == "laptop"
    path = f"/Devices/{made.json['id']}"
    assert (await tenant.get(path)).json == made.json
    put = await tenant.put(path, device("S-1", displayName="Mia's", externalId="x-1"))
    assert (put.status, put.json["displayName"], "kind" in put.json) == (200, "Mia's", False)
    patched = await tenant.patch(path, patch({"op": "add", "path": f"{WARRANTY}:contract", "value": "C-9"}))
    assert patched.status == 200
    assert patched.json[WARRANTY] == {"contract": "C-9"}
    assert sorted(patched.json["schemas"]) == sorted([DEVICE, WARRANTY])
    again = await tenant.patch(path, patch({"op": "add", "path": f"{WARRANTY}:contract", "value": "C-9"}))
    assert again.json["meta"] == patched.json["meta"]
    assert (await tenant.delete(path)).status == 204
    for answer in (await tenant.get(path), await tenant.delete(path), await tenant.put(path, device("S-1"))):
        assert answer.status == 404
    assert await serials(tenant) == []
    new = await tenant.post("/Devices", device("S-1"))
    assert new.status == 201
    assert new.json["id"] != made.json["id"]


@pytest.mark.requirement("R61", "R62", "R64", "R176", "R177")
async def test_discovery_names_it(tenant: Tenant) -> None:
    types = (await tenant.get("/ResourceTypes")).json
    [found] = [one for one in types["Resources"] if one["name"] == "Device"]
    assert found["endpoint"] == "/Devices"
    assert found["schema"] == DEVICE
    assert found["schemaExtensions"] == [{"schema": WARRANTY, "required": False}]
    assert (await tenant.get("/ResourceTypes/device")).json == found
    schema = (await tenant.get(f"/Schemas/{DEVICE.upper()}")).json
    assert schema["id"] == DEVICE
    unique = {a["name"] for a in schema["attributes"] if a["uniqueness"] == "server"}
    assert unique == {"serialNumber", "assetTag"}


@pytest.mark.requirement("R74", "R98", "R163")
async def test_unique_values(tenant: Tenant) -> None:
    first = await tenant.post("/Devices", device("S-1", assetTag="a1"))
    taken = await tenant.post("/Devices", device("s-1"))
    assert taken.status == 409
    assert taken.json["scimType"] == "uniqueness"
    assert first.json["id"] in taken.json["detail"]
    assert (await tenant.post("/Devices", device("S-2", assetTag="a1"))).status == 409
    other = await tenant.post("/Devices", device("S-2", assetTag="A1"))
    assert other.status == 201, "letter case counts"
    path = f"/Devices/{other.json['id']}"
    clash = await tenant.patch(path, patch({"op": "replace", "path": "assetTag", "value": "a1"}))
    assert clash.status == 409
    assert (await tenant.get(path)).json == other.json
    await tenant.delete(f"/Devices/{first.json['id']}")
    assert (
        await tenant.patch(path, patch({"op": "replace", "path": "assetTag", "value": "a1"}))
    ).status == 200


@pytest.mark.requirement("R74")
async def test_of_many_writers_at_once_one_has_the_value(tenant: Tenant) -> None:
    answers = await asyncio.gather(*(tenant.post("/Devices", device("S-1")) for _ in range(32)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 31
    assert {answer.json.get("scimType") for answer in answers if answer.status == 409} == {"uniqueness"}
    assert await serials(tenant) == ["S-1"]


@pytest.mark.requirement("R69", "R136", "R144")
async def test_an_immutable_key_stays(tenant: Tenant) -> None:
    path = f"/Devices/{(await tenant.post('/Devices', device('S-1'))).json['id']}"
    for answer in (
        await tenant.put(path, device("S-2")),
        await tenant.patch(path, patch({"op": "replace", "path": "serialNumber", "value": "S-2"})),
    ):
        assert (answer.status, answer.json["scimType"]) == (400, "mutability")
    assert await serials(tenant) == ["S-1"]


@pytest.mark.requirement("R7", "R108", "R111", "R120", "R121", "R124", "R126", "R130")
async def test_filter_sort_page_search(tenant: Tenant) -> None:
    for number, kind in ((3, "laptop"), (1, "phone"), (2, "laptop")):
        more = {"purchased": f"2026-0{number}-01T00:00:00Z", "storageGigabytes": number * 100}
        network = [{"value": f"10.0.0.{number}", "type": "wifi", "primary": True}]
        body = device(f"S-{number}", kind=kind, displayName=f"Nr {number}", addresses=network, **more)
        assert (await tenant.post("/Devices", body)).status == 201
    assert await filtered(tenant, 'serialNumber eq "s-2"') == ["S-2"]
    assert await filtered(tenant, 'displayName eq "NR 3"') == ["S-3"]
    assert await filtered(tenant, 'kind eq "laptop" and storageGigabytes gt 200') == ["S-3"]
    assert await filtered(tenant, 'purchased lt "2026-02-01T01:00:00+01:00"') == ["S-1"]
    assert await filtered(tenant, 'addresses[type eq "wifi" and value ew ".2"]') == ["S-2"]
    assert await filtered(tenant, f"{WARRANTY}:contract pr") == []
    location = (await tenant.get("/Devices?count=1")).json["Resources"][0]["meta"]["location"]
    assert await filtered(tenant, f'meta.location eq "{location}"') == ["S-3"]
    assert await filtered(tenant, 'meta.resourceType eq "Device"') == ["S-3", "S-1", "S-2"]
    assert await serials(tenant, "?sortBy=storageGigabytes&sortOrder=descending") == ["S-3", "S-2", "S-1"]
    assert await serials(tenant, "?sortBy=displayName&startIndex=2&count=1") == ["S-2"]
    message = {"schemas": [SEARCH], "filter": 'kind eq "phone"', "attributes": ["kind"]}
    [found] = (await tenant.post("/Devices/.search", message)).json["Resources"]
    assert found.keys() == {"schemas", "id", "kind"}
    refused = await tenant.get("/Devices?filter=" + quote('unlockCode eq "1"'))
    assert (refused.status, refused.json["scimType"]) == (400, "invalidFilter")


@pytest.mark.requirement("R70", "R73")
async def test_what_is_returned(tenant: Tenant) -> None:
    made = await tenant.post("/Devices", device("S-1", unlockCode="hush-hush", notes="dented"))
    assert "hush-hush" not in str(made.json)
    assert made.json["notes"] == "dented", "a write that names it shows it"
    path = f"/Devices/{made.json['id']}"
    assert "notes" not in (await tenant.get(path)).json
    assert (await tenant.get(f"{path}?attributes=notes,unlockCode")).json["notes"] == "dented"


@pytest.mark.requirement("R31", "R78")
async def test_the_stranger_gets_nothing(site: Site, tenant: Tenant) -> None:
    stranger = await site.tenant("devices")
    made = await tenant.post("/Devices", device("S-1"))
    path = f"/Devices/{made.json['id']}"
    assert await serials(stranger) == []
    assert await filtered(stranger, 'serialNumber eq "S-1"') == []
    for answer in (
        await stranger.get(path),
        await stranger.put(path, device("S-1")),
        await stranger.patch(path, patch({"op": "replace", "path": "kind", "value": "phone"})),
        await stranger.delete(path),
    ):
        assert answer.status == 404
    assert (await stranger.post("/Devices", device("S-1"))).status == 201
    assert await serials(tenant) == ["S-1"]


async def test_another_product_has_no_such_endpoint(site: Site, tenant: Tenant) -> None:
    plain = await site.tenant("generic")
    answer = await plain.get("/Devices")
    assert answer.status == 404
    assert "/Users" in answer.json["detail"]


async def test_it_is_kept_apart_from_people_and_teams(tenant: Tenant) -> None:
    user = await tenant.post("/Users", {"userName": "mia@corp.test", "displayName": "Twin"})
    made = await tenant.post("/Devices", device("S-1", displayName="Twin"))
    assert (await tenant.get(f"/Users/{made.json['id']}")).status == 404
    assert (await tenant.get(f"/Devices/{user.json['id']}")).status == 404
    assert (await tenant.get("/Users")).json["totalResults"] == 1
    assert await filtered(tenant, 'displayName eq "twin"') == ["S-1"]
    group = {"displayName": "Sales", "members": [{"value": made.json["id"]}]}
    shown = await tenant.post("/Groups", group)
    assert shown.status == 201
    assert "members" not in shown.json, "a device is no member"


async def test_events_name_the_type(site: Site, tenant: Tenant) -> None:
    made = await tenant.post("/Devices", device("S-1"))
    path = f"/Devices/{made.json['id']}"
    await tenant.patch(path, patch({"op": "replace", "path": "kind", "value": "phone"}))
    await tenant.delete(path)
    events = await site.application.store.log.events(0, 100, tenant=tenant.record.id)
    assert [(e.type, e.subject_type) for e in events] == [
        ("resource.created", "Device"),
        ("resource.updated", "Device"),
        ("resource.deleted", "Device"),
    ]
    assert events[1].payload == {"kind": [None, "phone"]}


async def test_a_deleted_one_comes_back_where_the_profile_says_so(site: Site) -> None:
    tenant = await tenant_with_devices(site, ('delete = "tombstone"', 'delete = "inactivate"'))
    made = await tenant.post("/Devices", device("S-1", kind="phone", assetTag="a1"))
    await tenant.delete(f"/Devices/{made.json['id']}")
    other = await tenant.post("/Devices", device("S-2", assetTag="a1"))
    assert other.status == 201
    refused = await tenant.post("/Devices", device("S-1"))
    assert refused.status == 409, "what it was given before is another's by now"
    back = await tenant.post("/Devices", device("S-1", assetTag="a2"))
    assert (back.status, back.json["id"], back.json["kind"]) == (201, made.json["id"], "phone")
    assert back.json["meta"]["created"] == made.json["meta"]["created"]
