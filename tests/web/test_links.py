"""Manager, and a profile's own references: whose they are is said anew in every answer (R54, R9, R10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.installation import Site, Tenant, installation
from tests.profiles.devices import device, tenant_with_devices
from tests.profiles.test_served_schemas import strict_tenant

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation() as opened:
        yield opened


@pytest.fixture
async def tenant(site: Site) -> Tenant:
    return await site.tenant()


def person(name: str, manager: Any = None, **more: Any) -> dict[str, Any]:
    body = {"userName": f"{name}@corp.test", "displayName": name.title(), **more}
    return body if manager is None else {**body, ENTERPRISE: {"manager": {"value": manager}}}


async def create(tenant: Tenant, name: str, manager: Any = None, **more: Any) -> dict[str, Any]:
    answer = await tenant.post("/Users", person(name, manager, **more))
    assert answer.status == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


async def manager_of(tenant: Tenant, id: str) -> dict[str, Any]:
    """As a GET, a list and a search show it, which must agree."""
    one = (await tenant.get(f"/Users/{id}")).json
    listed = await tenant.get("/Users?filter=" + quote(f'id eq "{id}"'))
    everybody = (await tenant.get("/Users")).json["Resources"]
    assert listed.json["Resources"] == [one]
    assert one in everybody
    found: dict[str, Any] = one[ENTERPRISE]["manager"]
    return found


async def found(tenant: Tenant, filter: str) -> list[str]:
    answer = await tenant.get(f"/Users?filter={quote(filter)}")
    assert answer.status == 200, answer.json
    return [one["displayName"] for one in answer.json["Resources"]]


@pytest.mark.requirement("R9", "R10", "R54", "R82")
async def test_a_manager_has_name_and_address(tenant: Tenant) -> None:
    boss = await create(tenant, "boss")
    mia = await create(tenant, "mia", boss["id"])
    link = {"value": boss["id"], "$ref": boss["meta"]["location"], "displayName": "Boss"}
    assert mia[ENTERPRISE]["manager"] == link
    assert await manager_of(tenant, mia["id"]) == link
    assert (await tenant.get(f"/Users/{mia['id']}")).json == mia, "what a write answers is what is read"
    renamed = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"displayName": "Chief"}}]}
    await tenant.patch(f"/Users/{boss['id']}", renamed)
    after = (await tenant.get(f"/Users/{mia['id']}")).json
    assert after[ENTERPRISE]["manager"]["displayName"] == "Chief"
    assert after["meta"] == mia["meta"], "another's name is not a change of this one"
    back = await tenant.put(f"/Users/{mia['id']}", after)
    assert back.json == after, "the resource's own answer is accepted and changes nothing"


@pytest.mark.requirement("R54", "R68", "R144")
async def test_name_and_address_are_read_only(tenant: Tenant) -> None:
    boss = await create(tenant, "boss")
    sent = {"value": boss["id"], "$ref": "https://elsewhere.test/Users/1", "displayName": "Me"}
    mia = (await tenant.post("/Users", {"userName": "mia@corp.test", ENTERPRISE: {"manager": sent}})).json
    assert mia[ENTERPRISE]["manager"]["displayName"] == "Boss"
    assert mia[ENTERPRISE]["manager"]["$ref"] == boss["meta"]["location"]
    for part in ("displayName", "$ref"):
        operation = {"op": "replace", "path": f"{ENTERPRISE}:manager.{part}", "value": "x"}
        answer = await tenant.patch(f"/Users/{mia['id']}", {"schemas": [PATCH], "Operations": [operation]})
        assert (answer.status, answer.json["scimType"]) == (400, "mutability")


@pytest.mark.requirement("R54", "K22", "K27")
async def test_whoever_comes_first_the_end_is_the_same(site: Site, tenant: Tenant) -> None:
    """Sent by userName or externalId, before or after the manager is there; the value stays as sent."""
    early = await create(tenant, "early", "Boss@Corp.test")
    assert early[ENTERPRISE]["manager"] == {"value": "Boss@Corp.test"}
    boss = await create(tenant, "boss", externalId="00u7")
    late = await create(tenant, "late", "boss@corp.test")
    other = await create(tenant, "other", "00u7")
    for one, value in ((early, "Boss@Corp.test"), (late, "boss@corp.test"), (other, "00u7")):
        assert await manager_of(tenant, one["id"]) == {
            "value": value,
            "$ref": boss["meta"]["location"],
            "displayName": "Boss",
        }
    assert await found(tenant, f'{ENTERPRISE}:manager.displayName eq "BOSS"') == ["Early", "Late", "Other"]
    await tenant.delete(f"/Users/{boss['id']}")
    assert await manager_of(tenant, late["id"]) == {"value": "boss@corp.test"}


@pytest.mark.requirement("R54")
async def test_nobody_known_is_kept_and_noted(site: Site, tenant: Tenant) -> None:
    body = person("mia", "somebody")
    dry = await tenant.post("/Users", body, {"Vestibule-Dry-Run": "true", "Content-Type": "application/json"})
    assert any("names nobody known here" in note for note in dry.json["notes"])
    strict = await strict_tenant(site, "generic")
    boss = await create(strict, "boss", schemas=["urn:ietf:params:scim:schemas:core:2.0:User"])
    by_name = {**person("mia", "boss@corp.test"), "schemas": [*boss["schemas"], ENTERPRISE]}
    made = await strict.post("/Users", by_name)
    assert made.json[ENTERPRISE]["manager"] == {"value": "boss@corp.test"}, "strict: an id, nothing else"


@pytest.mark.requirement("R108")
async def test_filters_see_what_is_shown(tenant: Tenant) -> None:
    boss = await create(tenant, "boss")
    await create(tenant, "mia", boss["id"])
    await create(tenant, "zoe", "nobody")
    manager = f"{ENTERPRISE}:manager"
    assert await found(tenant, f'{manager}.value eq "{boss["id"]}"') == ["Mia"]
    assert await found(tenant, f'{manager}.displayName sw "bo"') == ["Mia"]
    assert await found(tenant, f'{manager}.$ref eq "{boss["meta"]["location"]}"') == ["Mia"]
    assert await found(tenant, f"{manager}.displayName pr") == ["Mia"]
    assert await found(tenant, f'{manager}[displayName eq "boss" and value pr]') == ["Mia"]
    assert await found(tenant, f"{manager} pr and not ({manager}.$ref pr)") == ["Zoe"]


@pytest.mark.requirement("R78")
async def test_a_stranger_is_no_manager(site: Site, tenant: Tenant) -> None:
    stranger = await create(await site.tenant(), "boss")
    for value in (stranger["id"], "boss@corp.test"):
        mia = await create(tenant, f"mia{len(value)}", value)
        assert mia[ENTERPRISE]["manager"] == {"value": value}
    assert await found(tenant, f'{ENTERPRISE}:manager.displayName eq "boss"') == []


@pytest.mark.requirement("R9", "R10")
async def test_a_reference_of_a_profiles_own(site: Site) -> None:
    tenant = await tenant_with_devices(site)
    mia = await create(tenant, "mia")
    made = await tenant.post("/Devices", device("S-1", owner={"value": mia["id"], "display": "Nobody"}))
    assert made.json["owner"] == {"value": mia["id"], "$ref": mia["meta"]["location"], "display": "Mia"}
    [listed] = (await tenant.get("/Devices")).json["Resources"]
    assert listed == made.json
    shown = await tenant.get(f"/Devices/{made.json['id']}?attributes=owner.display")
    assert shown.json["owner"] == {"display": "Mia"}
    answer = await tenant.get("/Devices?filter=" + quote('owner.display eq "mia"'))
    assert answer.json["totalResults"] == 1
