"""Who gets a page, who does not, and what a forged form does: nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.console.hand import Stage, staged, text_of
from vestibule.sign_in.administrators import issue_link
from vestibule.tenancy.tenants import create_tenant

GOOD = "four plain words here"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


async def test_nobody_sees_a_page_before_signing_in_and_comes_back_to_it_after(stage: Stage) -> None:
    tenant = await create_tenant(stage.site.desk, "Corp", profile="generic")
    one = await stage.administrator("mia@corp.test", tenant)
    hand = await stage.hand_of(one)
    await hand.open("/you")
    await hand.send("/you/password", {"password": GOOD})
    fresh = stage.stranger()
    page = await fresh.open("/tenants/corp/settings/integrations/scim?x=1")
    assert page.url.path == "/sign-in"
    assert page.url.params["next"] == "/tenants/corp/settings/integrations/scim?x=1"
    page = await fresh.send(
        "/sign-in", {"email": "MIA@corp.test", "password": GOOD, "next": page.url.params["next"]}
    )
    assert page.url.path == "/tenants/corp/settings/integrations/scim"


async def test_a_wrong_password_keeps_what_was_typed_and_says_no_more(stage: Stage) -> None:
    hand = stage.stranger()
    await hand.open("/sign-in")
    page = await hand.send("/sign-in", {"email": "nobody@corp.test", "password": "wrong"})
    assert page.status_code == 422
    assert "do not go together" in hand.text
    assert 'value="nobody@corp.test"' in page.text
    assert "wrong" not in page.text.replace("is wrong", "")


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: a=b",
        "\\\\x",
    ],
)
async def test_no_sign_in_leads_to_another_site(stage: Stage, next: str) -> None:
    hand = await stage.hand_of(await stage.operator())
    answer = await hand.client.get("/sign-in", params={"next": next})
    assert answer.headers["location"].startswith("/")
    assert "evil" not in answer.headers["location"]


async def test_a_link_is_looked_at_without_being_used_up(stage: Stage) -> None:
    one = await stage.operator()
    path = f"/welcome/{await issue_link(stage.sign_ins, one)}"
    scanner, hand = stage.stranger(), stage.stranger()
    await scanner.open(path)
    await hand.open(path)
    assert one.email in hand.text
    assert (await hand.send(path, {"password": ""})).url.path == "/operator/health"
    page = await scanner.send(path, {"password": ""})
    assert page.status_code == 422
    assert "used already" in scanner.text


async def test_a_person_without_the_tenant_gets_what_nobody_gets(stage: Stage) -> None:
    corp = await create_tenant(stage.site.desk, "Corp")
    await create_tenant(stage.site.desk, "Strangers")
    hand = await stage.hand_of(await stage.administrator("mia@corp.test", corp))
    theirs = await hand.open("/tenants/strangers/overview")
    nowhere = await hand.open("/tenants/nowhere/overview")
    assert theirs.status_code == nowhere.status_code == 404
    assert text_of(theirs.text) == text_of(nowhere.text)
    assert (await hand.open("/operator/customers")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.test"},
        {"origin": "null"},
    ],
    ids=["no token", "cross-site", "same-site", "other origin", "null origin"],
)
async def test_a_forged_form_changes_nothing(stage: Stage, headers: dict[str, str]) -> None:
    tenant = await create_tenant(stage.site.desk, "Corp")
    hand = await stage.hand_of(await stage.administrator("mia@corp.test", tenant))
    page = await hand.open("/tenants/corp/settings/integrations/scim")
    fields = {"state": "on", "settings_version": str(tenant.settings_version)}
    if headers:
        fields["form_token"] = hand.mark
    answer = await hand.client.post(page.url.path, data=fields, headers=headers)
    assert answer.status_code == 403
    assert (await stage.site.desk.tenant("corp")).provisioning == "draft"


async def test_the_token_of_another_session_does_not_pass(stage: Stage) -> None:
    tenant = await create_tenant(stage.site.desk, "Corp")
    mine = await stage.hand_of(await stage.administrator("mia@corp.test", tenant))
    theirs = await stage.hand_of(await stage.administrator("eve@corp.test", tenant))
    await theirs.open("/tenants/corp/settings/integrations/scim")
    answer = await mine.client.post(
        "/tenants/corp/settings/integrations/scim", data={"state": "on", "form_token": theirs.mark}
    )
    assert answer.status_code == 403


async def test_a_session_that_was_ended_is_out_at_once(stage: Stage) -> None:
    one = await stage.operator()
    first, second = await stage.hand_of(one), await stage.hand_of(one)
    await first.open("/you")
    sessions = await stage.site.application.store.sign_in.sessions(one.id)
    await first.send("/you/sessions", {"session": sessions[0].id})
    assert (await second.open("/you")).url.path == "/sign-in"


async def test_the_headers_of_safety_stand_on_every_page(stage: Stage) -> None:
    hand = await stage.hand_of(await stage.operator())
    for path in ("/sign-in", "/you", "/operator/health", "/tenants/nowhere/overview"):
        page = await hand.open(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
    cookies = [value for name, value in hand.client.cookies.items() if name.startswith("__Host-")]
    assert cookies


@pytest.mark.parametrize("size", [1_200_000, 9_000_000])
async def test_a_form_that_is_too_large_is_refused(stage: Stage, size: int) -> None:
    hand = await stage.hand_of(await stage.operator())
    await hand.open("/you")
    page = await hand.send("/you/password", {"password": "x" * size})
    assert page.status_code == 413


async def test_the_first_operator_comes_by_the_link_that_the_first_start_prints(stage: Stage) -> None:
    link = await stage.site.application.first_link()
    assert link
    path = link.removeprefix("https://vestibule.test")
    hand = stage.stranger()
    await hand.open(path)
    page = await hand.send(path, {"email": "mia", "name": "Mia", "password": GOOD})
    assert page.status_code == 422
    assert 'value="mia"' in page.text
    page = await hand.send(path, {"email": "mia@corp.test", "name": "Mia", "password": GOOD})
    assert page.url.path == "/operator/health"
    assert await stage.site.application.first_link() is None
