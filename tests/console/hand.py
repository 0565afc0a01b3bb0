"""Somebody at a browser, without a browser: follows forms and links over ASGI. And who they are."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

import httpx2

from tests.installation import Site, installation
from vestibule.sign_in.administrator import Administrator, Grant
from vestibule.sign_in.administrators import SignInDesk, add_administrator, add_operator, issue_link
from vestibule.tenancy.tenant import Tenant

ADDRESS = "https://vestibule.test"


@dataclass(slots=True)
class Hand:
    """One browser. ``page`` is the last answer."""

    client: httpx2.AsyncClient
    page: httpx2.Response | None = None

    async def open(self, path: str, **query: str) -> httpx2.Response:
        """GET, following to where it leads."""
        self.page = await self.client.get(path, params=query or None, follow_redirects=True)
        return self.page

    async def send(self, path: str, fields: Mapping[str, str], *, marked: bool = True) -> httpx2.Response:
        """POST a form as the open page has it; ``marked`` sends the token that the page's forms carry."""
        given = dict(fields)
        if marked:
            given["form_token"] = self.mark
        self.page = await self.client.post(path, data=given, follow_redirects=True)
        return self.page

    @property
    def mark(self) -> str:
        """The token in the forms of the open page."""
        assert self.page is not None
        found = re.search(r'x-form-token":"([0-9a-f]+)"', unescape(self.page.text))
        assert found, self.page.text[:500]
        return found[1]

    @property
    def text(self) -> str:
        """What a reader of the page sees."""
        assert self.page is not None
        return text_of(self.page.text)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("script", "style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)


def text_of(html: str) -> str:
    """The text of a page, spaces as one sees them."""
    parser = _Text()
    parser.feed(html)
    return " ".join(" ".join(parser.said).split())


@dataclass(slots=True)
class Stage:
    """An installation with somebody's hand on it."""

    site: Site

    @property
    def sign_ins(self) -> SignInDesk:
        """Where sign-ins are made."""
        return SignInDesk(
            self.site.application.store.sign_in, self.site.desk.clock, self.site.desk.random, "operator:test"
        )

    async def grant(self, tenant: Tenant, *, whole: bool = False) -> Grant:
        """What an administrator of that tenant looks after."""
        accounts = {one.name: one.id for one in await self.site.desk.store.accounts()}
        return Grant(accounts[tenant.account], None if whole else tenant.id)

    async def administrator(self, email: str, *tenants: Tenant, whole: bool = False) -> Administrator:
        """Somebody who looks after these tenants."""
        for tenant in tenants:
            one = await add_administrator(self.sign_ins, email, await self.grant(tenant, whole=whole))
        return one

    async def operator(self, email: str = "op@vestibule.test") -> Administrator:
        """Somebody who runs the service."""
        return await add_operator(self.sign_ins, email)

    def stranger(self) -> Hand:
        """A browser that nobody signed in."""
        transport = httpx2.ASGITransport(self.site.application)
        return Hand(httpx2.AsyncClient(transport=transport, base_url=ADDRESS))

    async def hand_of(self, one: Administrator) -> Hand:
        """A browser in which they signed in by a link."""
        hand = self.stranger()
        path = f"/welcome/{await issue_link(self.sign_ins, one)}"
        await hand.open(path)
        await hand.send(path, {"password": ""})
        return hand


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """A new installation, reached over https."""
    async with installation(public_url=ADDRESS) as site:
        yield Stage(site)
