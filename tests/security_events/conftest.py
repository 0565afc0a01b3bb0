"""A whole installation with the preview switched on, on either store, and a hand in its streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import jwt
import pytest

from tests.api.conftest import Api, hand
from tests.database import new_own_database
from tests.installation import Answer, Site, Tenant, installation
from tests.postgresql import Place
from tests.served import patch, person
from vestibule.recordings.replay import Request
from vestibule.security_events.desk import StreamDesk
from vestibule.security_events.streams import add_stream
from vestibule.webhooks.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Stage:
    """One tenant; ``desk`` is an operator's, ``api`` calls with a token that may do everything."""

    site: Site
    tenant: Tenant
    desk: StreamDesk
    api: Api

    async def add(self, url: str = "", *, whose: Tenant | None = None, **more: Any) -> Endpoint:
        """A stream of that tenant's changes, else of this one's."""
        return await add_stream(self.desk, (whose or self.tenant).record.id, url=url, **more)

    async def person(self, name: str, **more: Any) -> str:
        """Somebody new; their id. One event."""
        answer = await self.tenant.post("/Users", {**person(f"{name}@example.com"), **more})
        assert answer.status == 201, answer.json
        return str(answer.json["id"])

    async def rename(self, id: str, name: str) -> str:
        """Another event about that person; the request that made it."""
        answer = await self.tenant.patch(
            f"/Users/{id}", patch({"op": "replace", "path": "displayName", "value": name})
        )
        assert answer.status in (200, 204), answer.json
        return str(answer.headers["x-request-id"])

    async def deactivate(self, id: str) -> None:
        """Access ends."""
        answer = await self.tenant.patch(
            f"/Users/{id}", patch({"op": "replace", "path": "active", "value": False})
        )
        assert answer.status in (200, 204), answer.json

    async def poll(self, stream: Endpoint, *, api: Api | None = None, **asked: Any) -> Answer:
        """One poll over the API, without waiting unless told."""
        body = {"returnImmediately": True, **asked}
        return await (api or self.api)("POST", f"/streams/{stream.id}/poll", body)

    async def key_set(self) -> list[dict[str, Any]]:
        """What is published."""
        answer = await Tenant(self.site.application, self.tenant.record, "", "").send(
            Request("GET", "/security-events/jwks.json", {}, b"")
        )
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/jwk-set+json"
        keys: list[dict[str, Any]] = json.loads(answer.body)["keys"]
        return keys

    async def verified(self, stream: Endpoint, token: str, *, at_any_time: bool = False) -> dict[str, Any]:
        """The claims of a token, verified by PyJWT with what is published."""
        header = jwt.get_unverified_header(token)
        assert header["typ"] == "secevent+jwt"
        [key] = [jwt.PyJWK(one) for one in await self.key_set() if one["kid"] == header["kid"]]
        found: dict[str, Any] = jwt.decode(
            token,
            key,
            ["ES256"],
            audience=stream.audience,
            issuer=f"https://vestibule.test/t/{self.tenant.slug}/scim/v2",
            options={"require": ["iss", "aud", "iat", "jti"], "verify_iat": not at_any_time},
        )
        return found


@pytest.fixture
async def stage(each_store: None) -> AsyncIterator[Stage]:
    """On either store."""
    async with _stage("") as made:
        yield made


@pytest.fixture
async def own_stage(each_store: None) -> AsyncIterator[Stage]:
    """On either store, in a database that nobody shares: keys are the installation's."""
    async with _stage(new_own_database()) as made:
        yield made


@asynccontextmanager
async def _stage(database: str | Place) -> AsyncIterator[Stage]:
    async with installation(database, allowed_networks="127.0.0.0/8", security_events=True) as site:
        tenant = await site.tenant()
        desk = site.application.premises.stream_desk("operator:test")
        yield Stage(site, tenant, desk, await hand(site))


def uris(claims: Sequence[dict[str, Any]]) -> list[str]:
    """The event URIs without their beginning."""
    return [uri.removeprefix("urn:ietf:params:scim:event:") for one in claims for uri in one["events"]]
