"""``/integrations/…`` over HTTP: the page after a consent, and Slack's signed events."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from tests.database import new_database
from tests.doubles.listening import listening
from tests.doubles.slack import Slack, user
from tests.linking.places import ACTOR, Place
from vestibule.app import Vestibule
from vestibule.linking.connecting import Connecting
from vestibule.linking.service_connection import ConnectionState
from vestibule.profiles.builtin import builtin_profile
from vestibule.services import services_of
from vestibule.settings import Settings
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.tenants import create_tenant

_SECRET = "signing-secret"


@dataclass
class Served:
    """A Vestibule whose Slack is the double, and a browser."""

    application: Vestibule
    slack: Slack
    browser: httpx2.AsyncClient
    tenant: int

    async def connecting(self) -> Connecting:
        """What the command line works with."""
        return Connecting(
            self.application.store.linking,
            services_of(self.application.settings),
            self.application._secret_keys,
            self.application._clock,
            os.urandom,
            self.application.public_url,
        )

    async def consent_url(self) -> str:
        """As ``vestibule integration connect`` prints it."""
        profile = builtin_profile("acall")
        assert profile is not None
        return await (await self.connecting()).begin(self.tenant, profile, "slack", ACTOR)

    async def event(self, envelope: dict[str, Any], **wrong: str) -> httpx2.Response:
        """Send an event as Slack does."""
        body = json.dumps(envelope).encode()
        at = wrong.get("at", str(int(time.time())))
        signed = hmac.new(wrong.get("secret", _SECRET).encode(), f"v0:{at}:".encode() + body, hashlib.sha256)
        headers = {
            "x-slack-request-timestamp": at,
            "x-slack-signature": wrong.get("signature", f"v0={signed.hexdigest()}"),
            "content-type": "application/json",
        }
        return await self.browser.post("/integrations/slack/events", content=body, headers=headers)


@pytest.fixture
async def served(tmp_path: Any) -> AsyncIterator[Served]:
    """Vestibule with Slack registered."""
    slack = Slack()
    slack.add(user("U0ADMIN", "admin@corp.test", "Admin", is_admin=True))
    with listening(slack.application()) as address:
        settings = Settings(
            database=new_database(tmp_path, "sqlite").environment["VESTIBULE_DATABASE"],
            public_url="https://vestibule.test",
            slack_client_id="slack-client",
            slack_client_secret=SecretStr("slack-secret"),
            slack_signing_secret=SecretStr(_SECRET),
            slack_url=address,
        )
        application = Vestibule(settings)
        async with application.lifespan():
            desk = Desk(
                application.store.tenancy, application._profiles, application._clock, bytes, "operator:mia"
            )
            tenant = await create_tenant(desk, "corp", profile="acall")
            transport = httpx2.ASGITransport(application)
            async with httpx2.AsyncClient(transport=transport, base_url="https://vestibule.test") as browser:
                yield Served(application, slack, browser, tenant.id)


async def back_from_slack(served: Served, **asked: str) -> httpx2.Response:
    """Through the double's consent page to ours."""
    async with httpx2.AsyncClient(trust_env=False, verify=False) as outside:
        answer = await outside.get(await served.consent_url(), params=asked or None)
    address = urlsplit(answer.headers["location"])
    return await served.browser.get(f"{address.path}?{address.query}")


async def test_the_page_shows_the_workspace_and_the_command_that_keeps_it(served: Served) -> None:
    page = await back_from_slack(served)
    assert page.status_code == 200
    assert "<strong>Corp</strong> (corp), granted by admin@corp.test" in page.text
    assert "script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    [code] = re.findall(r"vestibule integration confirm slack ([0-9a-f]{64})", page.text)
    connection = await (await served.connecting()).confirm("slack", code, ACTOR)
    assert connection.state is ConnectionState.CONNECTED


async def test_what_a_workspace_is_called_is_text(served: Served) -> None:
    served.slack.team["name"] = "<script>alert(1)</script>"
    page = await back_from_slack(served)
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    "query",
    ["error=access_denied&state=x", "code=x", "state=x", "code=x&state=y", f"code={'x' * 3000}&state=y"],
)
async def test_anything_else_connects_nothing_and_says_so(served: Served, query: str) -> None:
    page = await served.browser.get(f"/integrations/slack/callback?{query}")
    assert page.status_code == 400
    assert "is not connected" in page.text
    assert not await served.application.store.linking.connections()


async def test_a_refusal_of_google_is_explained_with_our_client_id(here: Place) -> None:
    """G3: what the administrator, or the operator, is to do about it."""
    for error, says in (
        ("admin_policy_enforced", "by its client id google-client"),
        ("org_internal", "audience Internal"),
        ("access_denied", "none of its test users"),
        ("<b>", "Google Workspace did not grant access"),
    ):
        assert says in here.connecting.why_refused("google", error)
    assert "turned it down" in here.connecting.why_refused("slack", "access_denied")


async def test_an_unknown_service_is_404(served: Served) -> None:
    assert (await served.browser.get("/integrations/github/callback?code=x&state=y")).status_code == 404
    assert (await served.browser.post("/integrations/google/events", content=b"{}")).status_code == 404


async def test_slack_asks_whether_we_are_there(served: Served) -> None:
    answer = await served.event({"type": "url_verification", "challenge": "abc"})
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "another"}, {"at": "1600000000"}, {"at": "soon"}, {"signature": "v0=00"}, {"signature": ""}],
)
async def test_what_slack_did_not_sign_is_refused(served: Served, wrong: dict[str, str]) -> None:
    answer = await served.event({"type": "url_verification", "challenge": "abc"}, **wrong)
    assert answer.status_code == 401
    assert "abc" not in answer.text


async def test_an_event_too_large_or_no_json_does_no_harm(served: Served) -> None:
    large = await served.browser.post("/integrations/slack/events", content=b"x" * 300_000)
    assert large.status_code == 413


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}]
)
async def test_a_removed_app_is_a_broken_connection(served: Served, event: dict[str, Any]) -> None:
    page = await back_from_slack(served)
    [code] = re.findall(r"confirm slack ([0-9a-f]{64})", page.text)
    await (await served.connecting()).confirm("slack", code, ACTOR)
    other = {"type": "event_callback", "team_id": "T9", "event": event}
    assert (await served.event(other)).status_code == 200
    store = served.application.store.linking
    [connection] = await store.connections()
    assert connection.state is ConnectionState.CONNECTED
    assert (await served.event({**other, "team_id": "T1"})).status_code == 200
    [connection] = await store.connections()
    assert connection.state is ConnectionState.RECONNECT_NEEDED
