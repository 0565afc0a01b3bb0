"""Below another application's path, addresses, links and cookies are below it too."""

from __future__ import annotations

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.installation import installation
from tests.sign_on.stage import SSO, Clock, Nowhere, front_of, identity_provider
from vestibule.key_ring import new_key
from vestibule.sign_on.setting_up import set_up_saml


async def test_below_a_path() -> None:
    clock = Clock()
    base = "https://product.test/provisioning"
    async with installation(clock=clock, keys=new_key(), public_url=base) as site:
        tenant = await site.tenant(slug="corp")
        front = front_of(site, clock, Nowhere())
        await set_up_saml(front, tenant.record, "administrator:test", identity_provider())
        outer = Starlette(routes=[Mount("/provisioning", site.application)])
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=outer), base_url=base) as browser:
            home = await browser.get(f"{base}/sso/corp")
            assert 'href="/provisioning/sso/corp/login"' in home.text
            sent = await browser.get(f"{base}/sso/corp/login")
            assert sent.headers["location"].startswith(SSO)
            assert "Path=/provisioning/sso;" in sent.headers["set-cookie"]
            metadata = await browser.get(f"{base}/sso/corp/metadata")
            assert f'Location="{base}/sso/corp/acs"' in metadata.text
