"""Deliveries from end to end: a real installation on either store, real HTTP, endpoints that behave badly."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.webhooks.conftest import Stage
from tests.webhooks.receiver import OK, Came, answer, receiving
from vestibule.refused import Refused
from vestibule.webhooks.attempt import HeldState
from vestibule.webhooks.deliveries import (
    first_event_since,
    history,
    resend_dead,
    resend_event,
    resend_range,
    send_test,
)
from vestibule.webhooks.endpoint import State
from vestibule.webhooks.endpoints import (
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    roll_secret,
)


async def until(is_so: Callable[[], Awaitable[Any]], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not await is_so():
            await asyncio.sleep(0.02)


async def test_every_event_arrives_signed_as_the_standard_says(stage: Stage) -> None:
    async with receiving() as product:
        added = await stage.add(product.url)
        id = await stage.person("ada")
        await stage.rename(id, "Ada L.")
        await product.has(2)
        for came in product.came:
            Webhook(added.secret).verify(came.body, dict(came.headers))
        events = await stage.events()
        assert product.events() == [event.seq for event in events]
        first = product.came[0]
        assert first.headers["webhook-id"] == f"evt_{events[0].seq}"
        assert first.json["type"] == "user.created"
        assert first.json["timestamp"] == events[0].at
        assert first.json["data"]["tenant"] == stage.tenant.slug
        assert first.subject == id


async def test_an_endpoint_gets_its_tenants_events_of_its_types_and_no_others(stage: Stage) -> None:
    stranger = await stage.site.tenant()
    async with receiving() as ours, receiving() as theirs, receiving() as some:
        await stage.add(ours.url)
        await stage.add(theirs.url, whose=stranger)
        await stage.add(some.url, "user.updated", "team.*")
        id = await stage.person("ada")
        await stage.rename(id, "Ada L.")
        await ours.has(2)
        await some.has(1)
        assert [came.json["type"] for came in some.came] == ["user.updated"]
        assert theirs.came == []


async def test_events_about_one_person_come_in_order_though_some_fail(stage: Stage) -> None:
    seen: dict[str, int] = defaultdict(int)

    def says(came: Came) -> bytes:
        seen[came.headers["webhook-id"]] += 1
        fails = came.event % 3 == 0 and seen[came.headers["webhook-id"]] == 1
        return answer(503, b"busy", Retry_After="0") if fails else OK

    async with receiving(says) as product:
        await stage.add(product.url)
        people = [await stage.person(f"p{number}") for number in range(4)]
        for turn in range(4):
            for id in people:
                await stage.rename(id, f"turn {turn}")
        wanted = [event.seq for event in await stage.events()]
        taken: list[Came] = []

        async def all_taken() -> bool:
            taken[:] = [
                came
                for at, came in enumerate(product.came)
                if came.event % 3 or came.event in [one.event for one in product.came[:at]]
            ]
            return {came.event for came in taken} >= set(wanted)

        await until(all_taken, 120)
        for id in people:
            order = [came.event for came in taken if came.subject == id]
            assert order == sorted(order)


async def test_a_dead_and_a_hanging_endpoint_delay_no_other(stage: Stage) -> None:
    async with receiving() as living, receiving(lambda _: 120.0) as hanging:
        for _ in range(3):
            await stage.add(hanging.url)
            await stage.add("http://127.0.0.1:9/nobody")
        await stage.add(living.url)
        begun = time.monotonic()
        for number in range(10):
            await stage.person(f"p{number}")
        await living.has(10)
        # Were they waited for in turn, it would take three times the fifteen seconds that each may take.
        assert time.monotonic() - begun < 40


async def test_what_failed_is_kept_with_its_answer_and_without_its_secrets(stage: Stage) -> None:
    body = b'{"error":"no room","password":"hunter2","seen":"Bearer abcdefgh12345"}' + b"x" * 5000
    async with receiving(lambda _: answer(500, body)) as product:
        added = await stage.add(product.url)
        await stage.person("ada")

        async def is_kept() -> bool:
            return bool(await history(stage.desk, added.endpoint))

        await until(is_kept)
        (kept,) = await history(stage.desk, added.endpoint)
        assert (kept.taken, kept.attempt.status, kept.attempt.number) == (False, 500, 1)
        assert "no room" in kept.attempt.answer
        assert "hunter2" not in kept.attempt.answer
        assert "abcdefgh" not in kept.attempt.answer
        assert len(kept.attempt.answer) < 600
        (held,) = await stage.desk.store.held(added.endpoint)
        assert (held.state, held.attempts) == (HeldState.WAITING, 1)


async def test_410_disables_and_resuming_goes_on_where_it_stopped(stage: Stage) -> None:
    is_gone = True
    async with receiving(lambda _: answer(410) if is_gone else OK) as product:
        added = await stage.add(product.url)
        await stage.person("ada")

        async def is_disabled() -> bool:
            return (await stage.now(added.endpoint)).state is State.DISABLED

        await until(is_disabled)
        assert "410 Gone" in (await stage.now(added.endpoint)).why
        await stage.person("grace")
        is_gone = False
        product.came.clear()
        await resume_endpoint(stage.desk, await stage.now(added.endpoint))
        wanted = [event.seq for event in await stage.events() if event.type.startswith("user.")]

        async def all_came() -> bool:
            return set(product.events()) >= set(wanted)

        await until(all_came)
        assert "webhook.disabled" in [event.type for event in await stage.events()]


async def test_redirects_are_failures_and_are_not_followed(stage: Stage) -> None:
    async with receiving() as elsewhere, receiving(lambda _: answer(307, Location=elsewhere.url)) as product:
        added = await stage.add(product.url)
        await stage.person("ada")
        await product.has(1)

        async def is_kept() -> bool:
            return bool(await history(stage.desk, added.endpoint))

        await until(is_kept)
        (kept,) = await history(stage.desk, added.endpoint)
        assert kept.attempt.status == 307
        assert "not followed" in kept.attempt.fault
        assert elsewhere.came == []


async def test_paused_gets_nothing_and_then_all_of_it(stage: Stage) -> None:
    async with receiving() as product:
        added = await stage.add(product.url)
        await stage.person("ada")
        await product.has(1)
        await pause_endpoint(stage.desk, added.endpoint)
        await asyncio.sleep(1.2)
        await stage.person("grace")
        await asyncio.sleep(0.5)
        assert len(product.came) == 1
        with pytest.raises(Refused, match="paused already"):
            await pause_endpoint(stage.desk, await stage.now(added.endpoint))
        await resume_endpoint(stage.desk, await stage.now(added.endpoint))
        await product.has(2)
        assert product.events() == [event.seq for event in await stage.events()]


async def test_resumed_from_now_leaves_out_what_happened_meanwhile(stage: Stage) -> None:
    async with receiving() as product:
        added = await stage.add(product.url)
        await pause_endpoint(stage.desk, added.endpoint)
        await asyncio.sleep(1.2)
        await stage.person("ada")
        await resume_endpoint(stage.desk, await stage.now(added.endpoint), from_now=True)
        await stage.person("grace")
        await product.has(1)
        assert product.events() == [(await stage.events())[-1].seq]


async def test_a_removed_endpoint_gets_nothing_more(stage: Stage) -> None:
    async with receiving() as product, receiving() as other:
        added, _ = await stage.add(product.url), await stage.add(other.url)
        await stage.person("ada")
        await product.has(1)
        await remove_endpoint(stage.desk, added.endpoint)
        await asyncio.sleep(1.2)
        await stage.person("grace")
        await other.has(2)
        assert len(product.came) == 1


async def test_one_event_a_range_and_the_dead_letters_can_be_asked_for_again(stage: Stage) -> None:
    async with receiving() as product:
        added = await stage.add(product.url)
        for number in range(5):
            await stage.person(f"p{number}")
        await product.has(5)
        events = [event.seq for event in await stage.events()]
        product.came.clear()
        await resend_event(stage.desk, added.endpoint, events[2])
        await product.has(1)
        assert product.events() == [events[2]]
        product.came.clear()
        await resend_range(stage.desk, added.endpoint, events[1], events[3])
        await product.has(3)
        await asyncio.sleep(0.8)
        assert sorted(product.events()) == events[1:4]
        assert await resend_dead(stage.desk, added.endpoint) == 0
        for first, last in ((0, 0), (events[-1] + 1000, events[-1] + 2000)):
            with pytest.raises(Refused, match="no events from"):
                await resend_range(stage.desk, added.endpoint, first, last)
        with pytest.raises(Refused, match="not in the log"):
            await resend_event(stage.desk, added.endpoint, events[-1] + 1000)
        begun = (await stage.events())[2].at
        first = await first_event_since(stage.desk.log, begun)
        assert next(event.seq for event in await stage.events() if event.at >= begun) >= first


async def test_no_event_of_a_stranger_can_be_asked_for(stage: Stage) -> None:
    stranger = await stage.site.tenant()
    async with receiving() as product:
        theirs = await stage.add(product.url, whose=stranger)
        await stage.person("ada")
        (event,) = await stage.events()
        with pytest.raises(Refused, match="not for the endpoint"):
            await resend_event(stage.desk, theirs.endpoint, event.seq)
        await resend_range(stage.desk, theirs.endpoint, event.seq, event.seq)
        await asyncio.sleep(1.2)
        assert product.came == []


async def test_a_test_event_is_sent_at_once_and_signed(stage: Stage) -> None:
    async with receiving(lambda _: answer(200, b"thanks")) as product:
        added = await stage.add(product.url)
        happened = await send_test(stage.desk, added.endpoint)
        assert (happened.taken, happened.attempt.status, happened.attempt.answer) == (True, 200, "thanks")
        (came,) = product.came
        Webhook(added.secret).verify(came.body, dict(came.headers))
        assert came.json["type"] == "webhook.test"
    happened = await send_test(stage.desk, added.endpoint)
    assert not happened.taken
    assert "refused" in happened.attempt.fault
    kept = await history(stage.desk, added.endpoint)
    assert [(one.attempt.type, one.taken, one.attempt.status) for one in kept] == [
        ("webhook.test", False, None),
        ("webhook.test", True, 200),
    ]


async def test_while_a_secret_is_rolled_both_sign(stage: Stage) -> None:
    async with receiving() as product:
        added = await stage.add(product.url)
        rolled = await roll_secret(stage.desk, added.endpoint)
        assert rolled.secret != added.secret

        async def signed_twice() -> bool:
            await stage.person(f"p{time.monotonic_ns()}")
            await product.has(len(await stage.events()))
            return " " in product.came[-1].headers["webhook-signature"]

        await until(signed_twice)
        for secret in (added.secret, rolled.secret):
            Webhook(secret).verify(product.came[-1].body, dict(product.came[-1].headers))


async def test_another_address_gets_what_the_first_one_did_not_take(stage: Stage) -> None:
    async with receiving() as right:
        added = await stage.add("http://127.0.0.1:9/wrong")
        await stage.person("ada")

        async def has_failed() -> bool:
            return (await stage.now(added.endpoint)).standing.failures > 0

        await until(has_failed)
        await change_endpoint(stage.desk, await stage.now(added.endpoint), url=right.url)
        await right.has(1)
        assert right.events() == [(await stage.events())[0].seq]


async def test_an_answer_without_end_costs_nothing_and_counts(stage: Stage) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 1_000_000
    async with receiving(lambda _: endless) as product:
        added = await stage.add(product.url)
        await stage.person("ada")
        await stage.person("grace")
        await product.has(2)

        async def both_taken() -> bool:
            return sum(one.taken for one in await history(stage.desk, added.endpoint)) == 2

        await until(both_taken)
