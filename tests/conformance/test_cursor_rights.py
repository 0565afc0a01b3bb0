"""A cursor opens nothing that its token would not (RFC 9865 §5.2)."""

from __future__ import annotations

import pytest

from tests.conformance.people import is_error, person
from tests.installation import Site, Tenant
from vestibule.tenancy.access_tokens import find_token, issue_token, revoke_token
from vestibule.tenancy.tenant import Provisioning
from vestibule.tenancy.tenants import suspend, switch_provisioning


async def walking(site: Site) -> tuple[Tenant, str]:
    """A tenant of five people, and the path of the second page of a walk."""
    tenant = await site.tenant()
    await tenant.post_all("/Users", [person(f"p{n}@corp.test") for n in range(5)])
    first = await tenant.get("/Users?cursor=&count=2")
    assert first.status == 200
    return tenant, f"/Users?cursor={first.json['nextCursor']}&count=2"


@pytest.mark.requirement("R197", "R198")
async def test_a_walk_ends_where_the_rights_of_its_token_end(site: Site) -> None:
    tenant, second = await walking(site)
    record = await site.desk.tenant(tenant.slug)
    await switch_provisioning(site.desk, record, Provisioning.PAUSED)
    is_error(await tenant.get(second), 403)
    await switch_provisioning(site.desk, record, Provisioning.ON)
    assert (await tenant.get(second)).status == 200
    await revoke_token(site.desk, await find_token(site.desk, tenant.token))
    is_error(await tenant.get(second), 401)


@pytest.mark.requirement("R197", "R198")
async def test_who_is_suspended_walks_no_further(site: Site) -> None:
    tenant, second = await walking(site)
    await suspend(site.desk, await site.desk.tenant(tenant.slug))
    is_error(await tenant.get(second), 403)


@pytest.mark.requirement("R197", "R199")
async def test_anothers_cursor_is_as_good_as_none(site: Site) -> None:
    _, second = await walking(site)
    stranger, own = await walking(site)
    refused = await stranger.get(second)
    is_error(refused, 400, "invalidCursor")
    invented = await stranger.get(second.replace("cursor=", "cursor=x"))
    is_error(invented, 400, "invalidCursor")
    sentences = {answer.json["detail"].rpartition(" ")[0] for answer in (refused, invented)}
    assert len(sentences) == 1
    assert (await stranger.get(own)).status == 200


@pytest.mark.requirement("R198")
async def test_the_next_token_of_a_connection_walks_on(site: Site) -> None:
    """Rotating a token changes nobody's rights."""
    tenant, second = await walking(site)
    rotated = (await issue_token(site.desk, tenant.record)).secret
    await revoke_token(site.desk, await find_token(site.desk, tenant.token))
    again = await tenant.get(second, {"Authorization": f"Bearer {rotated}"})
    assert again.status == 200
    assert len(again.json["Resources"]) == 2
