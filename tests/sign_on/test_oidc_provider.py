"""OpenID Connect with npm's oidc-provider: discovery, code with PKCE, nonce, keys, all for real."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from tests.node import talking
from tests.sign_on.stage import place, told
from vestibule.connectors.address_guard import AddressGuard, networks_of
from vestibule.connectors.fetch import Fetch
from vestibule.sign_on.setting_up import set_up_openid
from vestibule.sign_on.setup import OpenIdProvider

ADA = "ada@corp.test"


@contextmanager
def running(redirect_uri: str) -> Iterator[str]:
    """Its issuer; skipped where the machine has none."""
    with talking("oidc-provider", Path(__file__).with_name("oidc_provider.mjs"), redirect_uri) as said:
        yield said["issuer"]


async def signed_in_there(begin: str) -> str:
    """The address with the code, once the person has signed in and consented there."""
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as browser:
        page = await browser.get(begin)
        for _ in range(12):
            if page.is_redirect:
                if "/sso/" in page.headers["location"]:
                    return str(page.headers["location"])
                page = await browser.get(page.url.join(page.headers["location"]))
                continue
            action = re.search(r'<form[^>]*action="([^"]*)"', page.text)
            assert action, page.text[:2000]
            prompt = re.search(r'name="prompt" value="([^"]*)"', page.text)
            form = {"prompt": prompt[1] if prompt else "login", "login": ADA, "password": "x"}
            page = await browser.post(page.url.join(html.unescape(action[1])), data=form)
    raise AssertionError("it never led back")


async def test_a_provisioned_person_signs_on() -> None:
    async with place(sets_up=False) as corp:
        corp.clock.now = datetime.now(UTC)
        await corp.add(ADA)
        us = await corp.front.provider_for(corp.tenant.record)
        with running(us.oidc_redirect_url) as issuer:
            corp.outward.through = Fetch(AddressGuard(networks_of("127.0.0.0/8")))
            openid = OpenIdProvider(issuer, "vestibule")
            await set_up_openid(
                corp.front, corp.tenant.record, "administrator:test", openid, "a secret for tests"
            )
            sent = await corp.browser.get(f"/sso/{corp.slug}/login")
            assert sent.status_code == 303, told(sent)
            came = await corp.browser.get(await signed_in_there(sent.headers["location"]))
            assert came.status_code == 303, told(came)
            assert ADA in told(await corp.who())
