"""Tokens that are fetched (RFC 8936): given until they are acknowledged, and every wrong word has its answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.conftest import hand
from tests.security_events.conftest import Stage, uris
from vestibule.security_events import polling
from vestibule.webhooks.attempt import HeldState
from vestibule.webhooks.deliveries import history, resend_dead
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.endpoints import pause_endpoint, resume_endpoint


async def sets(stage: Stage, stream: Endpoint, **asked: Any) -> dict[str, str]:
    answer = await stage.poll(stream, **asked)
    assert answer.status == 200, answer.json
    found: dict[str, str] = answer.json["sets"]
    return found


@pytest.mark.requirement("S10", "S15")
async def test_a_token_is_given_until_it_is_acknowledged(stage: Stage) -> None:
    stream = await stage.add()
    id = await stage.person("ada")
    await stage.rename(id, "Ada L.")
    first = await sets(stage, stream)
    claims = [await stage.verified(stream, token) for token in first.values()]
    assert uris(claims) == ["prov:create:notice", "prov:patch:notice"]
    assert [one["jti"] for one in claims] == list(first)
    # The receiver is killed between keeping and acknowledging: nothing is lost.
    again = await sets(stage, stream)
    assert list(again) == list(first)
    left = await sets(stage, stream, ack=[next(iter(first))])
    assert list(left) == list(first)[1:]
    await stage.rename(id, "Ada Lovelace")
    more = await sets(stage, stream, ack=list(left))
    assert not set(more) & set(first)
    assert await sets(stage, stream, ack=list(more)) == {}
    taken = [one.attempt for one in await history(stage.desk.webhooks, stream) if one.taken]
    assert [one.type for one in taken] == ["user.updated", "user.updated", "user.created"]
    assert (await stage.desk.stream(stream.id)).standing.delivered_at


async def test_max_events_and_more_available(stage: Stage) -> None:
    stream = await stage.add(types=["user.created"])
    for name in ("ada", "bea", "cleo"):
        await stage.rename(await stage.person(name), "Somebody")
    answer = await stage.poll(stream, maxEvents=2)
    assert (len(answer.json["sets"]), answer.json["moreAvailable"]) == (2, True)
    answer = await stage.poll(stream, maxEvents=0, ack=list(answer.json["sets"]))
    assert answer.json == {"sets": {}, "moreAvailable": True}
    answer = await stage.poll(stream, maxEvents=2)
    assert (len(answer.json["sets"]), answer.json["moreAvailable"]) == (1, False)
    answer = await stage.poll(stream, maxEvents=0, ack=list(answer.json["sets"]))
    assert answer.json == {"sets": {}, "moreAvailable": False}


async def test_a_poll_waits_for_the_first_token(stage: Stage) -> None:
    stream = await stage.add()
    waiting = asyncio.create_task(stage.poll(stream, returnImmediately=False))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await stage.person("ada")
    answer = await asyncio.wait_for(waiting, 20)
    assert len(answer.json["sets"]) == 1


async def test_what_the_receiver_cannot_take_is_kept_listed_and_given_again_on_demand(stage: Stage) -> None:
    stream = await stage.add()
    await stage.person("ada")
    [jti] = await sets(stage, stream)
    errors = {jti: {"err": "invalid_key", "description": "Key\nunknown"}}
    assert await sets(stage, stream, setErrs=errors) == {}
    [refused] = await stage.desk.webhooks.store.held(stream, HeldState.DEAD)
    [tried] = await history(stage.desk.webhooks, stream)
    assert (tried.attempt.event, tried.attempt.fault, tried.taken) == (
        refused.event,
        "invalid_key: Key unknown",
        False,
    )
    assert (await stage.api("GET", f"/streams/{stream.id}")).json["refused"] == 1
    assert await resend_dead(stage.desk.webhooks, stream) == 1
    assert list(await sets(stage, stream)) == [jti]


async def test_an_acknowledgement_that_is_repeated_does_nothing(stage: Stage) -> None:
    stream = await stage.add()
    await stage.person("ada")
    [jti] = await sets(stage, stream)
    for _ in range(2):
        assert await sets(stage, stream, ack=[jti]) == {}
    assert await sets(stage, stream, setErrs={jti: {"err": "invalid_request"}}) == {}
    assert len(await history(stage.desk.webhooks, stream)) == 1


async def test_an_acknowledgement_of_what_was_never_given_refuses_all_of_it(stage: Stage) -> None:
    stream, other = await stage.add(), await stage.add()
    await stage.person("ada")
    [jti] = await sets(stage, stream)
    [theirs] = await sets(stage, other)
    for strange in (theirs, f"{stream.id}.999999", "nonsense"):
        answer = await stage.poll(stream, ack=[jti, strange])
        assert answer.status == 400
        assert strange in answer.json["detail"]
        assert answer.json["type"].endswith("/never-given")
    assert list(await sets(stage, stream)) == [jti], "nothing of the request was carried out"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"ack": "all"}, 422, id="ack is no list"),
        pytest.param({"ack": [7]}, 422, id="a jti that is no text"),
        pytest.param({"setErrs": {"x": {}}}, 422, id="an error without err"),
        pytest.param({"setErrs": ["x"]}, 422, id="setErrs is no object"),
        pytest.param({"maxEvents": -1}, 422, id="fewer than none"),
        pytest.param({"maxEvents": 10_000_000}, 422, id="too many"),
        pytest.param({"returnImmediately": "yes"}, 422, id="no boolean"),
        pytest.param({"sets": {}}, 422, id="an unknown member"),
        pytest.param([], 400, id="no object"),
        pytest.param(b"{", 400, id="no JSON"),
        pytest.param(b'{"ack": ["' + b"x" * (1024 * 1024) + b'"]}', 413, id="too large"),
    ],
)
async def test_a_malformed_poll_is_refused_in_words(stage: Stage, body: Any, status: int) -> None:
    stream = await stage.add()
    answer = await stage.api("POST", f"/streams/{stream.id}/poll", body)
    assert answer.status == status, answer.json
    assert answer.json["detail"]


async def test_who_may_poll(stage: Stage) -> None:
    stream = await stage.add()
    stranger = await stage.site.tenant()
    ours = await hand(stage.site, ["events:write"], tenant=stage.tenant.record)
    theirs = await hand(stage.site, ["events:write"], tenant=stranger.record)
    reads = await hand(stage.site, ["events:read"], tenant=stage.tenant.record)
    wrong = type(ours)(stage.site.application, ours.token[:-1] + ("0" if ours.token[-1] != "0" else "1"))
    assert (await stage.poll(stream, api=ours)).status == 200
    unknown, not_theirs = (
        await stage.poll(stream, api=theirs),
        await stage.api("POST", "/streams/st_00/poll", {"returnImmediately": True}),
    )
    assert unknown.status == not_theirs.status == 404
    assert unknown.json["title"] == not_theirs.json["title"]
    assert (await stage.poll(stream, api=reads)).status == 403
    assert (await stage.poll(stream, api=wrong)).status == 401


async def test_a_stream_that_is_paused_or_pushed_gives_nothing(stage: Stage) -> None:
    stream = await stage.add()
    await stage.person("ada")
    paused = await pause_endpoint(stage.desk.webhooks, stream)
    answer = await stage.poll(stream)
    assert answer.status == 409
    assert "paused" in answer.json["detail"]
    await resume_endpoint(stage.desk.webhooks, paused)
    assert len(await sets(stage, stream)) == 1
    pushed = await stage.add("http://127.0.0.1:9/")
    assert (await stage.poll(pushed)).status == 409


async def test_polls_side_by_side_miss_nothing(stage: Stage) -> None:
    stream = await stage.add()
    ids = [await stage.person(f"p{number}") for number in range(8)]
    answers = await asyncio.gather(*(stage.poll(stream, maxEvents=3) for _ in range(6)))
    seen = {jti for answer in answers for jti in answer.json["sets"]}
    while more := await sets(stage, stream, ack=sorted(seen), maxEvents=3):
        seen |= more.keys()
    assert len(seen) == len(ids)


async def test_what_waits_and_is_forgotten_by_the_log_is_given_up(own_stage: Stage) -> None:
    stage = own_stage
    stream = await stage.add()
    await stage.person("ada")
    assert len(await sets(stage, stream)) == 1
    await stage.site.application.store.feed.forget_events("2999-01-01T00:00:00.000Z")
    assert await sets(stage, stream) == {}
    assert len(await stage.desk.webhooks.store.held(stream, HeldState.DEAD)) == 1


async def test_who_acknowledges_nothing_gets_nothing_new(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "MOST_WAITING", 3)
    stream = await stage.add()
    for number in range(4):
        await stage.person(f"p{number}")
    answer = await stage.poll(stream, maxEvents=3)
    assert (len(answer.json["sets"]), answer.json["moreAvailable"]) == (3, True)
    again = await stage.poll(stream, maxEvents=4)
    assert (list(again.json["sets"]), again.json["moreAvailable"]) == (list(answer.json["sets"]), True)


async def test_an_answer_has_a_size(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "MOST_CHARACTERS", 100)
    stream = await stage.add()
    for name in ("ada", "bea"):
        await stage.person(name)
    answer = await stage.poll(stream)
    assert (len(answer.json["sets"]), answer.json["moreAvailable"]) == (1, True)
    assert len(await sets(stage, stream, ack=list(answer.json["sets"]))) == 1
