"""Streams whose events were forgotten before they were given out: their receivers are told, by the clock's doing."""

from __future__ import annotations

import asyncio
import time

import jwt
import pytest

from tests.security_events.conftest import Stage
from tests.webhooks.receiver import answer, receiving
from vestibule.housekeeping import Housekeeping
from vestibule.security_events.claims import STREAM_UPDATED
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.endpoints import pause_endpoint, resume_endpoint

DAY = 86_400.0


async def lost(stage: Stage, stream: Endpoint) -> list[int]:
    """Two events while the stream is paused, forgotten by housekeeping; their numbers. Then a young one."""
    await pause_endpoint(stage.desk.webhooks, stream)
    async with asyncio.timeout(60):
        while stage.site.application.metrics.webhooks.endpoints:
            await asyncio.sleep(0.02)  # until the courier has heard of it
    before = await stage.desk.webhooks.log.last()
    for name in ("ada", "bea"):
        await stage.person(f"{name}{before}")
    log = await stage.desk.webhooks.log.events(before, tenant=stage.tenant.record.id)
    await asyncio.sleep(0.01)
    cut = time.time()
    await asyncio.sleep(0.01)
    await stage.person(f"cleo{before}")
    application = stage.site.application
    days = application.settings.event_days
    await Housekeeping(application.store, application.settings, lambda: cut + days * DAY).round()
    await resume_endpoint(stage.desk.webhooks, stream)
    return [event.seq for event in log.events]


def said_by(claims: dict[str, object], stream: Endpoint, numbers: list[int]) -> None:
    """What a receiver reads of it."""
    assert claims["sub_id"] == {"format": "opaque", "id": stream.id}
    assert isinstance(claims["events"], dict)
    updated = claims["events"][STREAM_UPDATED]
    assert updated["status"] == "enabled"
    assert updated["reason"].startswith(
        f"2 events were forgotten before delivery: numbers {numbers[0]} to {numbers[-1]}, from 20"
    )


@pytest.mark.parametrize("types", [(), ("user.created",)], ids=["all types", "one type"])
async def test_the_receiver_of_a_polled_stream_is_told(own_stage: Stage, types: tuple[str, ...]) -> None:
    stage = own_stage
    stream, other = await stage.add(types=types), await stage.add()
    assert len((await stage.poll(other)).json["sets"]) == 0
    numbers = await lost(stage, stream)
    given = (await stage.poll(stream)).json["sets"]
    created, updated = [await stage.verified(stream, token, at_any_time=True) for token in given.values()]
    assert STREAM_UPDATED not in created["events"]
    said_by(updated, stream, numbers)
    assert (await stage.poll(stream, ack=list(given))).json["sets"] == {}
    [shown] = (await stage.api("GET", f"/streams/{stream.id}")).json["forgotten"]
    assert (shown["first"], shown["last"], shown["events"]) == (numbers[0], numbers[-1], 2)
    assert (await stage.api("GET", f"/streams/{stream.id}/deliveries")).json["forgotten"] == [shown]
    # The other one lost the same, as it was never polled: it is told of its own gap, not of this one's.
    theirs = [
        jwt.decode(token, options={"verify_signature": False})
        for token in (await stage.poll(other)).json["sets"].values()
    ]
    assert [one["sub_id"].get("id") for one in theirs if STREAM_UPDATED in one["events"]] == [other.id]


async def test_a_stream_that_goes_on_and_stops_again_has_two_gaps(own_stage: Stage) -> None:
    stage = own_stage
    stream = await stage.add()
    several = []
    for _ in range(2):
        several.append(await lost(stage, stream))
        given = (await stage.poll(stream)).json["sets"]
        assert (await stage.poll(stream, ack=list(given))).json["sets"] == {}
    shown = (await stage.api("GET", f"/streams/{stream.id}")).json["forgotten"]
    assert [(gap["first"], gap["last"]) for gap in shown] == [(n[0], n[-1]) for n in reversed(several)]


async def test_the_receiver_of_a_pushed_stream_is_told(own_stage: Stage) -> None:
    stage = own_stage
    async with receiving(lambda _: answer(202)) as receiver:
        stream = await stage.add(receiver.url)
        await stage.person("zoe")
        await receiver.has(1)
        numbers = await lost(stage, stream)
        await receiver.has(3)
        claims = [
            await stage.verified(stream, came.body.decode(), at_any_time=True) for came in receiver.came
        ]
        [updated] = [one for one in claims if STREAM_UPDATED in one["events"]]
        said_by(updated, stream, numbers)
