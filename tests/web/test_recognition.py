"""The dialect of a connection at the door: pinned, named by the client, or shown by its traffic; and kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.installation import Site, Tenant, installation
from vestibule.tenancy.connections import AUTO, choose_dialect, connection_named
from vestibule.tenancy.tenant import Connection

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
OKTA = {"User-Agent": "Okta SCIM Client 1.0.0", "Content-Type": "application/scim+json"}
NAMELESS = {"Content-Type": "application/scim+json"}
ENTRAS_GROUP = {"schemas": [GROUP, ADSCIM], "displayName": "Sales", "externalId": "g-1"}


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation() as site:
        yield site


@pytest.fixture
async def tenant(site: Site) -> Tenant:
    return await site.tenant()


async def connection(site: Site, tenant: Tenant) -> Connection:
    """The connection as it is kept, what is buffered written."""
    await site.application.store.tenancy.flush()  # type: ignore[attr-defined]
    return await connection_named(site.desk, tenant.record)


async def read_as(site: Site, tenant: Tenant) -> str:
    """The dialect of the newest request in the log."""
    (newest,) = await site.application.store.log.requests(tenant.record.id, limit=1)
    return newest.dialect


async def test_what_the_client_calls_itself_is_kept(site: Site, tenant: Tenant) -> None:
    assert (await tenant.get("/Users", OKTA)).status == 200
    kept = await connection(site, tenant)
    assert (kept.dialect, kept.recognised) == ("", "okta")
    assert "Okta SCIM Client 1.0.0" in kept.recognised_why
    assert kept.recognised_at is not None


async def test_traffic_shows_it_where_the_client_names_itself_not(site: Site, tenant: Tenant) -> None:
    assert (await tenant.get("/Users", NAMELESS)).status == 200
    assert (await connection(site, tenant)).recognised == ""
    assert (await tenant.post("/Groups", ENTRAS_GROUP, NAMELESS)).status == 201
    assert await read_as(site, tenant) == "generic"
    kept = await connection(site, tenant)
    assert kept.recognised == "entra"
    assert "W106" in kept.recognised_why
    assert (await tenant.get("/Users", NAMELESS)).status == 200
    assert await read_as(site, tenant) == "entra"


async def test_a_name_outranks_what_traffic_has_shown(site: Site, tenant: Tenant) -> None:
    await tenant.post("/Groups", ENTRAS_GROUP, NAMELESS)
    assert (await connection(site, tenant)).recognised == "entra"
    await tenant.get("/Users", OKTA)
    assert await read_as(site, tenant) == "okta"
    assert (await connection(site, tenant)).recognised == "okta"
    await tenant.post("/Groups", {**ENTRAS_GROUP, "displayName": "Other"}, NAMELESS)
    assert (await connection(site, tenant)).recognised == "okta"


async def test_another_tenants_traffic_shows_nothing(site: Site, tenant: Tenant) -> None:
    stranger = await site.tenant()
    await stranger.get("/Users", OKTA)
    assert (await connection(site, stranger)).recognised == "okta"
    assert (await connection(site, tenant)).recognised == ""


async def test_a_dry_run_leaves_no_trace(site: Site, tenant: Tenant) -> None:
    for headers, body in ((OKTA, ines()), (NAMELESS, ENTRAS_GROUP)):
        path = "/Groups" if body is ENTRAS_GROUP else "/Users"
        answer = await tenant.post(path, body, {**headers, "Vestibule-Dry-Run": "true"})
        assert answer.status == 200
    assert (await connection(site, tenant)).recognised == ""


async def test_a_pin_holds_whatever_the_client_says(site: Site, tenant: Tenant) -> None:
    chosen = await connection_named(site.desk, tenant.record)
    for name in ("strict", "entra", "generic", "okta"):
        chosen = await choose_dialect(site.desk, tenant.record, chosen, name, [name])
        await tenant.get("/Users", OKTA)
        assert await read_as(site, tenant) == name
    await choose_dialect(site.desk, tenant.record, chosen, AUTO, [])
    await tenant.get("/Users", NAMELESS)
    assert await read_as(site, tenant) == "generic"
    audit = await site.application.store.log.audit(tenant.record.id)
    assert [(entry.action, entry.payload) for entry in audit][-2:] == [
        ("connection.dialect_pinned", {"connection": "default", "before": "generic", "after": "okta"}),
        ("connection.dialect_freed", {"connection": "default", "before": "okta", "after": "auto"}),
    ]


async def test_a_pinned_dialect_that_is_not_installed_is_told_at_once(site: Site, tenant: Tenant) -> None:
    chosen = await connection_named(site.desk, tenant.record)
    await choose_dialect(site.desk, tenant.record, chosen, "acme", ["acme"])
    answer = await tenant.get("/Users", OKTA)
    assert answer.status == 503
    assert "'acme', which is not installed here" in answer.json["detail"]


async def test_a_clean_lookup_counts_nothing(site: Site, tenant: Tenant) -> None:
    await tenant.post("/Users", ines(), NAMELESS)
    for filter in ("userName%20eq%20%22ines%40corp.test%22", "active%20eq%20true"):
        assert (await tenant.get(f"/Users?filter={filter}", NAMELESS)).json["totalResults"] == 1
    kept = await connection(site, tenant)
    assert list(await site.application.store.log.tolerances(kept.id)) == []


def ines(**more: Any) -> dict[str, Any]:
    return {"schemas": [CORE], "userName": "ines@corp.test", **more}
