"""The discovery documents: their form, their addresses, what they refuse, and that they agree (R56–R66, R176–R178)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest

from tests.installation import Site, Tenant, installation
from tests.profiles.devices import text
from tests.served import person
from vestibule.profiles.profile import Role
from vestibule.recordings.replay import DEFAULT_HEADERS
from vestibule.security_events.errors import NotOffered
from vestibule.security_events.event_types import TOLD_AS
from vestibule.security_events.streams import add_stream
from vestibule.tenancy.kept_profiles import keep_profile

CORE = "urn:ietf:params:scim:schemas:core:2.0"
DISCOVERY = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas")
KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "reference": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "complex": (dict,),
}


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation() as opened:
        await keep_profile(opened.desk, text(), "devices.toml")
        yield opened


@pytest.fixture(params=["acall", "getaccept", "generic", "devices"])
async def tenant(request: pytest.FixtureRequest, site: Site) -> Tenant:
    return await site.tenant(request.param)


async def listed(tenant: Tenant, path: str) -> list[dict[str, Any]]:
    answer = await tenant.get(path)
    assert answer.status == 200
    assert answer.json["totalResults"] == len(answer.json["Resources"]) == answer.json["itemsPerPage"]
    found: list[dict[str, Any]] = answer.json["Resources"]
    return found


def faults(document: Any, attributes: list[dict[str, Any]], where: str) -> Iterator[str]:
    """What in a document is not as the schema of it says."""
    declared = {attribute["name"]: attribute for attribute in attributes}
    yield from (f"{where}.{name} is not declared" for name in document.keys() - declared.keys())
    for name, attribute in declared.items():
        value = document.get(name)
        if value is None:
            if attribute["required"]:
                yield f"{where}.{name} is missing"
            continue
        if isinstance(value, list) is not attribute["multiValued"]:
            yield f"{where}.{name}: multiValued {attribute['multiValued']}"
        for one in value if isinstance(value, list) else [value]:
            if type(one) not in KINDS[attribute["type"]]:
                yield f"{where}.{name}: {one!r} is no {attribute['type']}"
            elif isinstance(one, dict):
                yield from faults(one, attribute["subAttributes"], f"{where}.{name}")
            elif attribute.get("canonicalValues") and one not in attribute["canonicalValues"]:
                yield f"{where}.{name}: {one!r} is not canonical"


@pytest.mark.requirement("R56", "R57", "R58", "R61", "R62", "R64", "R65", "R66", "R176", "R177", "K30")
async def test_each_document_is_as_its_own_schema_says(tenant: Tenant) -> None:
    schemas = {schema["id"]: schema for schema in await listed(tenant, "/Schemas")}
    documents = [
        (await tenant.get("/ServiceProviderConfig")).json,
        *await listed(tenant, "/ResourceTypes"),
        *schemas.values(),
    ]
    told = []
    for document in documents:
        [urn] = document["schemas"]
        content = {k: v for k, v in document.items() if k not in ("schemas", "id", "meta")}
        told += faults(content, schemas[urn]["attributes"], document["meta"]["location"])
    # The schema of schemas has a third level, and no schema can say so of itself (verified erratum 8415).
    itself = f"/Schemas/{CORE}:Schema.attributes.subAttributes.subAttributes is not declared"
    assert [fault for fault in told if not fault.endswith(itself)] == []


@pytest.mark.requirement("R35", "R177", "K44")
async def test_each_is_found_where_it_says(tenant: Tenant) -> None:
    base = "https://vestibule.test/scim/v2"
    for document in [*await listed(tenant, "/Schemas"), *await listed(tenant, "/ResourceTypes")]:
        location = document["meta"]["location"]
        assert location.startswith(base)
        assert (await tenant.get(location.removeprefix(base))).json == document
        kind = document["meta"]["resourceType"]
        again = await tenant.get(f"/{kind}s/{document['id'].swapcase()}")
        assert again.json == document, "letter case makes no difference"
    for document in await listed(tenant, "/ResourceTypes"):
        assert document["id"] == document["name"]
    config = (await tenant.get("/ServiceProviderConfig")).json
    assert config["meta"] == {
        "resourceType": "ServiceProviderConfig",
        "location": f"{base}/ServiceProviderConfig",
    }


@pytest.mark.requirement("R19", "R61", "R62", "R81")
async def test_resource_types_and_schemas_agree(tenant: Tenant) -> None:
    schemas = {schema["id"] for schema in await listed(tenant, "/Schemas")}
    named = set()
    for type in await listed(tenant, "/ResourceTypes"):
        named |= {type["schema"], *(extension["schema"] for extension in type.get("schemaExtensions", []))}
        assert (await tenant.get(type["endpoint"])).status == 200
    own = {f"{CORE}:{name}" for name in ("ServiceProviderConfig", "ResourceType", "Schema")}
    assert schemas == named | own
    assert not any(urn.lower().startswith("urn:ietf:params:scim:api:") for urn in schemas)


@pytest.mark.requirement("R178")
@pytest.mark.parametrize("path", DISCOVERY)
async def test_a_filter_is_refused_and_all_else_ignored(site: Site, path: str) -> None:
    tenant = await site.tenant()
    refused = await tenant.get(f"{path}?filter=name%20eq%20%22User%22")
    assert refused.status == 403
    assert refused.json["status"] == "403"
    assert "Leave it out" in refused.json["detail"]
    whole = await tenant.get(path)
    more = await tenant.get(
        f"{path}?count=1&startIndex=2&sortBy=name&attributes=name&excludedAttributes=id&x=1"
    )
    assert more.json == whole.json


@pytest.mark.requirement("R83", "R86")
async def test_what_is_not_there_and_what_is_not_offered(site: Site) -> None:
    tenant = await site.tenant()
    for path in ("/Schemas/urn:nobody", "/ResourceTypes/Nobody", "/Schemas/a/b", "/ServiceProviderConfig/x"):
        answer = await tenant.get(path)
        assert answer.status == 404, path
    for path in DISCOVERY:
        for answer in (await tenant.post(path, {}), await tenant.delete(path), await tenant.put(path, {})):
            assert answer.status == 405
            assert answer.headers["allow"] == "GET"


@pytest.mark.requirement("S14", "R60")
@pytest.mark.parametrize("is_on", [False, True])
async def test_security_events_are_told_where_they_are_offered(is_on: bool) -> None:
    async with installation(security_events=is_on) as site:
        tenant = await site.tenant()
        config = (await tenant.get("/ServiceProviderConfig")).json
        assert ("securityEvents" in config) is is_on
        desk = site.application.premises.stream_desk("operator:test")
        if not is_on:
            with pytest.raises(NotOffered):
                await add_stream(desk, tenant.record.id)
        else:
            await add_stream(desk, tenant.record.id)
            told = config["securityEvents"]
            assert told == {"asyncRequest": "none", "eventUris": sorted(told["eventUris"])}
            assert set(told["eventUris"]) == {uri for one in TOLD_AS.values() for uri in one.uris}
            answer = await tenant.post(
                "/Users", person("ada@example.com"), {**DEFAULT_HEADERS, "Prefer": "respond-async"}
            )
            assert answer.status == 201, "asynchronous requests are not offered"


@pytest.mark.requirement("R59")
async def test_the_configuration_needs_no_token_and_tells_no_tenant(site: Site) -> None:
    tenant = await site.tenant("acall")
    with_token = await tenant.get("/ServiceProviderConfig")
    without = await tenant.get("/ServiceProviderConfig", {"Authorization": ""})
    assert without.status == 200
    assert without.json == with_token.json
    for path in ("/ResourceTypes", "/Schemas"):
        assert (await tenant.get(path, {"Authorization": ""})).status == 401


@pytest.mark.requirement("R64")
async def test_roles_of_the_tenants_own_are_canonical_too(site: Site) -> None:
    tenant, other = await site.tenant("getaccept"), await site.tenant("getaccept")
    entry = site.desk.entry("role.put", "Tenant", tenant.slug)
    await site.desk.store.put_role(
        tenant.record.id, Role("Auditor", ("documents",)), entry, site.desk.clock()
    )
    products = ["Administrator", "Manager", "User"]
    assert await user_types(tenant) == [*products, "Auditor"]
    assert await user_types(other) == products
    made = await tenant.post("/Users", {"userName": "mia@corp.test", "userType": "auditor"})
    assert (made.status, made.json["userType"]) == (201, "Auditor")
    refused = await other.post("/Users", {"userName": "mia@corp.test", "userType": "Auditor"})
    assert refused.status == 400


async def user_types(tenant: Tenant) -> list[str]:
    schema = (await tenant.get(f"/Schemas/{CORE}:User")).json
    [attribute] = [a for a in schema["attributes"] if a["name"] == "userType"]
    values: list[str] = attribute["canonicalValues"]
    return values
