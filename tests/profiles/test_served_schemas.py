"""/Schemas and /ResourceTypes tell exactly what happens, for every attribute of every product (R60, R64)."""

from __future__ import annotations

import pytest

from tests.installation import Site, Tenant, installation
from tests.profiles.devices import text
from tests.profiles.walk import walks
from vestibule.tenancy.kept_profiles import keep_profile

REQUIRED_WARRANTY = (
    'extends = "Device"\nname = "Warranty"',
    'extends = "Device"\nrequired = true\nname = "Warranty"',
)


async def strict_tenant(site: Site, profile: str) -> Tenant:
    """Held to the RFCs: a tolerance would hide what a declaration means."""
    tenant = await site.tenant(profile)
    (connection,) = await site.desk.store.connections(tenant.record.id)
    entry = site.desk.entry("connection.dialect_pinned", "Connection", connection.id)
    await site.desk.store.pin_dialect(connection.id, "strict", entry, site.desk.clock())
    return tenant


@pytest.mark.requirement(
    "R3",
    "R60",
    "R63",
    "R64",
    "R67",
    "R68",
    "R69",
    "R70",
    "R71",
    "R72",
    "R73",
    "R74",
    "R95",
    "R136",
    "R137",
    "R144",
)
@pytest.mark.parametrize("profile", ["acall", "getaccept", "generic", "devices"])
async def test_what_is_declared_is_what_happens(profile: str) -> None:
    async with installation() as site:
        await keep_profile(site.desk, text(), "devices.toml")
        tenant = await strict_tenant(site, profile)
        walked = []
        async for walk in walks(tenant):
            lies = await walk.all()
            assert not lies, "\n".join(lies)
            walked.append(walk.endpoint)
    assert "/Users" in walked
    assert ("/Groups" in walked) is (profile != "acall")
    assert ("/Devices" in walked) is (profile == "devices")


#: What the served document is made to say of an attribute of Device, and the path of the lie.
LIES = [
    ("serialNumber", "uniqueness", "none"),
    ("serialNumber", "mutability", "readWrite"),
    ("serialNumber", "required", False),
    ("displayName", "uniqueness", "server"),
    ("displayName", "required", True),
    ("displayName", "caseExact", True),
    ("displayName", "mutability", "readOnly"),
    ("displayName", "mutability", "immutable"),
    ("displayName", "returned", "never"),
    ("displayName", "returned", "request"),
    ("displayName", "returned", "always"),
    ("displayName", "multiValued", True),
    ("assetTag", "caseExact", False),
    ("lastSeen", "mutability", "readWrite"),
    ("notes", "returned", "default"),
    ("unlockCode", "returned", "default"),
    ("kind", "canonicalValues", ["laptop", "boat"]),
    ("storageGigabytes", "type", "string"),
    ("purchased", "type", "string"),
    ("addresses", "multiValued", False),
]


@pytest.mark.parametrize(("name", "characteristic", "said"), LIES, ids=lambda value: str(value))
async def test_a_lie_is_found(name: str, characteristic: str, said: object) -> None:
    """The walk itself is tried: whatever the documents say untruly, it tells."""
    async with installation() as site:
        await keep_profile(site.desk, text(), "devices.toml")
        tenant = await strict_tenant(site, "devices")
        async for walk in walks(tenant):
            if walk.endpoint == "/Devices":
                for place in walk.places:
                    if place.attribute["name"] == name:
                        place.attribute[characteristic] = said  # type: ignore[index]
                lies = await walk.all()
    assert any(name in lie for lie in lies), lies
