"""What a dialect repairs, seen from outside: the request as the identity provider sends it, then the directory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.installation import Tenant, installation

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTRA = {"User-Agent": "Microsoft Identity Provisioning", "Content-Type": "application/scim+json"}
OKTA = {"User-Agent": "Okta SCIM Client 1.0.0", "Content-Type": "application/scim+json"}
OTHER = {"User-Agent": "curl", "Content-Type": "application/scim+json"}


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    async with installation() as site:
        yield await site.tenant()


def ines(**more: Any) -> dict[str, Any]:
    return {
        "schemas": [USER],
        "userName": "ines@corp.test",
        "roles": [{"value": "admin", "primary": True}],
        **more,
    }


@pytest.mark.parametrize("client", [ENTRA, OKTA, OTHER], ids=["entra", "okta", "generic"])
async def test_an_empty_list_of_roles_in_a_put_leaves_them(tenant: Tenant, client: dict[str, str]) -> None:
    """W81: said by every update of some applications, and not meant."""
    made = await tenant.post("/Users", ines(), client)
    path = f"/Users/{made.json['id']}"
    put = await tenant.put(path, ines(roles=[], title="Manager"), client)
    assert put.status == 200
    assert put.json["title"] == "Manager"
    assert put.json["roles"] == made.json["roles"]


async def test_without_the_key_roles_are_cleared(tenant: Tenant) -> None:
    made = await tenant.post("/Users", ines(), OKTA)
    sent = ines()
    del sent["roles"]
    put = await tenant.put(f"/Users/{made.json['id']}", sent, OKTA)
    assert "roles" not in put.json


@pytest.mark.requirement("K18")
@pytest.mark.parametrize("path", ["/Users", "/Users/.search"])
async def test_text_for_a_boolean_in_a_query(tenant: Tenant, path: str) -> None:
    """W112: Entra asks for the primary role so."""
    await tenant.post("/Users", ines(), ENTRA)
    filter = 'roles[primary eq "True" and value eq "admin"] and active eq "True"'
    if path.endswith("search"):
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter}
        found = await tenant.post(path, body, ENTRA)
    else:
        found = await tenant.get(f"{path}?filter={quote(filter)}", ENTRA)
    assert found.status == 200, found.json
    assert found.json["totalResults"] == 1


async def test_members_with_labels_only_do_not_empty_a_team(tenant: Tenant) -> None:
    person = (await tenant.post("/Users", ines())).json["id"]
    body = {"schemas": [GROUP], "displayName": "Sales", "members": [{"value": person}]}
    group = (await tenant.post("/Groups", body)).json["id"]
    refused = await tenant.put(f"/Groups/{group}", {**body, "members": [{"type": "User"}]})
    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert [member["value"] for member in (await tenant.get(f"/Groups/{group}")).json["members"]] == [person]
