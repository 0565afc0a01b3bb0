"""One provisioned person signs on, by the development identity provider, over HTTP as a browser does it."""

from __future__ import annotations

import asyncio
import html
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx2
import uvicorn

from vestibule.app import Vestibule
from vestibule.demo.quiet import Quiet
from vestibule.dev_idp.application import DevelopmentIdp, Person
from vestibule.directory.store import Query
from vestibule.sign_on.certificate import new_key_pair
from vestibule.sign_on.identity_provider import read_metadata
from vestibule.sign_on.setting_up import set_up_saml
from vestibule.tenancy.tenant import Tenant

_MOST_PEOPLE = 20
_FIELD = re.compile(r'name="(SAMLResponse|RelayState)" value="([^"]*)"')
_ACTION = re.compile(r'action="([^"]*)"')


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Who was signed on, and where anybody may try it."""

    user_name: str
    login_url: str


@asynccontextmanager
async def development_idp(receiving: Vestibule, tenant: Tenant) -> AsyncIterator[DevelopmentIdp]:
    """It runs on loopback meanwhile, offers the tenant's people, and is set up as the tenant's identity provider."""
    bound = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    pair = await asyncio.to_thread(new_key_pair, "Development", receiving.front.now)
    provider = DevelopmentIdp(base, pair, await _people(receiving, tenant))
    await set_up_saml(receiving.front, tenant, "operator:demo", read_metadata(provider.metadata()))
    server = Quiet(uvicorn.Config(provider.application(), log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield provider
    finally:
        server.should_exit = True
        await running
        bound.close()


async def sign_one_on(receiving: Vestibule, tenant: Tenant, provider: DevelopmentIdp) -> SignedOn:
    """The first active person, from the button to the page that says so. ValueError with what it says otherwise."""
    (person, *_) = provider.people
    login = f"{receiving.listening_url}/sso/{tenant.slug}/login"
    async with httpx2.AsyncClient(trust_env=False) as browser:
        sent = await browser.get(login)
        form = await browser.get(f"{sent.headers['location']}&as={quote(person.email)}")
        action = _ACTION.search(form.text)
        fields = {name: html.unescape(value) for name, value in _FIELD.findall(form.text)}
        if action is None:
            raise ValueError(form.text)
        came = await browser.post(html.unescape(action[1]), data=fields, follow_redirects=True)
        if came.status_code != 200 or person.email not in came.text:
            raise ValueError(re.sub(r"<[^>]+>", " ", came.text))
    return SignedOn(person.email, login)


async def _people(receiving: Vestibule, tenant: Tenant) -> list[Person]:
    connection = (await receiving.store.tenancy.connections(tenant.id))[0].id
    page = await receiving.store.directory.page(
        tenant.id, Query("User", connection, count=_MOST_PEOPLE, with_groups=False)
    )
    active = [row.resource for row in page.rows if row.resource.active]
    return [Person(str(one.document()["userName"])) for one in active]
