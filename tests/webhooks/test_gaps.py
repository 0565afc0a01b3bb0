"""What is forgotten before an endpoint had it is said, everywhere one looks: made to happen by the clock."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest

from tests.api.conftest import hand
from tests.installation import over_asgi
from tests.webhooks.conftest import Stage
from tests.webhooks.receiver import receiving
from vestibule.housekeeping import Housekeeping
from vestibule.recordings.replay import Request
from vestibule.stores.shared_sql import gaps
from vestibule.webhooks.attempt import FORGOTTEN, HeldState
from vestibule.webhooks.deliveries import history, resend_range
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.endpoints import pause_endpoint, resume_endpoint
from vestibule.webhooks.errors import NothingToResend
from vestibule.webhooks.gap import Gap

DAY = 86_400.0
TOLD = "webhook.events_forgotten"


async def tidied(stage: Stage, cut: float, later: float = 0.0) -> None:
    """Housekeeping at a time when what happened before ``cut`` is too old."""
    application = stage.site.application
    days = application.settings.event_days
    await Housekeeping(application.store, application.settings, lambda: cut + later + days * DAY).round()


async def gaps_of(stage: Stage, endpoint: Endpoint) -> list[Gap]:
    """The newest first."""
    return list((await stage.desk.gaps.gaps([endpoint.id])).get(endpoint.id, ()))


async def told(stage: Stage, endpoint: Endpoint) -> list[dict[str, object]]:
    """What the log says of the endpoint's gaps."""
    return [
        dict(event.fields)
        for event in await stage.events()
        if event.type == TOLD and event.subject_id == endpoint.id
    ]


async def test_what_a_paused_endpoint_will_never_get_is_said(own_stage: Stage) -> None:
    stage = own_stage
    async with receiving() as product:
        endpoint = (await stage.add(product.url)).endpoint
        teams = (await stage.add("http://127.0.0.1:9/", "team.*")).endpoint
        await stage.person("ada")
        await product.has(1)
        await are_served(stage, 2)
        await pause_endpoint(stage.desk, await written(stage, endpoint))
        await are_served(stage, 1)
        for name in ("bea", "cleo", "dora"):
            await stage.person(name)
        lost = (await stage.events())[-3:]
        cut = await moment()
        await stage.person("eve")
        await tidied(stage, cut)
        gap = Gap(lost[0].seq, lost[-1].seq, 3, lost[0].at, lost[-1].at)
        assert await gaps_of(stage, endpoint) == [gap]
        assert await gaps_of(stage, teams) == [], "nothing that it wants was forgotten"
        said = {"host": "127.0.0.1", "first": gap.first, "last": gap.last, "events": 3}
        assert await told(stage, endpoint) == [{**said, "since": gap.since, "until": gap.until}]

        api = await hand(stage.site)
        shown = {"first": gap.first, "last": gap.last, "events": 3, "since": gap.since, "until": gap.until}
        assert (await api("GET", f"/webhooks/{endpoint.id}")).json["forgotten"] == [shown]
        assert (await api("GET", f"/webhooks/{endpoint.id}/deliveries")).json["forgotten"] == [shown]
        listed = (await api("GET", f"/webhooks?tenant={stage.tenant.slug}")).json["items"]
        assert [one["forgotten"] for one in listed if one["id"] == teams.id] == [[]]
        page = await over_asgi(stage.site.application, "", Request("GET", "/metrics", {}, b""))
        assert b"vestibule_webhook_missed_events 3.0" in page.body
        with pytest.raises(NothingToResend, match=f"begin at {gap.last + 1}"):
            await resend_range(stage.desk, endpoint, gap.first, gap.last + 1)

        await resume_endpoint(stage.desk, endpoint)
        await product.has(3)
        assert [came.json["type"] for came in product.came] == ["user.created", "user.created", TOLD]
        assert product.came[-1].json["data"]["data"]["events"] == 3


async def test_a_gap_that_grows_is_told_once_a_day(own_stage: Stage) -> None:
    stage = own_stage
    endpoint = (await stage.add("http://127.0.0.1:9/")).endpoint
    await are_served(stage, 1)
    await pause_endpoint(stage.desk, endpoint)
    await are_served(stage, 0)
    id = await stage.person("ada")
    cuts = [await moment()]
    for name in ("Ada B.", "Ada C.", "Ada D."):
        await stage.rename(id, name)
        cuts.append(await moment())
    for cut in cuts[:3]:
        await tidied(stage, cut)
    assert [gap.events for gap in await gaps_of(stage, endpoint)] == [3]
    assert [one["events"] for one in await told(stage, endpoint)] == [1], "it was told within a day"
    for _ in range(2):
        await tidied(stage, cuts[3], later=DAY)
        assert [one["events"] for one in await told(stage, endpoint)] == [1, 4]


async def test_what_is_held_back_becomes_a_dead_letter_that_says_why(own_stage: Stage) -> None:
    stage = own_stage
    endpoint = (await stage.add("http://127.0.0.1:9/")).endpoint
    await stage.person("ada")
    async with asyncio.timeout(60):
        while not (waiting := await stage.desk.store.held(endpoint, HeldState.WAITING)):
            await asyncio.sleep(0.02)
    await tidied(stage, await moment())
    dead = await stage.desk.store.held(endpoint, HeldState.DEAD)
    assert [one.event for one in dead] == [one.event for one in waiting]
    reasons = {one.attempt.fault for one in await history(stage.desk, endpoint, event=waiting[0].event)}
    assert FORGOTTEN in reasons


async def written(stage: Stage, endpoint: Endpoint) -> Endpoint:
    """Once it is written down that it has everything."""
    last = (await stage.events())[-1].seq
    async with asyncio.timeout(60):
        while (now := await stage.now(endpoint)).cursor < last:
            await asyncio.sleep(0.02)
    return now


async def are_served(stage: Stage, many: int) -> None:
    """Until the courier has heard of it, and serves so many endpoints."""
    async with asyncio.timeout(60):
        while stage.site.application.metrics.webhooks.endpoints != many:
            await asyncio.sleep(0.02)


async def moment() -> float:
    """Now, a little after what has happened and before what will."""
    await asyncio.sleep(0.01)
    now = time.time()
    await asyncio.sleep(0.01)
    return now


def test_what_the_installation_tells_of_itself_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = SimpleNamespace(tenant=0, id="w1", cursor=0, wants=lambda type, subject: True)
    monkeypatch.setattr(gaps, "endpoint_of", lambda row: endpoint)
    asking = gaps.note(9)
    asking.send(None)  # type: ignore[arg-type]
    asking.send([("row",)])
    asking.send(
        [(0, 1, "webhook.failing", "w1", "t1"), (3, 2, "user.created", "u1", "t2"), (0, 3, TOLD, "w1", "t3")]
    )
    begun = asking.send([])
    assert tuple(begun.parameters[:5]) == (0, "w1", 1, 2, 2)
