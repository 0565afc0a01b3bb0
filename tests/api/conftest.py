"""An installation with an API token of its own, and hands that call the API over ASGI."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.installation import Answer, Site, installation, over_asgi
from vestibule.app import Vestibule
from vestibule.recordings.replay import Request
from vestibule.tenancy.api_tokens import issue_api_token
from vestibule.tenancy.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Api:
    """Calls ``/api/v1`` with one API token."""

    application: Vestibule
    token: str

    async def __call__(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; ``body`` goes as it is where it is bytes, else as JSON."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        sent = {name: value for name, value in sent.items() if value}
        reply = await over_asgi(self.application, "/api/v1", Request(method, path, sent, raw))
        return Answer(reply.status, reply.headers, json.loads(reply.body) if reply.body else None)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation() as made:
        yield made


@pytest.fixture
async def api(site: Site) -> Api:
    """The hand of an operator: everything, everywhere."""
    return await hand(site)


async def hand(
    site: Site,
    scopes: Sequence[str] = ("*",),
    *,
    name: str = "",
    tenant: Tenant | None = None,
    account: str | None = None,
) -> Api:
    """A hand with a new API token."""
    issued = await issue_api_token(
        site.desk, site.application.store.api_tokens, scopes, name=name, tenant=tenant, account=account
    )
    return Api(site.application, issued.secret)
