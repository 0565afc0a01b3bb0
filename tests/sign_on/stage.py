"""Where sign-on is played: an installation over ASGI, a browser with cookies, and a development identity provider."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from tests.installation import Site, Tenant, installation
from vestibule.dev_idp.mint import Recipe, encoded, response
from vestibule.key_ring import KeyRing, new_key
from vestibule.profiles.shelf import ProfileShelf
from vestibule.sign_on.certificate import KeyPair, new_key_pair
from vestibule.sign_on.front import Front
from vestibule.sign_on.identity_provider import IdentityProvider
from vestibule.sign_on.moment import clock_text
from vestibule.sign_on.outward import Outward
from vestibule.sign_on.setting_up import set_up_saml
from vestibule.sign_on.setup import Choices

PUBLIC = "https://vestibule.test"
IDP = "https://idp.test/saml"
SSO = "https://idp.test/sso"
SLO = "https://idp.test/slo"
START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@cache
def keys(name: str) -> KeyPair:
    """A key pair of that name: made once in a session, as it takes its time."""
    return new_key_pair(name, datetime(2026, 1, 1, tzinfo=UTC))


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> str:
        return clock_text(self.now)


class Nowhere:
    """No way out: what a test would fetch it hands in."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.posts: list[tuple[str, Mapping[str, str], str]] = []
        self.answer: tuple[int, bytes] = (500, b"{}")
        #: The network, where a test has somebody there.
        self.through: Outward | None = None

    async def get(self, url: str) -> bytes:
        return await self.through.get(url) if self.through else self.documents[url]

    async def post(self, url: str, form: Mapping[str, str], authorization: str) -> tuple[int, bytes]:
        if self.through:
            return await self.through.post(url, form, authorization)
        self.posts.append((url, form, authorization))
        return self.answer


def identity_provider(*certificates: str) -> IdentityProvider:
    return IdentityProvider(IDP, SSO, "", SLO, certificates or (keys("idp").certificate,))


@dataclass
class Browser:
    """Cookies, and what a person sees."""

    client: httpx2.AsyncClient

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        return await self.client.get(path, **more)

    async def post(self, path: str, form: Mapping[str, str], **more: Any) -> httpx2.Response:
        return await self.client.post(path, data=dict(form), **more)


@dataclass
class Place:
    """One tenant with sign-on set up, and somebody's browser."""

    site: Site
    tenant: Tenant
    front: Front
    clock: Clock
    browser: Browser
    outward: Nowhere
    people: dict[str, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.tenant.slug

    @property
    def acs(self) -> str:
        return f"{PUBLIC}/sso/{self.slug}/acs"

    @property
    def entity_id(self) -> str:
        return f"{PUBLIC}/sso/{self.slug}"

    async def add(self, user_name: str, **more: Any) -> str:
        """Provision a person; the id."""
        document = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": user_name,
            "name": {"givenName": "Ada", "familyName": "Byron"},
            "emails": [{"value": user_name, "type": "work", "primary": True}],
            "active": True,
            **more,
        }
        answer = await self.tenant.post("/Users", document)
        assert answer.status == 201, answer
        return str(answer.json["id"])

    async def deactivate(self, id: str) -> None:
        answer = await self.tenant.patch(
            f"/Users/{id}",
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "value": {"active": False}}],
            },
        )
        assert answer.status in (200, 204), answer

    async def depart(self, **query: str) -> str:
        """Press *Sign in*; the id of the request that the identity provider gets."""
        answer = await self.browser.get(f"/sso/{self.slug}/login?{urlencode(query)}")
        assert answer.status_code == 303, answer.text
        return request_id(answer.headers["location"])

    def recipe(self, email: str, in_response_to: str | None, **more: Any) -> Recipe:
        given = {
            "issuer": IDP,
            "acs_url": self.acs,
            "audience": self.entity_id,
            "now": self.clock.now,
            "name_id": email,
            "attributes": {"email": (email,)},
            "in_response_to": in_response_to,
            "session_index": "s1",
        }
        return Recipe(**{**given, **more})

    async def arrive(self, message: bytes, relay_state: str = "", path: str = "") -> httpx2.Response:
        """The browser brings a response."""
        form = {"SAMLResponse": encoded(message), "RelayState": relay_state}
        return await self.browser.post(path or f"/sso/{self.slug}/acs", form)

    async def sign_on(self, email: str, **more: Any) -> httpx2.Response:
        """From the button to the answer."""
        recipe = self.recipe(email, await self.depart(), **more)
        return await self.arrive(response(recipe, keys("idp")))

    async def who(self) -> httpx2.Response:
        """What the page at home says."""
        return await self.browser.get(f"/sso/{self.slug}")

    async def sessions(self) -> int:
        """How many sessions are kept for anybody of this tenant."""
        found = 0
        for id in self.people.values():
            found += len(await self.front.store.sessions_of(self.tenant.record.id, id, self.clock()))
        return found


def request_id(address: str) -> str:
    """The ID of the AuthnRequest in a redirect."""
    import base64  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    packed = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    text = zlib.decompress(base64.b64decode(packed), -15).decode()
    found = re.search(r' ID="([^"]+)"', text)
    assert found, text
    return found[1]


def told(answer: httpx2.Response) -> str:
    """A page's text without markup."""
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text.partition("<body>")[2]))


@asynccontextmanager
async def place(
    profile: str = "generic",
    *,
    choices: Choices | None = None,
    sets_up: bool = True,
    seconds: Callable[[], float] | None = None,
) -> AsyncIterator[Place]:
    """An installation with a tenant; sign-on is set up with the identity provider of the key ``idp``.

    ``seconds`` is what its pace is counted by; without it, every look is a second later than the last.
    """
    clock, outward, ticks = Clock(), Nowhere(), count()
    async with installation(
        clock=clock,
        keys=new_key(),
        public_url=PUBLIC,
        outward=outward,
        seconds=seconds or (lambda: float(next(ticks))),
    ) as site:
        tenant = await site.tenant(profile)
        async with browser(site) as one:
            made = Place(site, tenant, front_of(site, clock, outward), clock, one, outward)
            if sets_up:
                await set_up_saml(
                    made.front, tenant.record, "administrator:test", identity_provider(), choices=choices
                )
            yield made


@asynccontextmanager
async def browser(site: Site) -> AsyncIterator[Browser]:
    """A browser of its own."""
    transport = httpx2.ASGITransport(app=site.application)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        yield Browser(client)


def front_of(site: Site, clock: Clock, outward: Nowhere) -> Front:
    store = site.application.store

    async def ring() -> KeyRing:
        return KeyRing.from_text(site.application.settings.keys.get_secret_value())

    return Front(
        store.sign_on,
        store.tenancy,
        store.directory,
        ProfileShelf(store.tenancy),
        ring,
        outward,
        clock,
        secrets.token_bytes,
        lambda: secrets.token_hex(8),
        lambda: PUBLIC,
    )
