"""Tenants and what belongs to them: plan, provisioning, sign-on, connections, tokens, links, domains, roles, profiles."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.conftest import Api, hand
from tests.installation import Site
from vestibule.profiles.builtin import builtin_texts
from vestibule.tenancy.errors import UnknownSetUpLink
from vestibule.tenancy.setup_links import look_at_set_up_link, open_set_up_link


async def made(api: Api, name: str, **more: Any) -> str:
    answer = await api("POST", "/tenants", {"name": name, **more})
    assert answer.status == 201, answer.json
    return str(answer.json["slug"])


async def actions(site: Site, slug: str) -> list[str]:
    tenant = await site.desk.tenant(slug)
    return [entry.action for entry in await site.application.store.log.audit(tenant.id)]


async def test_a_tenant_is_made_shown_and_changed(site: Site, api: Api) -> None:
    slug = await made(api, "Acme", profile="acall", plan="basic")
    shown = (await api("GET", f"/tenants/{slug}")).json
    assert (shown["plan"], shown["provisioning"], shown["ssoConfirmed"]) == ("basic", "draft", False)
    assert (await api("PUT", f"/tenants/{slug}/plan", {"plan": "enterprise"})).json["plan"] == "enterprise"
    assert (await api("PUT", f"/tenants/{slug}/sign-on", {"confirmed": True})).json["ssoConfirmed"] is True
    switched = await api("PUT", f"/tenants/{slug}/provisioning", {"provisioning": "on"})
    assert switched.json["provisioning"] == "on"
    assert (await api("PUT", f"/tenants/{slug}/suspension", {"suspended": True})).json["suspended"] is True
    assert await actions(site, slug) == [
        "tenant.created",
        "tenant.plan_changed",
        "tenant.sign_on_confirmed",
        "tenant.provisioning_switched",
        "tenant.suspended",
    ]


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/plan", {"plan": "gold"}, "unknown-plan"),
        ("/provisioning", {"provisioning": "on"}, "gate-closed"),
        ("/provisioning", {"provisioning": "off"}, "invalid-body"),
        ("/profile", {"profile": "nothing"}, "unknown-profile"),
    ],
)
async def test_a_change_that_is_refused_says_why(
    api: Api, path: str, body: dict[str, Any], problem: str
) -> None:
    slug = await made(api, "Sales", profile="getaccept")
    answer = await api("PUT", f"/tenants/{slug}{path}", body)
    assert answer.json["type"].endswith(f"/{problem}")


async def test_of_two_administrators_who_read_the_same_one_overwrites_nothing(api: Api) -> None:
    slug = await made(api, "Shared", profile="acall")
    etag = (await api("GET", f"/tenants/{slug}")).headers["etag"]
    answers = await asyncio.gather(
        *(
            api("PUT", f"/tenants/{slug}/plan", {"plan": plan}, {"If-Match": etag})
            for plan in ("basic", "enterprise")
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    late = await api("PUT", f"/tenants/{slug}/plan", {"plan": "business"}, {"If-Match": etag})
    assert late.status == 412
    assert "by somebody else" in late.json["detail"]
    now = (await api("GET", f"/tenants/{slug}")).headers["etag"]
    assert (await api("PUT", f"/tenants/{slug}/plan", {"plan": "business"}, {"If-Match": now})).status == 200


async def test_a_token_is_issued_rotated_and_revoked(site: Site, api: Api) -> None:
    slug = await made(api, "Tokens")
    asked = await api("POST", f"/tenants/{slug}/token-requests", {"askedBy": "mia", "note": "for Okta"})
    assert asked.status == 201
    queue = (await api("GET", "/token-requests")).json["items"]
    assert [one["request"] for one in queue] == [asked.json["request"]]
    issued = await api("POST", f"/tenants/{slug}/tokens", {"name": "okta", "request": asked.json["request"]})
    assert issued.status == 201
    assert issued.json["token"].startswith("vst_scim_")
    assert issued.json["scimUrl"].endswith(f"/t/{slug}/scim/v2")
    assert issued.json["closed"] is None
    assert (await api("GET", "/token-requests")).json["items"] == []
    assert (await api("GET", f"/tenants/{slug}")).json["provisioning"] == "on"
    rotated = await api(
        "POST",
        f"/tenants/{slug}/tokens/{issued.json['id']}/rotate",
        {"keepOldForDays": 1, "expiresInDays": None},
    )
    assert rotated.json["expires"] is None
    tokens = (await api("GET", f"/tenants/{slug}/tokens")).json["items"]
    assert {one["state"] for one in tokens} == {"live"}
    assert (await api("DELETE", f"/tenants/{slug}/tokens/{rotated.json['id']}")).status == 204
    again = await api("DELETE", f"/tenants/{slug}/tokens/{rotated.json['id']}")
    assert (again.status, again.json["type"].rpartition("/")[2]) == (409, "token-ended")
    page = (await api("GET", f"/tenants/{slug}/tokens?count=1")).json
    rest = (await api("GET", f"/tenants/{slug}/tokens?count=1&cursor={page['next']}")).json
    assert {one["id"] for one in page["items"] + rest["items"]} == {one["id"] for one in tokens}
    number = issued.headers["x-request-id"]
    row = await site.application.store.log.request(number)
    assert row is not None
    assert issued.json["token"] not in str(row)


async def test_a_set_up_link_shows_a_token_once(site: Site, api: Api) -> None:
    slug = await made(api, "Linked")
    link = await api("POST", f"/tenants/{slug}/setup-links", {"expiresInDays": 1})
    code = link.json["url"].rpartition("/setup/")[2]
    store = site.application.store.set_up_links
    seen, tenant = await look_at_set_up_link(site.desk, store, code)
    assert (seen.id, tenant.slug) == (link.json["id"], slug)
    issued, tenant = await open_set_up_link(site.desk, store, code)
    assert issued.secret.startswith("vst_scim_")
    assert tenant.provisioning == "on"
    with pytest.raises(UnknownSetUpLink):
        await open_set_up_link(site.desk, store, code)
    (listed,) = (await api("GET", f"/tenants/{slug}/setup-links")).json["items"]
    assert (listed["state"], listed["token"]) == ("used", issued.record.id)
    other = await api("POST", f"/tenants/{slug}/setup-links", {})
    assert (await api("DELETE", f"/tenants/{slug}/setup-links/{other.json['id']}")).status == 204
    assert (await api("DELETE", f"/tenants/{slug}/setup-links/{other.json['id']}")).status == 404
    with pytest.raises(UnknownSetUpLink):
        await look_at_set_up_link(site.desk, store, other.json["url"].rpartition("/")[2])
    with pytest.raises(UnknownSetUpLink):
        await look_at_set_up_link(site.desk, store, "no such code")


async def test_of_many_who_open_one_link_at_once_one_gets_a_token(site: Site, api: Api) -> None:
    slug = await made(api, "Raced")
    code = (await api("POST", f"/tenants/{slug}/setup-links", {})).json["url"].rpartition("/")[2]
    store = site.application.store.set_up_links
    outcomes = await asyncio.gather(
        *(open_set_up_link(site.desk, store, code) for _ in range(5)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert len((await api("GET", f"/tenants/{slug}/tokens")).json["items"]) == 1


async def test_domains_come_and_go(api: Api) -> None:
    slug = await made(api, "Domains")
    assert (await api("POST", f"/tenants/{slug}/domains", {"name": "Corp.Test"})).json["name"] == "corp.test"
    assert (await api("POST", f"/tenants/{slug}/domains", {"name": "a@b"})).status == 422
    assert [one["name"] for one in (await api("GET", f"/tenants/{slug}/domains")).json["items"]] == [
        "corp.test"
    ]
    assert (await api("DELETE", f"/tenants/{slug}/domains/corp.test")).status == 204
    assert (await api("DELETE", f"/tenants/{slug}/domains/corp.test")).status == 404


async def test_roles_are_the_products_and_the_tenants_own(api: Api) -> None:
    slug = await made(api, "Roles", profile="acall")
    before = (await api("GET", f"/tenants/{slug}/roles")).json["items"]
    assert before
    assert not any(role["own"] for role in before)
    added = await api("POST", f"/tenants/{slug}/roles", {"name": "guide", "like": before[0]["name"]})
    assert (added.status, added.json["own"], added.json["rights"]) == (201, True, before[0]["rights"])
    assert (await api("POST", f"/tenants/{slug}/roles", {"name": "x", "rights": ["fly"]})).status == 422


async def test_a_connection_is_pinned_to_a_dialect(api: Api) -> None:
    slug = await made(api, "Pinned")
    pinned = await api("PUT", f"/tenants/{slug}/connections/default/dialect", {"dialect": "entra"})
    assert (pinned.json["dialect"], pinned.json["pinned"]) == ("entra", True)
    assert (await api("GET", f"/tenants/{slug}/connections")).json[0]["dialect"] == "entra"
    unknown = await api("PUT", f"/tenants/{slug}/connections/default/dialect", {"dialect": "x"})
    assert (unknown.status, "okta" in unknown.json["detail"]) == (422, True)
    assert (await api("PUT", f"/tenants/{slug}/connections/other/dialect", {"dialect": "okta"})).status == 404


async def test_a_profile_is_checked_before_it_is_set_and_kept(site: Site, api: Api) -> None:
    tenant = await site.tenant("generic", "held")
    await tenant.post(
        "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "no-mail"}
    )
    checked = (await api("POST", "/tenants/held/profile/check", {"profile": "acall"})).json
    assert (checked["resources"], checked["unfit"]) == ({"User": 1}, 1)
    assert checked["findings"][0]["examples"][0]["name"] == "no-mail"
    refused = await api("PUT", "/tenants/held/profile", {"profile": "acall"})
    assert refused.json["type"].endswith("/invalidates-people")
    assert "--accept" not in refused.json["detail"]
    accepted = await api("PUT", "/tenants/held/profile", {"profile": "acall", "accept": True})
    assert accepted.json["profile"] == "acall"
    text = builtin_texts()["generic"].replace('name = "generic"', 'name = "mine"', 1)
    kept = await api("PUT", "/profiles", {"text": text})
    assert (kept.status, kept.json["name"]) == (200, "mine"), kept.json
    assert (await api("PUT", "/default-profile", {"profile": "mine"})).status == 200
    listed = {one["name"]: one for one in (await api("GET", "/profiles")).json["items"]}
    assert listed["mine"]["kept"]
    assert listed["mine"]["default"]
    assert {"acall", "getaccept", "generic"} <= listed.keys()
    assert (await api("GET", "/profiles/acall")).json["roles"]
    assert (await api("PUT", "/profiles", {"text": "nothing = 1"})).json["type"].endswith("/faulty-profile")
    bound = await hand(site, tenant=tenant.record)
    assert (await bound("PUT", "/profiles", {"text": text})).status == 403
