"""Hostile input does nothing but produce itself as text; another tenant's ids lead nowhere; nobody overwrites unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.console.hand import Hand, Stage, staged
from tests.installation import Tenant

OKTA = {"User-Agent": "Okta SCIM Client 1.0.0", "Content-Type": "application/scim+json"}
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe",
    "' OR 1=1 --",
    "a\r\nSet-Cookie: x=y",
    "%s%n{name}",
)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


async def _tenant(stage: Stage, slug: str) -> tuple[Tenant, Hand, str, str, str]:
    """A tenant with a person, a team and a refusal; and its administrator's hand."""
    tenant = await stage.site.tenant("getaccept", slug)
    person = {"schemas": [f"{CORE}User"], "userName": "mika@corp.test", "displayName": f"Mika of {slug}"}
    made = await tenant.post("/Users", person, OKTA)
    team = await tenant.post("/Groups", {"schemas": [f"{CORE}Group"], "displayName": "Team"}, OKTA)
    refused = await tenant.post("/Users", {**person, "userName": "kim"}, OKTA)
    hand = await stage.hand_of(await stage.administrator(f"admin@{slug}.test", tenant.record))
    story = refused.json["detail"].rpartition("/")[2]
    return tenant, hand, made.json["id"], team.json["id"], story


async def test_the_ids_of_another_tenant_lead_nowhere_in_any_address(stage: Stage) -> None:
    mine, hand, *_ = await _tenant(stage, "mine")
    theirs, _, person, team, story = await _tenant(stage, "theirs")
    token = theirs.token[9:17]
    for path in (f"/people/{person}", f"/teams/{team}", f"/activity/{story}"):
        assert (await hand.open(f"/tenants/mine{path}")).status_code == 404, path
        assert "of theirs" not in hand.text
        assert (await hand.open(f"/tenants/theirs{path}")).status_code == 404, path
    await hand.open(f"/tenants/mine/people/preview?request={story}")
    assert "kim" not in hand.text
    await hand.open(f"/tenants/mine/activity?person={person}")
    assert "Nobody here has this user name" in hand.text
    plain = await hand.open(f"/r/{story}")
    assert "vestibule explain" in plain.text
    await hand.open("/tenants/mine/overview")
    for path, fields in (
        (f"/people/{person}/active", {"active": "false", "version": "1"}),
        (f"/people/{person}/restore", {}),
        (f"/activity/{story}", {}),
        ("/settings/integrations/scim/revoke", {"token": token}),
        ("/settings/integrations/scim/rotate", {"token": theirs.token}),
        ("/settings/administrators/remove", {"who": "admin@theirs.test"}),
        ("/settings/administrators/link", {"who": "admin@theirs.test"}),
        ("/people/review", {"entry": "01a2004e-69f0-7c48-821d-628e043af4fe", "answer": "link"}),
    ):
        mark = hand.mark
        answer = await hand.client.post(f"/tenants/mine{path}", data={**fields, "form_token": mark})
        assert answer.status_code == 404, path
    assert (await theirs.get(f"/Users/{person}", OKTA)).json["active"] is True
    assert (await mine.get(f"/Users/{person}", OKTA)).status == 404


@pytest.mark.parametrize("nasty", NASTY)
async def test_what_is_typed_or_sent_is_shown_as_text(stage: Stage, nasty: str) -> None:
    tenant, hand, *_ = await _tenant(stage, "mine")
    name = nasty.replace("\r\n", " ")
    person = {"schemas": [f"{CORE}User"], "userName": "eve@corp.test", "displayName": name, "userType": nasty}
    await tenant.post("/Users", person, OKTA)
    del person["userType"]
    await tenant.post("/Users", person, OKTA)
    pages = ["/overview", "/people", "/activity"]
    for path in pages:
        page = await hand.open(f"/tenants/mine{path}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49{%" not in page.text
    for path, query in (("/people", "q"), ("/teams", "q"), ("/activity", "person"), ("/activity", "since")):
        page = await hand.open(f"/tenants/mine{path}", **{query: nasty})
        assert page.status_code in (200, 422)
        assert "<script>alert" not in page.text
        assert "x" not in page.cookies
    await hand.open("/tenants/mine/settings/administrators")
    page = await hand.send("/tenants/mine/settings/administrators", {"email": nasty, "name": nasty})
    assert page.status_code == 422
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/people/%00",
        "/people/..%2f..",
        "/activity/" + "a" * 3000,
        "/teams/%F0%28",
        "/settings/integrations/scim/guide/nobody",
    ],
)
async def test_an_odd_address_is_nothing(stage: Stage, path: str) -> None:
    _, hand, *_ = await _tenant(stage, "mine")
    assert (await hand.client.get(f"/tenants/mine{path}", follow_redirects=True)).status_code in (400, 404)


async def test_two_administrators_do_not_overwrite_each_other_unseen(stage: Stage) -> None:
    tenant, first, person, *_ = await _tenant(stage, "mine")
    second = await stage.hand_of(await stage.administrator("second@mine.test", tenant.record))
    page = "/tenants/mine/settings/integrations/scim"
    seen = (await stage.site.desk.tenant("mine")).settings_version
    for hand in (first, second):
        await hand.open(page)
    await first.send(page, {"state": "paused", "settings_version": str(seen)})
    answer = await second.send(page, {"state": "on", "settings_version": str(seen)})
    assert answer.status_code == 409
    assert "Somebody changed these settings meanwhile" in second.text
    assert (await stage.site.desk.tenant("mine")).provisioning == "paused"
    for hand in (first, second):
        await hand.open(f"/tenants/mine/people/{person}")
    await first.send(f"/tenants/mine/people/{person}/active", {"active": "false", "version": "1"})
    answer = await second.send(f"/tenants/mine/people/{person}/active", {"active": "false", "version": "1"})
    assert answer.status_code == 409


async def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(stage: Stage) -> None:
    hand = await stage.hand_of(await stage.operator())
    await hand.open("/operator/customers/new")
    page = await hand.send(
        "/operator/customers/new",
        {"name": "Corp Ltd", "slug": "under_score", "account": "Group", "profile": "acall"},
    )
    assert page.status_code == 422
    assert "no underscore" in hand.text
    for kept in ('value="Corp Ltd"', 'value="under_score"', 'value="Group"', "<option selected>acall"):
        assert kept in page.text


async def test_a_set_up_link_shows_the_token_once_and_nothing_else(stage: Stage) -> None:
    _, hand, *_ = await _tenant(stage, "mine")
    await hand.open("/tenants/mine/settings/integrations/scim/guide/okta-catalog")
    page = await hand.send("/tenants/mine/settings/integrations/scim/guide/okta-catalog", {})
    path = page.text.partition("https://vestibule.test/setup/")[2].partition("<")[0]
    stranger = stage.stranger()
    await stranger.open(f"/setup/{path}")
    assert "vst_scim_" not in stranger.text
    assert "Mika of mine" not in stranger.text
    await stranger.send(f"/setup/{path}", {"provider": "entra"})
    assert "vst_scim_" in stranger.text
    assert (await stranger.open(f"/setup/{path}")).status_code == 410
    assert (await stranger.open("/tenants/mine/overview")).url.path == "/sign-in"


async def test_a_logo_is_a_picture_and_runs_nothing(stage: Stage) -> None:
    await _tenant(stage, "mine")
    hand = await stage.hand_of(await stage.operator())
    await hand.open("/operator/customers/mine")
    for content, status in (
        (b"<svg onload=alert(1)>", 409),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 300_000, 409),
        (b"\x89PNG\r\n\x1a\n0", 303),
    ):
        answer = await hand.client.post(
            "/operator/customers/mine",
            data={"what": "logo", "form_token": hand.mark},
            files={"logo": ("logo.png", content)},
        )
        assert answer.status_code == status
    theirs = await stage.hand_of(
        await stage.administrator("admin@mine.test", (await stage.site.desk.tenant("mine")))
    )
    logo = await theirs.open("/tenants/mine/logo")
    assert logo.headers["content-type"] == "image/png"
    assert "sandbox" in logo.headers["content-security-policy"]
