"""Settings → Integrations → Slack, from *Connect* to *linked*, as an administrator goes through it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape

import httpx2
import pytest
from pydantic import SecretStr

from tests.console.hand import ADDRESS, Hand, Stage
from tests.doubles.google import Google
from tests.doubles.google import user as google_user
from tests.doubles.listening import listening
from tests.doubles.slack import Slack, user
from tests.installation import Tenant, installation
from tests.linking.places import person
from tests.linking.test_service_account import KEY, ROBOT, key_file
from vestibule.connectors.google.service import GoogleService
from vestibule.directory.change import AuditEntry
from vestibule.linking.connector import Registration
from vestibule.linking.engine import Linking
from vestibule.linking.linked_account import LinkState
from vestibule.linking.service_connection import ConnectionState

_SIGNING = "signing-secret"


@dataclass
class Office:
    """A tenant of ACALL, its administrator's browser, and the Slack that it works with."""

    stage: Stage
    tenant: Tenant
    hand: Hand
    slack: Slack

    @property
    def page(self) -> str:
        """The address of Slack's settings."""
        return f"/tenants/{self.tenant.slug}/settings/integrations/services/slack"

    @property
    def engine(self) -> Linking:
        """What the server runs each second; here a test takes the turns."""
        [engine] = [one for one in self.stage.site.application.beside if isinstance(one, Linking)]
        return engine

    async def look(self) -> None:
        """Turns until nothing is left to do."""
        while await self.engine.round():
            pass

    async def consent(self) -> str:
        """From *Connect* over Slack's page back to ours; the address that one lands on."""
        await self.hand.open(self.page)
        await self.hand.send(f"{self.page}/connect", {})
        assert self.hand.page is not None
        [address] = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', self.hand.page.text)
        async with httpx2.AsyncClient(trust_env=False, verify=False) as outside:
            back = (await outside.get(unescape(address))).headers["location"]
        await self.hand.open(back.removeprefix(ADDRESS))
        return str(self.hand.page.url)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """Slack is registered, nothing is connected."""
    slack = Slack()
    slack.add(user("U0ADMIN", "admin@corp.test", "Admin", is_admin=True))
    with listening(slack.application()) as address:
        async with installation(
            public_url=ADDRESS,
            slack_client_id="slack-client",
            slack_client_secret=SecretStr("slack-secret"),
            slack_signing_secret=SecretStr(_SIGNING),
            slack_url=address,
        ) as site:
            stage = Stage(site)
            tenant = await site.tenant("acall")
            one = await stage.administrator("mia@corp.test", tenant.record)
            office = Office(stage, tenant, await stage.hand_of(one), slack)
            await office.engine.stop()
            yield office


async def test_from_connect_to_linked(office: Office) -> None:
    await office.tenant.post("/Users", person("ana", slack="ana@corp.test"))
    await office.tenant.post("/Users", person("ben", slack="ben@corp.test"))
    office.slack.add(user("U1", "ana@corp.test", "Ana of Slack"))
    await office.hand.open(f"/tenants/{office.tenant.slug}/settings/integrations")
    assert "Slack" in office.hand.text
    assert "not connected" in office.hand.text
    await office.consent()
    assert "Is this the right workspace?" in office.hand.text
    assert "Corp" in office.hand.text
    assert not await office.stage.site.application.store.linking.connections()
    assert office.hand.page is not None
    [code] = re.findall(r'name="code" value="([0-9a-f]{64})"', office.hand.page.text)
    await office.hand.send(f"{office.page}/confirm", {"code": code})
    assert "Connected. Everybody's account is looked up now." in office.hand.text
    await office.look()
    await office.hand.open(office.page)
    assert "1 linked" in office.hand.text
    assert "1 not found" in office.hand.text
    assert "Ana of Slack" in office.hand.text
    await office.hand.open(office.page, state="not_found")
    assert "ben@corp.test" in office.hand.text
    assert "Ana of Slack" not in office.hand.text
    [ana] = await office.stage.site.application.store.linking.accounts(
        office.tenant.record.id, state=LinkState.LINKED
    )
    await office.hand.open(f"/tenants/{office.tenant.slug}/people/{ana.user_id}")
    assert "ana@corp.test linked Ana of Slack" in office.hand.text
    await office.hand.open(office.page)
    await office.hand.send(f"{office.page}/disconnect", {})
    assert "Disconnected." in office.hand.text


async def test_paused_by_whom_and_resumed(office: Office) -> None:
    await office.tenant.post("/Users", person("ana", slack="ana@corp.test"))
    office.slack.add(user("U1", "ana@corp.test", "Ana of Slack"))
    address = await office.consent()
    await office.hand.send(f"{office.page}/confirm", {"code": address.rpartition("code=")[2]})
    await office.look()
    await office.hand.open(office.page)
    assert "Pause Slack" in office.hand.text
    assert "Resume" not in office.hand.text
    await office.hand.send(f"{office.page}/pause", {})
    assert "Paused. Nothing more is asked there" in office.hand.text
    assert "Paused by administrator:mia@corp.test just now" in office.hand.text
    assert "Ana of Slack" in office.hand.text, "what is known stays"
    assert "Sync now" not in office.hand.text
    await office.hand.open(f"/tenants/{office.tenant.slug}/settings/integrations")
    assert "Corp paused Settings" in office.hand.text
    await office.hand.open(f"/tenants/{office.tenant.slug}/settings/audit")
    assert "administrator:mia@corp.test integration.pause" in office.hand.text
    await office.hand.open(office.page)
    await office.hand.send(f"{office.page}/pause", {})
    assert "slack is not connected" in office.hand.text
    lists = office.slack.calls["users.list"]
    await office.look()
    assert office.slack.calls["users.list"] == lists
    await office.hand.send(f"{office.page}/resume", {})
    assert "Connected again" in office.hand.text
    await office.look()
    await office.hand.open(office.page)
    assert "1 linked" in office.hand.text
    assert office.slack.calls["users.list"] == lists + 1
    await office.hand.send(f"{office.page}/resume", {})
    assert "slack is not paused" in office.hand.text


async def test_a_pause_is_told_in_japanese(office: Office) -> None:
    address = await office.consent()
    await office.hand.send(f"{office.page}/confirm", {"code": address.rpartition("code=")[2]})
    await office.hand.open(office.page)
    await office.hand.send(f"{office.page}/pause", {})
    office.hand.client.headers["accept-language"] = "ja"
    await office.hand.open(office.page)
    assert "一時停止した人：administrator:mia@corp.test" in office.hand.text
    assert "再開" in office.hand.text


async def test_sync_now_shows_how_far_it_is(office: Office) -> None:
    await office.tenant.post("/Users", person("ana", slack="p2099@corp.test"))
    address = await office.consent()
    await office.hand.send(f"{office.page}/confirm", {"code": address.rpartition("code=")[2]})
    await office.look()
    assert "Under way" not in (await office.hand.open(office.page)).text
    office.slack.add(*(user(f"U{number:04}", f"p{number}@corp.test", "P") for number in range(2100)))
    await office.hand.send(f"{office.page}/sync", {})
    await office.engine.round()
    await office.hand.open(office.page)
    assert "Under way: 2000 members on 10 pages read." in office.hand.text
    await office.look()
    await office.hand.open(office.page)
    assert "1 linked" in office.hand.text
    assert "Under way" not in office.hand.text


async def test_what_slack_tells_of_a_member_is_seen_at_once(office: Office) -> None:
    """S14, S16: a signed event has the account looked at again; no list is read for it."""
    await office.tenant.post("/Users", person("ana", slack="ana@corp.test"))
    address = await office.consent()
    await office.hand.send(f"{office.page}/confirm", {"code": address.rpartition("code=")[2]})
    await office.look()
    lists = office.slack.calls["users.list"]
    ana = user("U1", "ana@corp.test", "Ana of Slack")
    office.slack.add(ana)
    for kind, shown in (("team_join", "1 linked"), ("user_change", "1 deactivated there")):
        ana["deleted"] = kind == "user_change"
        event = {"type": "event_callback", "team_id": "T1", "event": {"type": kind, "user": ana}}
        body, at = json.dumps(event).encode(), str(int(time.time()))
        signed = hmac.new(_SIGNING.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={signed}"}
        sent = office.hand.client.post("/integrations/slack/events", content=body, headers=headers)
        assert (await sent).status_code == 200
        await office.look()
        await office.hand.open(office.page)
        assert shown in office.hand.text
    assert "Reactivate it there" in office.hand.text
    assert office.slack.calls["users.list"] == lists


async def test_another_administrator_cannot_keep_it(office: Office) -> None:
    address = await office.consent()
    code = address.rpartition("code=")[2]
    other = await office.stage.hand_of(
        await office.stage.administrator("eve@corp.test", office.tenant.record)
    )
    await other.open(office.page)
    await other.send(f"{office.page}/confirm", {"code": code})
    assert "Press Connect again" in other.text
    assert not await office.stage.site.application.store.linking.connections()


async def test_whoever_is_no_administrator_of_the_workspace_is_told(office: Office) -> None:
    office.slack.members["U0ADMIN"]["is_admin"] = False
    await office.consent()
    assert "is no administrator of this Slack workspace" in office.hand.text


async def test_nobody_else_sees_it(office: Office) -> None:
    stranger = office.stage.stranger()
    await stranger.open(office.page)
    assert "Slack" not in stranger.text
    other = await office.stage.site.tenant("acall")
    hand = await office.stage.hand_of(await office.stage.administrator("sam@other.test", other.record))
    page = await hand.open(office.page)
    assert page.status_code == 404
    products = await office.stage.site.tenant("getaccept")
    hand = await office.stage.hand_of(await office.stage.administrator("gil@other.test", products.record))
    page = await hand.open(f"/tenants/{products.slug}/settings/integrations/services/slack")
    assert page.status_code == 404


async def test_google_by_a_key_file(office: Office) -> None:
    """What the key opens is asked for before it is kept; a key that is none is told."""
    google = Google()
    google.add(google_user("1", "admin@corp.test", "Admin", isAdmin=True))
    google.service_accounts[ROBOT] = KEY.as_pem(private=False).decode()
    google.delegated = {ROBOT}
    with listening(google.application()) as at:
        addresses = {"token_url": f"{at}/token", "directory_url": f"{at}/admin/directory/v1"}
        services = dict(office.stage.site.application.premises.connecting._services)
        services["google"] = GoogleService(Registration("google-client", "google-secret", addresses))
        office.stage.site.application.premises.connecting._services = services
        page = office.page.replace("/slack", "/google")
        await office.hand.open(page)
        assert "By a service account instead" in office.hand.text
        await office.hand.send(f"{page}/key", {"key": "{}", "acting_as": "admin@corp.test"})
        assert "is no key file of a service account" in office.hand.text
        await office.hand.send(f"{page}/key", {"key": key_file(), "acting_as": "admin@corp.test"})
        assert "Is this the right workspace?" in office.hand.text
        assert f"granted by {ROBOT} as admin@corp.test" in office.hand.text
        assert "PRIVATE KEY" not in office.hand.page.text if office.hand.page else False
        [code] = re.findall(
            r'name="code" value="([0-9a-f]{64})"', office.hand.page.text if office.hand.page else ""
        )
        await office.hand.send(f"{page}/confirm", {"code": code})
        assert "Connected. Everybody's account is looked up now." in office.hand.text
        assert "By a service account instead" not in office.hand.text
        place, store = (office.tenant.record.id, "google"), office.stage.site.application.store.linking
        entry = AuditEntry("test", "integration.broke", "Integration", "google")
        at = "2026-01-02T03:04:05.678Z"
        await store.end_connection(*place, ConnectionState.RECONNECT_NEEDED, "The key went.", entry, at)
        await office.hand.open(page)
        assert "Connect again If Google says that access is blocked" in office.hand.text
        assert "By a service account instead" in office.hand.text
        assert "google-client" in office.hand.text, "by which a super administrator lets the application in"
        await services["google"].close()
