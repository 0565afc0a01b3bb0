"""Settings → Integrations → Webhooks: added, tested against a real receiver, paused, sent again, rolled, removed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from standardwebhooks import Webhook

from tests.console.hand import ADDRESS, Hand, Stage
from tests.database import new_own_database
from tests.installation import Tenant, installation
from tests.served import person
from tests.webhooks.receiver import Receiver, answer, receiving
from vestibule.housekeeping import Housekeeping
from vestibule.webhooks.attempt import Held, HeldState
from vestibule.webhooks.desk import WebhookDesk
from vestibule.webhooks.endpoint import INSTALLATION, Endpoint

CARDS = "/tenants/mine/settings/integrations"
PAGE = f"{CARDS}/webhooks"
_DEEDS = ("test", "resend", "resend-range", "resend-dead", "reveal", "roll", "pause", "resume", "remove")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Receivers on this machine are allowed."""
    async with installation(public_url=ADDRESS, allowed_networks="127.0.0.0/8") as site:
        yield Stage(site)


async def _mine(stage: Stage) -> tuple[Tenant, Hand]:
    tenant = await stage.site.tenant("generic", "mine")
    hand = await stage.hand_of(await stage.administrator("mia@mine.test", tenant.record))
    await hand.open(PAGE)
    return tenant, hand


def _desk(stage: Stage) -> WebhookDesk:
    return stage.site.application.premises.webhook_desk("operator:test")


async def _added(stage: Stage, hand: Hand, url: str, **fields: str) -> tuple[str, str]:
    """The address of its page, and its secret as it was shown."""
    await hand.open(PAGE)
    await hand.send(PAGE, {"url": url, **fields})
    assert hand.page is not None
    assert hand.page.status_code == 200, hand.text
    [secret] = re.findall(r'id="secret"[^>]*>(whsec_[^<]+)<', hand.page.text)
    newest = list(await _desk(stage).endpoints())[-1]
    return f"{PAGE}/{newest.id}", secret


async def _one(stage: Stage) -> Endpoint:
    [endpoint] = await _desk(stage).endpoints()
    return endpoint


async def _until(is_so: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(60):
        while not await is_so():
            await asyncio.sleep(0.02)


async def test_an_endpoint_is_added_tested_and_what_came_is_shown(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    await hand.open(CARDS)
    assert re.search(r"Standard Webhooks says\. none set up", hand.text)
    async with receiving() as receiver:
        here, secret = await _added(stage, hand, receiver.url, description="Payroll", type="user.*")
        await hand.open(here)
        assert secret not in (hand.page.text if hand.page else "")
        assert "Press Send a test event" in hand.text
        receiver.says = lambda _: answer(500, b"no such table: people")
        await hand.send(f"{here}/test", {})
        assert "The endpoint did not take the test event. It answered 500" in hand.text
        assert "no such table: people" in hand.text
        receiver.says = lambda _: answer(200, b"thanks")
        await hand.open(here)
        await hand.send(f"{here}/test", {})
        assert "The endpoint took the test event. It answered 200" in hand.text
        assert Webhook(secret).verify(receiver.came[-1].body, dict(receiver.came[-1].headers))
        before = len(receiver.came)
        await tenant.post("/Users", person("ada@example.com"))
        await receiver.has(before + 1)
        await _until(lambda: _has(stage, 3))
        await hand.open(here)
        assert re.search(r"user\.created \d+ taken 200", hand.text)
        assert re.search(r"webhook\.test taken 200", hand.text), "a test that was taken is shown as taken"
        assert re.search(r"webhook\.test not taken 500", hand.text)
        await hand.open(here, show="failed")
        assert "user.created" not in _table(hand)
        assert _table(hand).count("webhook.test") == 1
        await hand.open(CARDS)
        assert re.search(r"Standard Webhooks says\. on", hand.text)
        await hand.open(PAGE)
        assert "Payroll" in hand.text
        assert "user.*" in hand.text


async def _has(stage: Stage, many: int) -> bool:
    desk, endpoint = _desk(stage), await _one(stage)
    kept = len(await desk.store.attempts(endpoint)) + len(await desk.store.delivered(endpoint))
    return kept >= many


def _table(hand: Hand) -> str:
    """The rows of the deliveries."""
    assert hand.page is not None
    found = re.search(r'id="deliveries".*?<tbody[^>]*>(.*?)</tbody>', hand.page.text, re.DOTALL)
    return found[1] if found else ""


async def _told(stage: Stage, receiver: Receiver) -> int:
    """Somebody was provisioned and the endpoint told; the number of that event."""
    await receiver.has(1)
    return receiver.came[0].event


async def test_one_event_a_range_and_all_since_a_moment_are_sent_again(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    async with receiving() as receiver:
        here, _ = await _added(stage, hand, receiver.url, type="user.created")
        await tenant.post("/Users", person("ada@example.com"))
        number = await _told(stage, receiver)
        await hand.open(here)
        await hand.send(f"{here}/resend", {"event": str(number)})
        assert "It is sent again" in hand.text
        await receiver.has(2)
        await hand.send(f"{here}/resend-range", {"first": str(number)})
        assert "They are sent again, in order" in hand.text
        await receiver.has(3)
        await hand.send(f"{here}/resend-range", {"since": "2001-01-01T00:00"})
        await receiver.has(4)
        assert receiver.events() == [number] * 4
        await hand.open(here, event=str(number))
        assert f"Deliveries of event {number}" in hand.text
        for fields, words in (
            ({"first": "soon"}, "“soon” is not the number of an event"),
            ({"first": ""}, "is not the number of an event"),
            ({"first": "9" * 25}, "is not the number of an event"),
            ({"since": "yesterday"}, "“yesterday” is no moment"),
            ({"since": "0001-01-01T00:00+14:00"}, "is no moment"),
            ({"first": "7", "last": "3"}, "There are no events from 7 to"),
        ):
            await hand.open(here)
            page = await hand.send(f"{here}/resend-range", fields)
            assert page.status_code == 422
            assert words in hand.text
            assert 'aria-invalid="true"' in page.text
        await hand.open(here)
        await hand.send(f"{here}/resend", {"event": str(2**40)})
        assert "is not in the log" in hand.text


async def test_it_is_paused_resumed_edited_and_removed_by_its_name(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    async with receiving() as receiver:
        here, _ = await _added(stage, hand, receiver.url, description="Payroll")
        await hand.open(here)
        await hand.send(f"{here}/pause", {})
        assert "Paused. Nothing is sent, and nothing is lost." in hand.text
        await hand.send(f"{here}/pause", {})
        assert "is paused already" in hand.text
        await hand.open(CARDS)
        assert re.search(r"Standard Webhooks says\. paused", hand.text)
        await tenant.post("/Users", person("left@example.com"))
        await hand.open(here)
        await hand.send(f"{here}/resume", {"from_now": "1"})
        assert "It goes on with what happens from now on." in hand.text
        await tenant.post("/Users", person("ada@example.com"))
        await receiver.has(1)
        assert all("left@" not in one.body.decode() for one in receiver.came)
        await hand.open(here)
        edition = re.findall(r'name="edition" value="(\w+)"', hand.page.text if hand.page else "")[0]
        changed = {"edition": edition, "url": receiver.url, "description": "Badges", "type": "team.*"}
        await hand.send(here, changed)
        assert "Saved." in hand.text
        assert (await _one(stage)).types == ("team.*",)
        page = await hand.send(here, {**changed, "description": "From an old page"})
        assert page.status_code == 409
        assert "Somebody else has changed it meanwhile" in hand.text
        assert 'value="From an old page"' in page.text
        assert (await _one(stage)).description == "Badges"
        for name, words in (("", "Type what it is called"), ("Payroll", "This is not what it is called")):
            assert (await hand.send(f"{here}/remove", {"name": name})).status_code == 409
            assert words in hand.text
        await hand.send(f"{here}/remove", {"name": "Badges"})
        assert "The endpoint is removed." in hand.text
        assert (await hand.open(here)).status_code == 404
    audited = [entry.action for entry in await stage.site.application.store.log.audit(tenant.record.id)]
    told = {f"webhook.{word}" for word in ("added", "paused", "resumed", "changed", "removed")}
    assert told <= set(audited)


async def test_the_secret_is_rolled_with_an_overlap_and_revealed_with_an_audit_entry(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    async with receiving() as receiver:
        here, first = await _added(stage, hand, receiver.url)
        await hand.open(here)
        page = await hand.send(f"{here}/roll", {"hours": "24"})
        [second] = re.findall(r'id="secret"[^>]*>(whsec_[^<]+)<', page.text)
        assert second != first
        assert "The old secret signs too until" in hand.text
        await hand.open(here)
        assert second not in (hand.page.text if hand.page else "")
        await hand.send(f"{here}/test", {})
        came = receiver.came[-1]
        for secret in (first, second):
            assert Webhook(secret).verify(came.body, dict(came.headers))
        page = await hand.send(f"{here}/reveal", {})
        assert second in page.text
        for hours, words in (
            ("9999", "at most"),
            ("soon", "“soon” is no number of hours"),
            ("-1", "no number"),
        ):
            await hand.open(here)
            assert (await hand.send(f"{here}/roll", {"hours": hours})).status_code == 422
            assert words in hand.text
        await hand.open(here)
        await hand.send(f"{here}/roll", {"hours": "0"})
        assert "The old secret signs too until" not in hand.text
    audited = [entry.action for entry in await stage.site.application.store.log.audit(tenant.record.id)]
    assert audited.count("webhook.secret_revealed") == 1
    assert audited.count("webhook.secret_rolled") == 2


async def test_a_receiver_that_is_down_is_failing_and_tried_at_once(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    async with receiving() as receiver:
        receiver.says = lambda _: answer(503, b"closed for today")
        here, _ = await _added(stage, hand, receiver.url)
        await tenant.post("/Users", person("ada@example.com"))
        desk, endpoint = _desk(stage), await _one(stage)
        await _until(lambda: desk.store.held(endpoint, HeldState.WAITING))
        await hand.open(here)
        assert "The endpoint takes nothing. Failing since" in hand.text
        assert "It answered 503." in hand.text
        assert "closed for today" in hand.text
        receiver.says = lambda _: answer(204)
        await hand.send(f"{here}/resume", {})
        await receiver.has(2)


async def test_a_disabled_endpoint_says_why(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    async with receiving() as receiver:
        receiver.says = lambda _: answer(410)
        here, _ = await _added(stage, hand, receiver.url)
        await tenant.post("/Users", person("ada@example.com"))

        async def is_disabled() -> bool:
            return (await _one(stage)).shown_state == "disabled"

        await _until(is_disabled)
        await hand.open(here)
        assert "It is disabled: nothing is sent until it is resumed" in hand.text
        assert (await _one(stage)).why in hand.text
        await hand.open(CARDS)
        assert re.search(r"Standard Webhooks says\. disabled", hand.text)


async def test_dead_letters_are_listed_and_sent_again(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    async with receiving() as receiver:
        here, _ = await _added(stage, hand, receiver.url, type="user.created")
        await tenant.post("/Users", person("ada@example.com"))
        number = await _told(stage, receiver)
        desk, endpoint = _desk(stage), await _one(stage)
        subject = f"{tenant.record.id}/User/{receiver.came[0].subject}"
        dead = Held(number, tenant.record.id, subject, HeldState.DEAD, 10, "")
        await desk.store.resend(endpoint, [dead], desk.entry("test", endpoint.id), desk.clock())
        await hand.open(here)
        assert re.search(rf"Dead letters.*{number} to the person 10", hand.text)
        assert f"/tenants/mine/people/{receiver.came[0].subject}" in (hand.page.text if hand.page else "")
        await hand.send(f"{here}/resend-dead", {})
        assert "The dead letters are sent again." in hand.text
        await receiver.has(2)
        assert receiver.events() == [number, number]


async def test_deliveries_come_a_page_at_a_time_the_newest_first(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    async with receiving() as receiver:
        here, _ = await _added(stage, hand, receiver.url, type="user.created")
        for number in range(60):
            await tenant.post("/Users", person(f"p{number}@example.com"))
        await receiver.has(60)
        desk, endpoint = _desk(stage), await _one(stage)

        async def are_kept() -> bool:
            return len(await desk.store.delivered(endpoint)) == 60

        await _until(are_kept)
        await hand.open(here)
        first = _numbers(hand)
        [older] = re.findall(r'rel="next" href="([^"]+)"', hand.page.text if hand.page else "")
        await hand.open(older.replace("&amp;", "&"))
        second = _numbers(hand)
        assert (len(first), len(second)) == (50, 10)
        assert sorted(first + second) == sorted(receiver.events())
        assert "The newest" in hand.text
        await hand.open(here, event=str(receiver.events()[7]))
        assert _numbers(hand) == [receiver.events()[7]]
        for odd in ("-1", "x", "9" * 30, "1e3"):
            assert (await hand.open(here, skip=odd, event=odd, show=odd)).status_code == 200


def _numbers(hand: Hand) -> list[int]:
    return [int(one) for one in re.findall(r'name="event" value="(\d+)"', _table(hand))]


async def test_what_is_typed_wrongly_is_said_beside_the_field_and_stays(stage: Stage) -> None:
    _, hand = await _mine(stage)
    typed = {"url": "http://10.0.0.1/x", "description": "Mine", "type": "user.created"}
    page = await hand.send(PAGE, typed)
    assert page.status_code == 422
    assert re.search(r'id="url"[^>]*aria-invalid="true"', page.text)
    assert re.search(
        r'id="url-said">\s*<p class="fault" role="alert">10\.0\.0\.1 is not on the public', page.text
    )
    for value in ('value="http://10.0.0.1/x"', 'value="Mine"', 'value="user.created" checked'):
        assert value in page.text
    for fields in ({"url": ""}, {"url": "https://" + "a" * 3000}, {"url": "javascript:alert(1)"}):
        page = await hand.send(PAGE, fields)
        assert page.status_code == 422
        assert re.search(r'id="url"[^>]*aria-invalid="true"', page.text)
    for nasty in ("<script>alert(1)</script>", "user.\u202e", "' OR 1=1"):
        page = await hand.send(PAGE, {"url": "http://127.0.0.1:9/", "type": nasty, "description": nasty})
        assert page.status_code == 422
        assert "<script>alert" not in page.text
    assert not await _desk(stage).endpoints()


async def test_another_tenants_endpoints_are_nobody_elses(stage: Stage) -> None:
    _, hand = await _mine(stage)
    here, secret = await _added(stage, hand, "http://127.0.0.1:9/hook", description="Payroll")
    mine = await _one(stage)
    other = await stage.site.tenant("generic", "other")
    theirs = await stage.hand_of(await stage.administrator("sam@other.test", other.record))
    home = "/tenants/other/settings/integrations/webhooks"
    foreign = f"{home}/{mine.id}"
    fields = {"event": "1", "first": "1", "hours": "0", "name": "Payroll", "url": "http://127.0.0.1:8/"}
    for path in (
        foreign,
        f"{foreign}/stream",
        here,
        PAGE,
        "/operator/webhooks",
        f"/operator/webhooks/{mine.id}",
    ):
        assert (await theirs.open(path)).status_code == 404, path
    for path in (foreign, *(f"{foreign}/{deed}" for deed in _DEEDS), *(f"{here}/{deed}" for deed in _DEEDS)):
        await theirs.open(home)
        assert "Payroll" not in theirs.text
        page = await theirs.send(path, fields)
        assert page.status_code == 404, path
        assert secret not in page.text
    for path in (PAGE, here, *(f"{here}/{deed}" for deed in _DEEDS)):
        page = await hand.send(path, {**fields, "form_token": "0" * 64}, marked=False)
        assert page.status_code == 403, path
        assert secret not in page.text
    assert await _one(stage) == mine


async def test_the_installations_own_endpoints_are_the_operators(stage: Stage) -> None:
    tenant, mia = await _mine(stage)
    operator = await stage.hand_of(await stage.operator())
    await operator.open("/operator/webhooks")
    assert "No endpoint yet" in operator.text
    async with receiving() as receiver:
        await operator.send("/operator/webhooks", {"url": receiver.url, "description": "Warehouse"})
        assert "The new signing secret" in operator.text
        endpoint = await _one(stage)
        assert endpoint.tenant == INSTALLATION
        here = f"/operator/webhooks/{endpoint.id}"
        await tenant.post("/Users", person("ada@example.com"))
        await receiver.has(1)
        await operator.send(f"{here}/test", {})
        assert "The endpoint took the test event." in operator.text
        assert (await mia.open(f"{PAGE}/{endpoint.id}")).status_code == 404
        await mia.open(PAGE)
        assert "Warehouse" not in mia.text
        await operator.open(here)
        await operator.send(f"{here}/remove", {"name": "Warehouse"})
        assert "The endpoint is removed." in operator.text


async def test_what_was_forgotten_before_it_was_delivered_is_said() -> None:
    async with installation(new_own_database(), public_url=ADDRESS, allowed_networks="127.0.0.0/8") as site:
        stage = Stage(site)
        tenant, hand = await _mine(stage)
        here, _ = await _added(stage, hand, "http://127.0.0.1:9/hook")
        await hand.open(here)
        await hand.send(f"{here}/pause", {})
        for name in ("ada", "bea"):
            await tenant.post("/Users", person(f"{name}@example.com"))
        settings = site.application.settings
        after_all = time.time() + 1 + settings.event_days * 86_400
        await Housekeeping(site.application.store, settings, lambda: after_all).round()
        await hand.open(here)
        assert re.search(
            r"2 events were forgotten before they were delivered: numbers \d+ to \d+, from", hand.text
        )
        await hand.open(PAGE)
        assert "events were forgotten" in hand.text
