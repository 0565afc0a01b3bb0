"""From *Connect* to a connection, and everything that ends one."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.doubles.slack import user
from tests.linking.places import ACTOR, PUBLIC, Place
from vestibule.linking.connecting import CONSENT_LIFETIME, NoSuchService
from vestibule.linking.connector import ConsentRefused, MemberPage
from vestibule.linking.linked_account import LinkState
from vestibule.linking.service_connection import ConnectionState, Credentials


async def test_the_workspace_is_shown_before_it_is_kept(here: Place) -> None:
    offered = await here.offered("slack")
    assert (offered.workspace.name, offered.workspace.domain, offered.granted_by) == (
        "Corp",
        "corp",
        "admin@corp.test",
    )
    assert offered.differs_from is None
    assert not await here.store.connections(here.tenant.record.id)
    kept = await here.connecting.confirm("slack", offered.code, ACTOR)
    assert kept.state is ConnectionState.CONNECTED
    [entry] = [
        one
        for one in await here.site.application.store.log.audit(here.tenant.record.id)
        if one.action == "integration.connect"
    ]
    assert entry.actor == ACTOR


async def test_credentials_are_sealed_and_bound_to_their_row(here: Place) -> None:
    await here.connect("slack")
    sealed = await here.store.credentials(here.tenant.record.id, "slack")
    assert not any(token.encode() in sealed for token in here.slack.tokens)


async def test_a_code_confirms_once_and_for_who_began(here: Place) -> None:
    offered = await here.offered("slack")
    with pytest.raises(ConsentRefused):
        await here.connecting.confirm("slack", offered.code, "administrator:mallory")
    with pytest.raises(ConsentRefused, match="used already"):
        await here.connecting.confirm("slack", offered.code, ACTOR)


async def test_a_consent_is_over_after_ten_minutes_and_when_forged(here: Place) -> None:
    offered = await here.offered("google")
    here.clock.now += CONSENT_LIFETIME.total_seconds()
    with pytest.raises(ConsentRefused, match="longer than ten minutes"):
        await here.connecting.confirm("google", offered.code, ACTOR)
    with pytest.raises(ConsentRefused):
        await here.connecting.come_back("google", "f" * 64, "code")


async def test_a_code_of_one_service_is_none_of_another(here: Place) -> None:
    offered = await here.offered("slack")
    with pytest.raises(ConsentRefused):
        await here.connecting.confirm("google", offered.code, ACTOR)


async def test_another_workspace_than_before_is_said(here: Place) -> None:
    await here.connect("slack")
    here.slack.team = {"id": "T2", "name": "Elsewhere", "domain": "elsewhere"}
    offered = await here.offered("slack")
    assert offered.differs_from is not None
    assert offered.differs_from.name == "Corp"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"installer": "U1"}, "is no administrator of this Slack workspace"),
        ({"scope": "users:read"}, "users:read.email is missing"),
        ({"enterprise": True}, "whole Enterprise Grid organisation"),
    ],
)
async def test_slack_wants_an_administrator_of_one_workspace(
    here: Place, wrong: dict[str, object], says: str
) -> None:
    here.slack.add(user("U1", "ana@corp.test", "Ana"))
    for name, value in wrong.items():
        setattr(here.slack, name, value)
    with pytest.raises(ConsentRefused, match=says):
        await here.offered("slack")
    if "installer" in wrong:
        assert not here.slack.tokens, "what was granted is given back"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"domain": None}, "is a private Google account"),
        ({"scope": "openid email"}, "leave every tick"),
        ({"admin": "plain@corp.test"}, "is no administrator of corp.test"),
        ({"claims": {"nonce": "another"}}, "identity token was not accepted"),
        ({"claims": {"aud": "another"}}, "identity token was not accepted"),
        ({"claims": {"iss": "https://evil.test"}}, "identity token was not accepted"),
        ({"claims": {"exp": 1}}, "identity token was not accepted"),
    ],
)
async def test_google_wants_an_administrator_of_a_workspace(
    here: Place, wrong: dict[str, object], says: str
) -> None:
    for name, value in wrong.items():
        setattr(here.google, name, value)
    with pytest.raises(ConsentRefused, match=says):
        await here.offered("google")


async def test_a_product_without_the_service_says_what_it_has(here: Place) -> None:
    other = await here.site.tenant("getaccept")
    profile = await here.site.desk.profile_of(other.record)
    with pytest.raises(NoSuchService, match=r"GetAccept has no service 'slack'; there are: none"):
        await here.connecting.begin(other.record.id, profile, "slack", ACTOR)


async def test_disconnecting_forgets_and_revokes_unless_another_tenant_uses_it(here: Place) -> None:
    here.slack.team = {"id": f"T{here.tenant.slug}", "name": "Corp", "domain": "corp"}
    await here.hire("ana", slack="ana@corp.test")
    await here.connect("slack")
    await here.settle()
    second = await here.site.tenant("acall")
    profile = await here.site.desk.profile_of(second.record)
    address = await here.connecting.begin(second.record.id, profile, "slack", ACTOR)
    async with httpx2.AsyncClient(trust_env=False, verify=False) as browser:
        back = parse_qs(urlsplit((await browser.get(address)).headers["location"]).query)
    offered = await here.connecting.come_back("slack", back["state"][0], back["code"][0])
    await here.connecting.confirm("slack", offered.code, ACTOR)
    await here.connecting.disconnect(here.tenant.record.id, "slack", ACTOR)
    assert here.slack.calls["auth.revoke"] == 0
    assert await here.store.credentials(here.tenant.record.id, "slack") is None
    assert (await here.account("ana")).state is LinkState.NOT_CONNECTED
    await here.connecting.disconnect(second.record.id, "slack", ACTOR)
    assert here.slack.calls["auth.revoke"] == 1
    with pytest.raises(NoSuchService):
        await here.connecting.disconnect(second.record.id, "slack", ACTOR)
    await here.connect("slack")
    await here.settle()
    assert (await here.account("ana")).state is LinkState.NOT_FOUND


async def test_paused_nothing_is_asked_until_it_is_resumed(here: Place) -> None:
    place = here.tenant.record.id, "slack", ACTOR
    with pytest.raises(NoSuchService, match="is not connected"):
        await here.connecting.pause(*place)
    await here.hire("ana", slack="ana@corp.test")
    await here.connect("slack")
    await here.settle()
    await here.connecting.pause(*place)
    paused, account = await here.store.connection(*place[:2]), await here.account("ana")
    assert account.state is LinkState.STALE
    assert (paused.changed_by, paused.changed_at) == (ACTOR, here.clock.text())
    here.clock.now += 7 * 3600
    await here.settle()
    assert await here.store.connection(*place[:2]) == paused
    assert await here.account("ana") == account
    with pytest.raises(NoSuchService):
        await here.connecting.sync_now(*place)
    await here.connecting.resume(*place[:2], "administrator:eve")
    resumed, account = await here.store.connection(*place[:2]), await here.account("ana")
    assert (resumed.changed_by, resumed.changed_at) == ("administrator:eve", here.clock.text())
    assert (account.state, account.since) == (LinkState.PENDING, here.clock.text())
    await here.settle()
    assert (await here.account("ana")).state is LinkState.NOT_FOUND
    assert (await here.store.connection(*place[:2])).connected_by == "admin@corp.test"
    with pytest.raises(NoSuchService, match="is not paused"):
        await here.connecting.resume(*place)


async def test_what_breaks_after_a_pause_does_not_end_the_pause(here: Place) -> None:
    """The turn that was under way finds out that its token is worth nothing; an administrator had paused it by then."""
    place = here.tenant.record.id, "slack"
    await here.connect("slack")
    slack = here.services["slack"]
    asked = slack.page

    async def pauses_meanwhile(credentials: Credentials, cursor: str | None) -> MemberPage:
        await here.connecting.pause(*place, ACTOR)
        here.slack.tokens.clear()
        return await asked(credentials, cursor)

    slack.page = pauses_meanwhile  # type: ignore[method-assign]
    await here.engine.round()
    assert here.slack.calls["users.list"] == 1
    assert (await here.store.connection(*place)).state is ConnectionState.PAUSED


async def test_the_consent_page_is_asked_for_what_is_needed_and_no_more(here: Place) -> None:
    profile = await here.site.desk.profile_of(here.tenant.record)
    slack = parse_qs(
        urlsplit(await here.connecting.begin(here.tenant.record.id, profile, "slack", ACTOR)).query
    )
    assert slack["scope"] == ["users:read,users:read.email,team:read"]
    assert slack["redirect_uri"] == [f"{PUBLIC}/integrations/slack/callback"]
    google = parse_qs(
        urlsplit(await here.connecting.begin(here.tenant.record.id, profile, "google", ACTOR)).query
    )
    assert google["code_challenge_method"] == ["S256"]
    assert google["prompt"] == ["consent"]
    assert google["access_type"] == ["offline"]
