"""A whole installation that may send to this machine, and a hand in its webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.database import new_own_database
from tests.installation import Site, Tenant, installation
from tests.postgresql import Place
from tests.served import patch, person
from vestibule.webhooks.desk import WebhookDesk
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.endpoints import Secretly, add_endpoint


@dataclass(frozen=True, slots=True)
class Stage:
    """One tenant; ``desk`` is an operator's."""

    site: Site
    tenant: Tenant
    desk: WebhookDesk

    async def add(self, url: str, *types: str, whose: Tenant | None = None) -> Secretly:
        """An endpoint for that tenant's events, else for this one's."""
        record = (whose or self.tenant).record
        return await add_endpoint(self.desk, url, tenant=record.id, types=types)

    async def person(self, name: str) -> str:
        """Somebody new; their id. One event."""
        answer = await self.tenant.post("/Users", person(f"{name}@example.com"))
        assert answer.status == 201, answer.json
        return str(answer.json["id"])

    async def rename(self, id: str, name: str) -> None:
        """Another event about that person."""
        change = patch({"op": "replace", "path": "displayName", "value": name})
        answer = await self.tenant.patch(f"/Users/{id}", change)
        assert answer.status in (200, 204), answer.json

    async def now(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint as it is kept at this moment."""
        return await self.desk.endpoint(endpoint.id)

    async def events(self) -> list[Any]:
        """The tenant's events so far."""
        found = await self.desk.log.events(0, tenant=self.tenant.record.id)
        return list(found.events)


@pytest.fixture
async def stage(each_store: None) -> AsyncIterator[Stage]:
    """On either store."""
    async with _stage("") as made:
        yield made


@pytest.fixture
async def own_stage(each_store: None) -> AsyncIterator[Stage]:
    """On either store, in a database that nobody shares: what is forgotten is everybody's."""
    async with _stage(new_own_database()) as made:
        yield made


@asynccontextmanager
async def _stage(database: str | Place) -> AsyncIterator[Stage]:
    async with installation(database, allowed_networks="127.0.0.0/8") as site:
        yield Stage(site, await site.tenant(), site.application.premises.webhook_desk("operator:test"))
