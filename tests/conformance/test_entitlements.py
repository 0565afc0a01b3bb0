"""Okta's entitlement discovery, where a profile declares roles and entitlements as resource types of its own."""

from __future__ import annotations

import pytest

from tests.cast import CORE_USER
from tests.conformance.people import LIST, created, person
from tests.installation import Site, Tenant
from vestibule.profiles.builtin import builtin_texts
from vestibule.tenancy.kept_profiles import keep_profile

ROLE = "urn:okta:scim:schemas:core:1.0:Role"
ENTITLEMENT = "urn:okta:scim:schemas:core:1.0:Entitlement"
_ATTRIBUTES = """
[[types.attributes]]
name = "displayName"
required = true
uniqueness = "server"

[[types.attributes]]
name = "description"
"""
TYPES = f"""
[[types]]
name = "Role"
endpoint = "/Roles"
schema = "{ROLE}"
description = "What somebody may be."
key = "displayName"
{_ATTRIBUTES}
[[types]]
name = "Entitlement"
endpoint = "/Entitlements"
schema = "{ENTITLEMENT}"
description = "What somebody may have."
key = "displayName"
{_ATTRIBUTES}
[[types.attributes]]
name = "type"
"""


@pytest.fixture
async def governed(site: Site) -> Tenant:
    """A product with two roles and one entitlement."""
    text = builtin_texts()["generic"].replace('name = "generic"', 'name = "governed"') + TYPES
    await keep_profile(site.desk, text, "governed.toml")
    tenant = await site.tenant("governed")
    for path, body in (
        ("/Roles", {"schemas": [ROLE], "displayName": "Auditor", "description": "x" * 1000}),
        ("/Roles", {"schemas": [ROLE], "displayName": "Clerk"}),
        ("/Entitlements", {"schemas": [ENTITLEMENT], "displayName": "Printer", "type": "device"}),
    ):
        assert (await tenant.post(path, body)).status == 201
    return tenant


@pytest.mark.requirement("K15", "R61")
async def test_okta_finds_what_can_be_granted(governed: Tenant) -> None:
    """W100g, then E1 on each endpoint it finds."""
    types = (await governed.get("/ResourceTypes")).json["Resources"]
    endpoints = {one["schema"]: one["endpoint"] for one in types}
    assert (endpoints[ROLE], endpoints[ENTITLEMENT]) == ("/Roles", "/Entitlements")
    for urn, total in ((ROLE, 2), (ENTITLEMENT, 1)):
        assert (await governed.get(f"/Schemas/{urn}")).json["id"] == urn
        listed = await governed.get(f"{endpoints[urn]}?count=1&startIndex=1")
        assert listed.status == 200
        assert listed.json["schemas"] == [LIST]
        assert (listed.json["itemsPerPage"], listed.json["startIndex"], listed.json["totalResults"]) == (
            1,
            1,
            total,
        )
        (first,) = listed.json["Resources"]
        assert first["id"]
        assert first["displayName"]
        assert first.get("type") == ("device" if urn == ENTITLEMENT else None)
    assert len((await governed.get("/Roles")).json["Resources"][0]["description"]) == 1000


@pytest.mark.requirement("K15")
async def test_a_person_carries_what_was_granted(governed: Tenant) -> None:
    (role, _) = (await governed.get("/Roles")).json["Resources"]
    (entitlement,) = (await governed.get("/Entitlements")).json["Resources"]
    granted = {
        "roles": [{"value": role["id"], "display": role["displayName"]}],
        "entitlements": [{"value": entitlement["id"], "display": "Printer", "type": "device"}],
    }
    made = await created(governed, person(schemas=[CORE_USER], **granted))
    assert {key: made[key] for key in granted} == granted
