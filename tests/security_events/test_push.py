"""Tokens pushed to real receivers (RFC 8935), verified by PyJWT: who takes, refuses, fails, and hears again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from tests.security_events.conftest import Stage, uris
from tests.webhooks.receiver import answer, receiving
from vestibule.connectors.address_guard import AddressRefused
from vestibule.refused import Refused
from vestibule.security_events.streams import VERIFICATION, send_verification
from vestibule.webhooks.attempt import HeldState
from vestibule.webhooks.deliveries import history, resend_dead
from vestibule.webhooks.endpoint import Endpoint, State
from vestibule.webhooks.endpoints import remove_endpoint, resume_endpoint

ACCEPTED = answer(202)


def error(code: str, words: str) -> bytes:
    """A 400 as RFC 8935 §2.3 has it."""
    body = f'{{"err": "{code}", "description": "{words}"}}'.encode()
    return answer(400, body, Content_Type="application/json", Content_Language="en-US")


async def until(is_so: Callable[[], Awaitable[Any]], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not await is_so():
            await asyncio.sleep(0.02)


async def is_held(stage: Stage, stream: Endpoint) -> bool:
    """Whether it is written down that something failed."""
    return bool(await stage.desk.webhooks.store.held(stream, HeldState.WAITING))


async def try_at_once(stage: Stage, stream: Endpoint) -> None:
    """What failed is not waited for."""
    await until(partial(is_held, stage, stream))
    await resume_endpoint(stage.desk.webhooks, stream)


@pytest.mark.requirement("S1", "S2", "S9")
async def test_every_change_arrives_as_a_token_that_others_verify(stage: Stage) -> None:
    async with receiving(lambda _: ACCEPTED) as receiver:
        stream = await stage.add(receiver.url, authorization="Bearer opensesame")
        id = await stage.person("ada", externalId="00u1")
        await stage.rename(id, "Ada L.")
        await stage.deactivate(id)
        await receiver.has(4)
        claims = [await stage.verified(stream, came.body.decode()) for came in receiver.came]
        assert uris(claims) == [
            "prov:create:notice",
            "prov:patch:notice",
            "prov:patch:notice",
            "prov:deactivate",
        ]
        for came in receiver.came:
            assert came.headers["content-type"] == "application/secevent+jwt"
            assert came.headers["accept"] == "application/json"
            assert came.headers["authorization"] == "Bearer opensesame"
        assert all(
            one["sub_id"] == {"format": "scim", "uri": f"/Users/{id}", "externalId": "00u1"} for one in claims
        )
        found = await stage.tenant.get(claims[-1]["sub_id"]["uri"])
        assert found.json["id"] == id, "iss and sub_id.uri make an address"
        [deactivated] = claims[-1]["events"].values()
        assert deactivated == {"version": found.headers["etag"]}
        assert b"ada@example.com" not in b"".join(came.body for came in receiver.came)


@pytest.mark.requirement("S4")
async def test_a_transaction_is_the_same_at_every_receiver_and_with_every_repetition(stage: Stage) -> None:
    async with receiving(lambda _: ACCEPTED) as one, receiving(lambda _: ACCEPTED) as two:
        refuses = [answer(503, b"busy", Retry_After="0")]
        two.says = lambda _: refuses.pop() if refuses else ACCEPTED
        streams = [await stage.add(one.url), await stage.add(two.url, full=True)]
        id = await stage.person("ada")
        request = await stage.rename(id, "Ada L.")
        await one.has(2)
        await try_at_once(stage, streams[1])
        await two.has(3)
        here = [await stage.verified(streams[0], came.body.decode()) for came in one.came]
        there = [await stage.verified(streams[1], came.body.decode()) for came in two.came]
        assert here[1]["txn"] == there[-1]["txn"] == request
        assert here[0]["txn"] == there[0]["txn"] == there[1]["txn"] != request
        assert there[0]["jti"] == there[1]["jti"], "a token that is sent again is the same token"
        assert len({one["jti"] for one in (*here, *there)}) == 4
        [changed] = there[-1]["events"].values()
        operation = {"op": "replace", "path": "displayName", "value": "Ada L."}
        assert changed["data"]["Operations"] == [operation]


async def test_a_token_that_is_refused_for_good_is_listed_and_the_next_goes(stage: Stage) -> None:
    refuses = [error("invalid_request", "No such event type here")]
    async with receiving() as receiver:
        receiver.says = lambda _: refuses.pop() if refuses else ACCEPTED
        stream = await stage.add(receiver.url)
        id = await stage.person("ada")
        await stage.rename(id, "Ada L.")
        await receiver.has(2)
        store = stage.desk.webhooks.store

        async def is_listed() -> bool:
            return bool(await store.held(stream, HeldState.DEAD))

        await until(is_listed)
        tried = await history(stage.desk.webhooks, stream)
        assert [one.attempt.fault for one in tried if not one.taken] == [
            "invalid_request: No such event type here"
        ]
        assert (await stage.desk.stream(stream.id)).standing.failures == 0
        listed = (await stage.api("GET", f"/streams/{stream.id}/refused")).json["items"]
        assert [one["subjectId"] for one in listed] == [id]
        assert await resend_dead(stage.desk.webhooks, stream) == 1
        await receiver.has(3)
        first, again = [await stage.verified(stream, receiver.came[at].body.decode()) for at in (0, 2)]
        assert again["jti"] == first["jti"]


@pytest.mark.parametrize(
    "says",
    [
        pytest.param(error("invalid_key", "The key is unknown"), id="a key that is not known yet"),
        pytest.param(error("authentication_failed", "Who are you?"), id="credentials"),
        pytest.param(answer(400, b"<html>"), id="a 400 without words"),
        pytest.param(answer(400, b'["invalid_request"]'), id="a 400 of another shape"),
    ],
)
async def test_what_can_be_put_right_is_tried_again(stage: Stage, says: bytes) -> None:
    async with receiving(lambda _: says) as receiver:
        stream = await stage.add(receiver.url)
        await stage.person("ada")
        await until(partial(is_held, stage, stream))
        [tried] = await history(stage.desk.webhooks, stream)
        assert tried.attempt.status == 400
        assert tried.attempt.fault in (
            "",
            "invalid_key: The key is unknown",
            "authentication_failed: Who are you?",
        )


@pytest.mark.requirement("S15")
async def test_a_receiver_that_dies_before_it_answers_hears_again(stage: Stage) -> None:
    dies: list[bytes | None] = [None]
    async with receiving() as receiver:
        receiver.says = lambda _: dies.pop() if dies else ACCEPTED
        stream = await stage.add(receiver.url)
        await stage.person("ada")
        await try_at_once(stage, stream)
        await receiver.has(2)
        assert len({(await stage.verified(stream, came.body.decode()))["jti"] for came in receiver.came}) == 1


@pytest.mark.requirement("S15")
@pytest.mark.parametrize(
    "url", ["http://audit.example.com/events", "http://169.254.169.254/", "ftp://127.0.0.1/"]
)
async def test_tokens_go_nowhere_without_tls(stage: Stage, url: str) -> None:
    with pytest.raises(AddressRefused):
        await stage.add(url)


async def test_a_stream_ends_with_410_and_a_removed_one_is_gone(stage: Stage) -> None:
    async with receiving(lambda _: answer(410)) as receiver:
        stream = await stage.add(receiver.url)
        await stage.person("ada")

        async def is_disabled() -> bool:
            return (await stage.desk.stream(stream.id)).state is State.DISABLED

        await until(is_disabled)
        await remove_endpoint(stage.desk.webhooks, stream)
        with pytest.raises(Refused, match="no stream"):
            await stage.desk.stream(stream.id)


async def test_a_verification_event_can_be_pushed(stage: Stage) -> None:
    async with receiving(lambda _: ACCEPTED) as receiver:
        stream = await stage.add(receiver.url)
        happened = await send_verification(stage.desk, stream, stage.tenant.slug)
        assert happened.taken
        claims = await stage.verified(stream, receiver.came[0].body.decode())
        assert list(claims["events"]) == [VERIFICATION]
        polled = await stage.add()
        with pytest.raises(Refused, match="polled"):
            await send_verification(stage.desk, polled, stage.tenant.slug)
