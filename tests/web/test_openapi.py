"""/openapi.json: every resource type, every attribute, and nothing that is not served."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import jsonschema_rs
import pytest

from tests.installation import Site, Tenant, installation
from tests.profiles.devices import DEVICE, device, text
from vestibule.tenancy.kept_profiles import keep_profile


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation() as opened:
        await keep_profile(opened.desk, text(), "devices.toml")
        yield opened


@pytest.fixture(params=["acall", "getaccept", "generic", "devices"])
async def tenant(request: pytest.FixtureRequest, site: Site) -> Tenant:
    return await site.tenant(request.param)


async def described(tenant: Tenant) -> Any:
    answer = await tenant.get("/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    return answer.json


@pytest.mark.requirement("R60", "R64")
async def test_every_type_and_every_attribute_is_in_it(tenant: Tenant) -> None:
    document = await described(tenant)
    components = document["components"]["schemas"]
    schemas = {schema["id"]: schema for schema in (await tenant.get("/Schemas")).json["Resources"]}
    types = (await tenant.get("/ResourceTypes")).json["Resources"]
    assert types
    for type in types:
        assert {"get", "post"} <= document["paths"][type["endpoint"]].keys()
        for urn in [type["schema"], *(e["schema"] for e in type.get("schemaExtensions", ()))]:
            for attribute in schemas[urn]["attributes"]:
                read, written = (
                    form["properties"] if urn == type["schema"] else form["properties"][urn]["properties"]
                    for form in (components[type["name"]], components[f"{type['name']}ToWrite"])
                )
                assert (attribute["name"] in read) is (attribute["returned"] != "never")
                assert (attribute["name"] in written) is (attribute["mutability"] != "readOnly")
    for name, form in components.items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **form}), name


async def test_it_is_for_those_with_a_token_and_only_read(tenant: Tenant) -> None:
    assert (await tenant.get("/openapi.json", {"Authorization": "Bearer nobody"})).status == 401
    answer = await tenant.post("/openapi.json", {})
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
    assert (await tenant.get("/openapi.json/x")).status == 404


async def test_what_comes_back_is_as_it_is_described(site: Site) -> None:
    tenant = await site.tenant("devices")
    made = (await tenant.post("/Devices", device("S-1"))).json
    components = (await described(tenant))["components"]
    form = {"components": components, **components["schemas"]["Device"]}
    jsonschema_rs.validate(form, made)
    assert made["schemas"] == [DEVICE]
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(form, {**made, "serialNumber": 17})


async def test_a_product_without_teams_describes_none(site: Site) -> None:
    assert "/Groups" not in (await described(await site.tenant("acall")))["paths"]
    assert "/Groups" in (await described(await site.tenant("generic")))["paths"]
