"""An identity provider's hand beside the command line: one request into the database that the commands work on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from tests.cli.conftest import CommandLine
from tests.installation import installation, over_asgi
from vestibule.recordings.replay import Request

OKTA = "Okta SCIM Client 1.0.0"


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer; ``request`` is its number in the log."""

    status: int
    json: Any
    request: str


@dataclass(frozen=True, slots=True)
class Provider:
    """``provider("POST", "/Users", body)`` with the token of one tenant."""

    cli: CommandLine
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None) -> Answered:
        return asyncio.run(self._ask(method, path, body))

    async def _ask(self, method: str, path: str, body: Any) -> Answered:
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/scim+json",
            "User-Agent": OKTA,
            **self.headers,
        }
        raw = b"" if body is None else json.dumps(body).encode()
        async with installation(self.cli.database) as site:
            reply = await over_asgi(site.application, "/scim/v2", Request(method, path, sent, raw))
        parsed = json.loads(reply.body) if reply.body else None
        return Answered(reply.status, parsed, reply.headers["x-request-id"])


def provider_of(cli: CommandLine, slug: str = "corp", profile: str = "generic") -> Provider:
    """A new tenant, its sign-on confirmed, and the identity provider that holds its token."""
    assert cli("tenant", "create", slug, "--profile", profile).code == 0
    assert cli("tenant", "sso", slug, "--confirmed").code == 0
    return Provider(cli, cli("token", "issue", slug).out.strip())
