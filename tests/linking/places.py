"""A tenant of ACALL whose Slack and Google are doubles on real sockets, and a clock that a test moves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.cast import CORE_USER
from tests.doubles.google import ISSUER, Google
from tests.doubles.google import user as google_user
from tests.doubles.listening import listening
from tests.doubles.slack import Slack
from tests.doubles.slack import user as slack_user
from tests.installation import Site, Tenant, installation
from vestibule.clock import as_text
from vestibule.connectors.google.service import GoogleService
from vestibule.connectors.slack.service import SlackService
from vestibule.linking.connecting import Connecting
from vestibule.linking.connector import Registration, Service
from vestibule.linking.engine import Linking
from vestibule.linking.linked_account import LinkedAccount
from vestibule.linking.service_connection import ServiceConnection

ACTOR = "administrator:mia"
PUBLIC = "https://vestibule.test"


@dataclass
class Clock:
    """Seconds since 1970, moved by hand."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def text(self) -> str:
        """As rows keep it."""
        return as_text(self.now)


@dataclass
class Place:
    """Everything a test of linking needs."""

    site: Site
    tenant: Tenant
    clock: Clock
    slack: Slack
    google: Google
    services: Mapping[str, Service]
    connecting: Connecting
    engine: Linking
    people: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Any:
        """The linking store."""
        return self.site.application.store.linking

    async def hire(self, name: str, *, slack: str = "", google: str = "") -> str:
        """A provisioned person; their id."""
        answer = await self.tenant.post("/Users", person(name, slack=slack, google=google))
        assert answer.status == 201, answer
        self.people[name] = answer.json["id"]
        return str(answer.json["id"])

    async def offered(self, service: str) -> Any:
        """What a consent gave, as the page after it shows it."""
        profile = await self.site.desk.profile_of(self.tenant.record)
        address = await self.connecting.begin(self.tenant.record.id, profile, service, ACTOR)
        async with httpx2.AsyncClient(follow_redirects=False, trust_env=False, verify=False) as browser:
            answer = await browser.get(address)
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        return await self.connecting.come_back(service, back["state"][0], back["code"][0])

    async def connect(self, service: str) -> ServiceConnection:
        """From *Connect* to connected."""
        return await self.connecting.confirm(service, (await self.offered(service)).code, ACTOR)

    async def settle(self, most: int = 500, *, real: float = 0.0) -> int:
        """Turns until there is nothing to do, moving the clock where the service asks for patience; how many.

        ``real`` is how much of a second really passes for each second of the clock.
        """
        for turn in range(most):
            if await self.engine.round():
                continue
            waits = [
                one.not_before
                for one in await self.store.connections()
                if one.state == "connected" and one.not_before > self.clock.text()
            ]
            if not waits:
                return turn
            while self.clock.text() < min(waits):
                self.clock.now += 0.5
                if real:
                    await asyncio.sleep(real / 2)
        raise AssertionError("it does not settle")

    async def account(self, name: str, service: str = "slack") -> LinkedAccount:
        """That person's account."""
        [found] = await self.store.accounts(self.tenant.record.id, service, user_id=self.people[name])
        account: LinkedAccount = found
        return account


def person(name: str, *, slack: str = "", google: str = "", active: bool = True) -> dict[str, Any]:
    """A person as ACALL's Okta application sends them."""
    accounts = [
        {"type": kind, "value": value} for kind, value in (("slack", slack), ("google", google)) if value
    ]
    return {
        "schemas": [CORE_USER],
        "userName": f"{name}@corp.test",
        "name": {"givenName": name.title(), "familyName": "Test"},
        "active": active,
        **({"accounts": accounts} if accounts else {}),
    }


def furnished(slack: Slack, google: Google) -> None:
    """An administrator at each, who consents."""
    slack.add(slack_user("U0ADMIN", "admin@corp.test", "Admin", is_admin=True))
    google.add(google_user("1", "admin@corp.test", "Admin", isAdmin=True))


def services_at(slack: str, google: str, clock: Clock) -> dict[str, Service]:
    """The connectors, towards doubles at these addresses."""
    return {
        "slack": SlackService(Registration("slack-client", "slack-secret", {"url": slack}), seconds=clock),
        "google": GoogleService(
            Registration(
                "google-client",
                "google-secret",
                {
                    "authorize_url": f"{google}/auth",
                    "token_url": f"{google}/token",
                    "revoke_url": f"{google}/revoke",
                    "certs_url": f"{google}/certs",
                    "issuer": ISSUER,
                    "directory_url": f"{google}/admin/directory/v1",
                },
            ),
            seconds=clock,
        ),
    }


@contextmanager
def doubles(clock: Clock) -> Iterator[tuple[Slack, Google, dict[str, Service]]]:
    """Both doubles, and the connectors that speak to them."""
    slack, google = Slack(seconds=clock), Google(seconds=clock)
    furnished(slack, google)
    with listening(slack.application()) as there, listening(google.application()) as here:
        yield slack, google, services_at(there, here, clock)


@asynccontextmanager
async def place(
    at: Callable[[Clock], AbstractContextManager[tuple[Any, Any, dict[str, Service]]]] = doubles,
    *,
    clock: Clock | None = None,
    database: str = "",
    pause: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[Place]:
    """A place whose Vestibule does nothing by itself; ``at`` opens the doubles, and what speaks to them."""
    clock = clock or Clock()
    with at(clock) as (slack, google, services):
        async with installation(database) as site:
            application = site.application
            tenant = await site.tenant("acall")
            connecting = Connecting(
                application.store.linking,
                services,
                application._secret_keys,
                clock.text,
                os.urandom,
                lambda: PUBLIC,
            )
            engine = Linking(
                store=application.store.linking,
                tenancy=application.store.tenancy,
                directory=application.store.directory,
                derivation=application.store.derivation,
                log=application.store.log,
                profiles=site.desk.profiles,
                services=services,
                keys=application._secret_keys,
                seconds=clock,
                chance=lambda: 0.0,
                pause=pause or _no_pause,
            )
            try:
                yield Place(site, tenant, clock, slack, google, services, connecting, engine)
            finally:
                for service in services.values():
                    await service.close()


async def _no_pause() -> None:
    return None
