"""The merge gate (A10): no hostile response makes a session, and each is refused by the rule that means it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.sign_on.hostile import ADA, BEFORE, MALLORY, RULES, hostile
from tests.sign_on.stage import PUBLIC, Place, browser, identity_provider, keys, place, request_id, told
from vestibule.dev_idp.mint import encoded, response
from vestibule.sign_on.setting_up import choose, set_up_saml, shown
from vestibule.sign_on.setup import Choices

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def corp() -> AsyncIterator[Place]:
    """Ada and Mallory are provisioned; nobody may ever come in."""
    async with place() as made:
        for name in (ADA, MALLORY):
            made.people[name] = await made.add(name)
        yield made


async def nobody(corp: Place) -> None:
    """There is no session of anybody."""
    assert await corp.sessions() == 0
    assert "You are signed in" not in told(await corp.who())


async def test_the_honest_response_would_come_in() -> None:
    """What the gate bends is good: else it would prove nothing."""
    async with place() as made:
        await made.add(MALLORY)
        for more in ({"sign_response": False}, {"sign_assertion": False}, {}):
            assert (await made.sign_on(MALLORY, **more)).status_code == 303


@pytest.mark.parametrize("name", RULES)
async def test_a_hostile_response_makes_no_session(corp: Place, name: str) -> None:
    asked = await corp.depart()
    message = hostile(name, lambda email, **more: corp.recipe(email, asked, **more))
    answer = await corp.arrive(message)
    assert answer.status_code == 403, told(answer)
    assert "set-cookie" not in answer.headers
    await nobody(corp)


async def test_the_list_is_as_long_as_it_should_be() -> None:
    assert len(RULES) >= 90
    assert set(BEFORE) <= set(RULES)


# What needs more than one message


async def test_replay(corp: Place) -> None:
    """The same response twice: the second makes nothing, whoever brings it."""
    async with place() as made:
        await made.add(MALLORY)
        message = response(made.recipe(MALLORY, await made.depart()), keys("idp"))
        assert (await made.arrive(message)).status_code == 303
        again = await made.arrive(message)
        assert again.status_code == 403
        async with browser(made.site) as another:
            stolen = await another.post(f"/sso/{made.slug}/acs", {"SAMLResponse": encoded(message)})
            assert stolen.status_code == 403


async def test_login_csrf(corp: Place) -> None:
    """Mallory's response in ada's browser: it answers a request that hers did not send."""
    asked = await corp.depart()
    message = response(corp.recipe(MALLORY, asked), keys("idp"))
    async with browser(corp.site) as adas:
        answer = await adas.post(f"/sso/{corp.slug}/acs", {"SAMLResponse": encoded(message)})
        assert answer.status_code == 403
        assert "this browser did not send" in told(answer)
        sent = await adas.get(f"/sso/{corp.slug}/login")
        assert sent.status_code == 303
        answer = await adas.post(f"/sso/{corp.slug}/acs", {"SAMLResponse": encoded(message)})
        assert answer.status_code == 403
    await nobody(corp)


async def test_a_response_to_a_request_that_is_over(corp: Place) -> None:
    asked = await corp.depart()
    message = response(corp.recipe(MALLORY, asked, good_for=timedelta(hours=2)), keys("idp"))
    before = corp.clock.now
    corp.clock.now += timedelta(minutes=11)
    answer = await corp.arrive(message)
    corp.clock.now = before
    assert answer.status_code == 403
    await nobody(corp)


async def test_another_tenants_response(corp: Place) -> None:
    """The same identity provider serves two customers: what was meant for one is nothing to the other."""
    other = await corp.site.tenant(slug="other")
    await set_up_saml(corp.front, other.record, "administrator:test", identity_provider())
    sent = await corp.browser.get("/sso/other/login")
    asked = request_id(sent.headers["location"])
    for more in ({}, {"acs_url": f"{PUBLIC}/sso/other/acs", "audience": f"{PUBLIC}/sso/other"}):
        message = response(corp.recipe(MALLORY, asked, **more), keys("idp"))
        assert (await corp.arrive(message)).status_code == 403
    mine = response(corp.recipe(MALLORY, await corp.depart()), keys("idp"))
    assert (await corp.arrive(mine, path="/sso/other/acs")).status_code == 403
    assert (await corp.arrive(mine, path="/sso/acs")).status_code == 403
    await nobody(corp)


async def test_unasked_for(corp: Place) -> None:
    assert (await corp.arrive(response(corp.recipe(MALLORY, None), keys("idp")))).status_code == 403
    assert (await corp.arrive(response(corp.recipe(MALLORY, "vmade-up"), keys("idp")))).status_code == 403
    await nobody(corp)


OFF_SITE = [
    "https://evil.test/", "//evil.test/", "/\\evil.test/", "\\\\evil.test", "/%5cevil.test", "/%2fevil.test",
    "/\tevil.test", "/%09/evil.test", "javascript:alert(1)", "data:text/html,x", " //evil.test", "http:evil.test",
    "evil.test", "///evil.test", "/\n/evil.test", "@evil.test", "https://product.test.evil.test/", "/" + "a" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("relay_state", OFF_SITE)
async def test_a_relay_state_that_leads_elsewhere(corp: Place, relay_state: str) -> None:
    """Neither where the identity provider starts, nor where we do."""
    chosen = Choices(idp_initiated=True, product_url="https://product.test")
    await choose(corp.front, corp.tenant.record, "administrator:test", chosen)
    answer = await corp.arrive(response(corp.recipe(MALLORY, None), keys("idp")), relay_state)
    assert answer.status_code == 403
    sent = await corp.browser.get(f"/sso/{corp.slug}/login", params={"return_to": relay_state})
    assert sent.status_code == 403
    await nobody(corp)
    await choose(corp.front, corp.tenant.record, "administrator:test", Choices())


async def test_forms_that_are_none(corp: Place) -> None:
    message = encoded(response(corp.recipe(MALLORY, await corp.depart()), keys("idp")))
    acs, client = f"/sso/{corp.slug}/acs", corp.browser.client
    form = {"content-type": "application/x-www-form-urlencoded"}
    twice = f"SAMLResponse={quote(message)}&SAMLResponse={quote(message)}"
    assert (await client.get(acs, params={"SAMLResponse": message})).status_code == 405
    assert (await client.post(acs, json={"SAMLResponse": message})).status_code == 403
    assert (await client.post(acs, content=twice, headers=form)).status_code == 403
    assert (await client.post(acs, content="SAMLResponse=%%%", headers=form)).status_code == 403
    assert (
        await client.post(acs, content=b"SAMLResponse=" + b"A" * 2_000_000, headers=form)
    ).status_code == 403
    assert (await client.post(acs, content="", headers=form)).status_code == 403
    await nobody(corp)


async def test_what_came_is_shown_as_text(corp: Place) -> None:
    """A8: no markup of theirs on any page of ours."""
    markup = "<script>alert(1)</script>"
    answer = await corp.sign_on(MALLORY, audience=markup)
    assert answer.status_code == 403
    assert markup not in answer.text
    (newest, *_) = (await shown(corp.front, corp.tenant.record)).attempts
    assert newest.payload is not None
    assert markup in newest.payload["cause"]
