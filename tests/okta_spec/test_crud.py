"""Okta's CRUD suite, C3 to C13: what Okta sends for each of its own actions, by both kinds of application."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import quote

import pytest

from tests.installation import Tenant

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OKTA = {
    "User-Agent": "Okta SCIM Client 1.0.0",
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "Accept-Encoding": "gzip,deflate",
    "Content-Type": "application/scim+json; charset=utf-8",
}
EMAIL = "lena.roth@corp.test"
LENA: dict[str, Any] = {
    "schemas": [USER],
    "userName": EMAIL,
    "name": {"givenName": "Lena", "familyName": "Roth"},
    "emails": [{"primary": True, "value": EMAIL, "type": "work"}],
    "displayName": "Lena Roth",
    "locale": "en-US",
    "externalId": "00u7lenaEFGH2ijkl3m4",
    "groups": [],
    "password": "k3Tq9ab1",
    "active": True,
}


class Application(Protocol):
    """What Okta does to one person through one kind of application."""

    async def set_active(self, tenant: Tenant, id: str, active: bool) -> None:
        """Unassign or assign again, once the id is known."""
        ...


class Catalogue:
    """From the catalogue: PATCH (de)activates, a profile push follows an activation."""

    async def set_active(self, tenant: Tenant, id: str, active: bool) -> None:
        """PATCH without path, a real boolean (W40)."""
        body = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": active}}]}
        answer = await tenant.patch(f"/Users/{id}", body, OKTA)
        assert answer.status == 200
        assert answer.json["active"] is active
        if active:
            await push(tenant, id, {})


class Wizard:
    """Made with the wizard: the GET answer echoed with ``active`` over it (W44)."""

    async def set_active(self, tenant: Tenant, id: str, active: bool) -> None:
        """GET, PUT."""
        await push(tenant, id, {"active": active})


async def look_up(tenant: Tenant) -> list[dict[str, Any]]:
    """The lookup that opens every assignment (W17)."""
    expression = quote(f'userName eq "{EMAIL}"', safe="")
    answer = await tenant.get(f"/Users?filter={expression}&startIndex=1&count=100", OKTA)
    assert answer.status == 200
    found: list[dict[str, Any]] = answer.json.get("Resources", [])
    return found


async def push(tenant: Tenant, id: str, values: dict[str, Any]) -> None:
    """GET, then PUT of that answer with Okta's values over it (W30, W31)."""
    got = await tenant.get(f"/Users/{id}", OKTA)
    assert got.status == 200
    put = await tenant.put(f"/Users/{id}", {**got.json, **values}, OKTA)
    assert put.status == 200
    assert put.json["id"] == id


@pytest.mark.requirement("R131", "K2", "K5", "K6", "K26")
@pytest.mark.parametrize("application", [Catalogue(), Wizard()], ids=["catalogue", "wizard"])
@pytest.mark.parametrize("profile", ["generic", "acall", "getaccept"])
async def test_c3_to_c13(application: Application, profile: str, site: Any) -> None:
    tenant = await site.tenant(profile)

    async def active() -> bool:
        answer = await tenant.get(f"/Users/{id}")
        assert answer.status == 200
        shown: bool = answer.json["active"]
        return shown

    # C3, C4: assigned, created
    assert await look_up(tenant) == []
    created = await tenant.post("/Users", LENA, OKTA)
    assert created.status == 201
    id = created.json["id"]
    [found] = await look_up(tenant)
    assert found["userName"] == EMAIL
    assert found["emails"][0]["value"] == EMAIL
    assert found["name"] == {"givenName": "Lena", "familyName": "Roth"}

    # C5, C6: the first name changes
    await push(tenant, id, {"name": {"givenName": "Magdalena", "familyName": "Roth"}})
    assert (await tenant.get(f"/Users/{id}")).json["name"]["givenName"] == "Magdalena"

    # C7, C8: deactivated, still readable
    await application.set_active(tenant, id, False)
    assert not await active()

    # C9 to C11: assigned again, the same person
    [found] = await look_up(tenant)
    assert found["id"] == id
    assert found["active"] is False
    await application.set_active(tenant, id, True)
    assert await active()

    # C12, C13: unassigned
    await application.set_active(tenant, id, False)
    assert not await active()
