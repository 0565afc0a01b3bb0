"""Slack and Google in the API: connected, confirmed, synchronised, told, disconnected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from tests.api.conftest import Api, hand
from tests.doubles.listening import listening
from tests.doubles.slack import Slack, user
from tests.installation import Site, Tenant, installation
from tests.linking.places import person
from vestibule.linking.engine import Linking


@dataclass
class Office:
    """A tenant of ACALL, and the Slack that it works with."""

    site: Site
    tenant: Tenant
    slack: Slack
    api: Api

    @property
    def at(self) -> str:
        """The tenant's integrations."""
        return f"/tenants/{self.tenant.slug}/integrations"

    async def code(self) -> str:
        """What the consent page leads back with, as the page after it shows it."""
        begun = await self.api("POST", f"{self.at}/slack/connect")
        assert begun.status == 201, begun.json
        async with httpx2.AsyncClient(trust_env=False, verify=False) as browser:
            back = urlsplit((await browser.get(begun.json["url"])).headers["location"])
        transport = httpx2.ASGITransport(self.site.application)
        async with httpx2.AsyncClient(transport=transport, base_url="https://vestibule.test") as browser:
            page = (await browser.get(f"{back.path}?{back.query}")).text
        return page.partition("confirm slack ")[2].partition("<")[0]

    async def look(self) -> None:
        """What the server does by itself each second."""
        [engine] = [one for one in self.site.application.beside if isinstance(one, Linking)]
        while await engine.round():
            pass


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """Slack is registered, nothing is connected."""
    slack = Slack()
    slack.add(user("U0ADMIN", "admin@corp.test", "Admin", is_admin=True))
    with listening(slack.application()) as address:
        async with installation(
            slack_client_id="slack-client", slack_client_secret=SecretStr("slack-secret"), slack_url=address
        ) as site:
            yield Office(site, await site.tenant("acall"), slack, await hand(site))


async def test_from_connect_to_the_accounts_and_out_again(office: Office) -> None:
    api, at = office.api, office.at
    for name in ("ana", "ben", "cid"):
        await office.tenant.post("/Users", person(name, slack=f"{name}@corp.test"))
    office.slack.add(user("U1", "ana@corp.test", "Ana"), user("U2", "cid@corp.test", "Cid", deleted=True))
    both = (await api("GET", at)).json
    assert [(one["service"], one["state"]) for one in both] == [
        ("slack", "disconnected"), ("google", "disconnected"),
    ]  # fmt: skip
    code = await office.code()
    kept = await api("POST", f"{at}/slack/confirm", {"code": code})
    assert (kept.status, kept.json["state"], kept.json["workspace"]) == (200, "connected", "Corp")
    assert (await api("POST", f"{at}/slack/confirm", {"code": code})).status == 422
    await office.look()
    slack = (await api("GET", f"{at}/slack")).json
    assert slack["accounts"] == {"linked": 1, "not_found": 1, "deactivated": 1, "outliving": 0}
    first = (await api("GET", f"{at}/slack/accounts?count=2")).json
    rest = (await api("GET", f"{at}/slack/accounts?count=2&cursor={first['next']}")).json
    states = {one["value"]: one["state"] for one in (*first["items"], *rest["items"])}
    assert states == {
        "ana@corp.test": "linked", "ben@corp.test": "not_found", "cid@corp.test": "deactivated",
    }  # fmt: skip
    [ana] = (await api("GET", f"{at}/slack/accounts?state=linked")).json["items"]
    assert (ana["memberId"], ana["name"]) == ("U1", "Ana")
    [same] = (await api("GET", f"{at}/slack/accounts?person={ana['person']}")).json["items"]
    assert same == ana
    assert (await api("POST", f"{at}/slack/sync")).json["service"] == "slack"
    paused = await api("POST", f"{at}/slack/pause")
    assert (paused.status, paused.json["state"]) == (200, "paused")
    assert (paused.json["changedBy"], paused.json["changed"] > slack["changed"]) == (slack["changedBy"], True)
    assert (await api("POST", f"{at}/slack/pause")).status == 422
    assert (await api("POST", f"{at}/slack/sync")).status == 422
    assert (await api("POST", f"{at}/slack/resume")).json["state"] == "connected"
    assert (await api("POST", f"{at}/slack/resume")).status == 422
    audited = {
        one["action"] for one in (await api("GET", f"/tenants/{office.tenant.slug}/audit")).json["items"]
    }
    assert {"integration.pause", "integration.resume"} <= audited
    assert (await api("DELETE", f"{at}/slack")).status == 204
    assert (await api("GET", f"{at}/slack")).json["state"] == "disconnected"
    assert (await api("POST", f"{at}/slack/sync")).status == 422


async def test_who_began_confirms_and_nobody_else(office: Office) -> None:
    code = await office.code()
    other = await hand(office.site, name="another")
    assert (await other("POST", f"{office.at}/slack/confirm", {"code": code})).status == 422
    stranger = await office.site.tenant("acall")
    theirs = await hand(office.site, tenant=stranger.record)
    assert (await theirs("GET", f"{office.at}/slack")).status == 404


async def test_what_there_is_not_is_said(office: Office) -> None:
    assert (await office.api("GET", f"{office.at}/github")).status == 422
    google = await office.api("POST", f"{office.at}/google/connect")
    assert "is not set up on this server" in google.json["detail"]
    key = await office.api("POST", f"{office.at}/slack/key", {"key": "{}", "actingAs": "a@corp.test"})
    assert "not by a key" in key.json["detail"]
