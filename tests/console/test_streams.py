"""Settings → Integrations → Security event streams: set up, tested against a real receiver, paused, refused and given again."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from tests.api.conftest import hand as api_hand
from tests.console.hand import ADDRESS, Hand, Stage
from tests.database import new_own_database
from tests.installation import Tenant, installation
from tests.served import person
from tests.webhooks.receiver import answer, receiving
from vestibule.housekeeping import Housekeeping
from vestibule.security_events.streams import add_stream
from vestibule.webhooks.attempt import HeldState

CARDS = "/tenants/mine/settings/integrations"
PAGE = f"{CARDS}/streams"
_OFF = "Whoever runs this server sets VESTIBULE_SECURITY_EVENTS=true"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The preview is switched on."""
    async with installation(public_url=ADDRESS, security_events=True, allowed_networks="127.0.0.0/8") as site:
        yield Stage(site)


async def _mine(stage: Stage) -> tuple[Tenant, Hand]:
    tenant = await stage.site.tenant("generic", "mine")
    hand = await stage.hand_of(await stage.administrator("mia@mine.test", tenant.record))
    await hand.open(PAGE)
    return tenant, hand


async def _until(is_so: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(60):
        while not await is_so():
            await asyncio.sleep(0.02)


async def test_where_it_is_not_switched_on_one_sentence_says_how() -> None:
    async with installation(public_url=ADDRESS) as site:
        stage = Stage(site)
        _, hand = await _mine(stage)
        assert _OFF in hand.text
        assert "Set up a stream" not in hand.text
        await hand.open(CARDS)
        assert _OFF in hand.text
        assert "Security event streams:" not in (hand.page.text if hand.page else "")
        await hand.send(PAGE, {"description": "by hand"})
        assert "not switched on here" in hand.text
        assert not await site.application.premises.stream_desk("test").streams()


async def test_a_stream_that_is_there_waits_while_the_preview_is_switched_off() -> None:
    async with installation(public_url=ADDRESS) as site:
        stage = Stage(site)
        tenant, hand = await _mine(stage)
        on = replace(site.application.premises.stream_desk("test"), offered=True)
        stream = await add_stream(on, tenant.record.id, description="Audit at Corp")
        await hand.open(PAGE)
        assert "Audit at Corp st_" in hand.text
        assert "switched off polled" in hand.text
        await hand.open(f"{PAGE}/{stream.id}")
        assert "nothing is given out, and it waits where it stopped" in hand.text
        await hand.send(f"{PAGE}/{stream.id}/pause", {})
        assert "Paused: nothing is given out" in hand.text
        await hand.send(f"{PAGE}/{stream.id}/resume", {})
        assert "goes on from where it stopped once the preview is switched on" in hand.text


async def test_a_stream_that_is_polled(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    await hand.open(CARDS)
    assert "Security event streams A preview." in hand.text
    assert "none set up" in hand.text
    await hand.send(PAGE, {"description": "Audit at Corp", "type": "user.created"})
    assert "Set up. It tells what happens from now on" in hand.text
    assert hand.page is not None
    id = hand.page.url.path.rpartition("/")[2]
    for value in (
        f"{ADDRESS}/api/v1/streams/{id}/poll",
        f"{ADDRESS}/t/mine/scim/v2",
        f"{ADDRESS}/security-events/jwks.json",
        "vestibule api-token issue --scope events:write --tenant mine",
        "names alone",
        "The receiver has not fetched anything yet.",
    ):
        assert value in hand.text
    assert ">Test<" not in hand.page.text, "a polled stream cannot be tested from here"
    here = hand.page.url.path
    await tenant.post("/Users", person("ada@example.com"))
    receiver = await api_hand(stage.site)
    polled = (await receiver("POST", f"/streams/{id}/poll", {"returnImmediately": True})).json
    [jti] = polled["sets"]
    fault = {jti: {"err": "invalid_request", "description": "No such person"}}
    body = {"returnImmediately": True, "setErrs": fault}
    assert not (await receiver("POST", f"/streams/{id}/poll", body)).json["sets"]
    await hand.open(here)
    assert "invalid_request: No such person" in hand.text
    assert "The receiver refused these for good" in hand.text
    assert "Last error" in hand.text
    await hand.send(f"{here}/again", {})
    assert "What was refused is given again." in hand.text
    assert (await receiver("POST", f"/streams/{id}/poll", {"returnImmediately": True})).json["sets"]
    await hand.send(f"{here}/test", {})
    assert "a test can only be pushed" in hand.text


async def test_a_stream_that_is_pushed_is_tested_paused_and_removed(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    says = [
        answer(400, b'{"err": "invalid_key", "description": "Unknown kid"}', Content_Type="application/json")
    ]
    async with receiving() as receiver:
        receiver.says = lambda _: says.pop() if says else answer(202)
        await hand.send(
            PAGE,
            {"url": receiver.url, "authorization": "Bearer opensesame", "full": "on", "description": "SIEM"},
        )
        assert "Set up." in hand.text
        assert "opensesame" not in (hand.page.text if hand.page else "")
        here = hand.page.url.path if hand.page else ""
        await hand.send(f"{here}/test", {})
        assert "The receiver did not take the test event. It answered 400" in hand.text
        assert "invalid_key: Unknown kid" in hand.text
        await hand.open(here)
        await hand.send(f"{here}/test", {})
        assert "The receiver took the test event. It answered 202" in hand.text
        assert receiver.came[-1].headers["authorization"] == "Bearer opensesame"
        await hand.open(here)
        await hand.send(f"{here}/pause", {})
        assert "Paused. Nothing is given out" in hand.text
        await hand.send(f"{here}/pause", {})
        assert "is paused already" in hand.text
        await hand.open(CARDS)
        assert re.search(r"fetched by them\. paused", hand.text)
        await hand.open(here)
        await hand.send(f"{here}/resume", {})
        assert "It goes on from where it stopped." in hand.text
        before = len(receiver.came)
        await tenant.post("/Users", person("ada@example.com"))
        await receiver.has(before + 1)
        await hand.open(PAGE)
        assert "SIEM" in hand.text
        await hand.send(f"{here}/remove", {})
        assert "The stream is removed." in hand.text
        assert "SIEM" not in hand.text
        assert (await hand.open(here)).status_code == 404
    audited = [entry.action for entry in await stage.site.application.store.log.audit(tenant.record.id)]
    assert {"stream.added", "stream.paused", "stream.resumed", "stream.removed"} <= set(audited)


async def test_a_receiver_that_is_down_is_told_with_its_last_error(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    async with receiving() as receiver:
        receiver.says = lambda _: answer(503, b"closed for today")
        await hand.send(PAGE, {"url": receiver.url})
        here = hand.page.url.path if hand.page else ""
        await tenant.post("/Users", person("ada@example.com"))
        desk = stage.site.application.premises.stream_desk("test")
        [stream] = await desk.streams(tenant.record.id)
        await _until(lambda: desk.webhooks.store.held(stream, HeldState.WAITING))
        await hand.open(here)
        assert "failing" in hand.text
        assert "The receiver takes nothing." in hand.text
        assert "closed for today" in hand.text
        receiver.says = lambda _: answer(202)
        await hand.send(f"{here}/resume", {})
        await receiver.has(2)


async def test_what_is_typed_wrongly_is_said_beside_the_field_and_stays(stage: Stage) -> None:
    _, hand = await _mine(stage)
    typed = {"url": "http://10.0.0.1/x", "description": "Mine", "audience": "them", "full": "on"}
    await hand.send(PAGE, {**typed, "authorization": "Bearer opensesame", "type": "user.created"})
    assert hand.page is not None
    assert hand.page.status_code == 422
    for value in ('value="http://10.0.0.1/x"', 'value="Mine"', 'value="them"', 'name="full" checked'):
        assert value in hand.page.text
    assert 'aria-invalid="true"' in hand.page.text
    assert 'value="user.created" checked' in hand.page.text
    assert "opensesame" not in hand.page.text
    await hand.send(PAGE, {"authorization": "Bearer x"})
    assert "A polled stream sends nothing" in hand.text


async def test_another_tenants_streams_are_nobody_elses(stage: Stage) -> None:
    _, hand = await _mine(stage)
    await hand.send(PAGE, {"description": "Mine"})
    id = hand.page.url.path.rpartition("/")[2] if hand.page else ""
    other = await stage.site.tenant("generic", "other")
    theirs = await stage.hand_of(await stage.administrator("sam@other.test", other.record))
    foreign = f"/tenants/other/settings/integrations/streams/{id}"
    assert (await theirs.open(foreign)).status_code == 404
    await theirs.open("/tenants/other/settings/integrations/streams")
    assert "Mine" not in theirs.text
    for step in ("test", "pause", "resume", "again", "remove"):
        await theirs.open("/tenants/other/settings/integrations/streams")
        assert (await theirs.send(f"{foreign}/{step}", {})).status_code == 404
    assert (await hand.open(f"{PAGE}/{id}")).status_code == 200
    assert (await hand.open(f"{PAGE}/st_ffff")).status_code == 404


async def test_what_was_forgotten_before_it_was_given_out_is_said() -> None:
    async with installation(new_own_database(), public_url=ADDRESS, security_events=True) as site:
        stage = Stage(site)
        tenant, hand = await _mine(stage)
        await hand.send(PAGE, {"description": "Audit at Corp"})
        assert hand.page is not None
        here = hand.page.url.path
        await hand.send(f"{here}/pause", {})
        for name in ("ada", "bea"):
            await tenant.post("/Users", person(f"{name}@example.com"))
        settings = site.application.settings
        after_all = time.time() + 1 + settings.event_days * 86_400
        await Housekeeping(site.application.store, settings, lambda: after_all).round()
        await hand.open(here)
        assert re.search(
            r"2 events were forgotten before they were given out: numbers \d+ to \d+, from", hand.text
        )
