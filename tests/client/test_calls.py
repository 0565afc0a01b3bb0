"""What the client does with answers and with their absence: tries again, never twice, and raises in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import pytest

from vestibule.client import (
    ApiProblem,
    ChangedMeanwhile,
    Client,
    Conflict,
    Gone,
    Invalid,
    NoAnswer,
    NotFound,
    ServerTrouble,
    TooManyRequests,
    Unauthenticated,
)
from vestibule.client.calls import TRIES, Ask, Came, Pause, Sending, steps

PROBLEM = "https://vestibule.test/api/v1/problems/"


def driven(ask: Ask, answers: Sequence[Came]) -> tuple[Any, list[Sending], list[float]]:
    """The outcome of a call that is answered so, what was sent, and how long was waited."""
    running, left = steps(ask, 1.0), list(answers)
    sent: list[Sending] = []
    waited: list[float] = []
    step = next(running)
    try:
        while True:
            if isinstance(step, Pause):
                waited.append(step.seconds)
                step = running.send(None)
            else:
                sent.append(step)
                step = running.send(left.pop(0))
    except StopIteration as end:
        return end.value, sent, waited
    except Exception as fault:
        return fault, sent, waited


def refusal(status: int, slug: str = "some-problem", **headers: str) -> Came:
    body = {"type": PROBLEM + slug, "title": "T", "status": status, "detail": "D", "requestId": "r1"}
    return Came(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode()
    )


def test_a_write_bears_the_same_key_at_every_try() -> None:
    ask = Ask("POST", "/tenants", body={"name": "A"})
    _, sent, waited = driven(
        ask, [Came(fault="connection refused"), refusal(503, retry_after="2"), Came(201)]
    )
    assert len({one.headers["idempotency-key"] for one in sent}) == 1
    assert len(sent) == 3
    assert waited[1] >= 2


def test_two_writes_bear_two_keys_unless_one_is_given() -> None:
    keys = [
        driven(Ask("POST", "/x", idempotency_key=key), [Came(204)])[1][0].headers["idempotency-key"]
        for key in (None, None, "mine")
    ]
    assert len(set(keys)) == 3
    assert keys[2] == "mine"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 412, 422, 500])
def test_what_trying_again_cannot_mend_is_raised_at_once(status: int) -> None:
    outcome, sent, _ = driven(Ask("GET", "/x"), [refusal(status)])
    assert isinstance(outcome, ApiProblem)
    assert (outcome.status, outcome.slug, outcome.detail, outcome.request_id) == (
        status,
        "some-problem",
        "D",
        "r1",
    )
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Unauthenticated),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (412, ChangedMeanwhile),
        (422, Invalid),
        (413, Invalid),
        (500, ServerTrouble),
    ],
)
def test_a_status_has_its_exception(status: int, kind: type[ApiProblem]) -> None:
    assert type(driven(Ask("GET", "/x"), [refusal(status)])[0]) is kind


def test_after_so_many_tries_the_last_refusal_is_raised() -> None:
    outcome, sent, waited = driven(Ask("GET", "/x"), [refusal(429, retry_after="1")] * TRIES)
    assert isinstance(outcome, TooManyRequests)
    assert (len(sent), len(waited)) == (TRIES, TRIES - 1)


def test_a_key_still_in_use_is_asked_for_again() -> None:
    answers = [refusal(409, "key-in-use", retry_after="1"), Came(200, {}, b"{}")]
    assert len(driven(Ask("POST", "/x"), answers)[1]) == 2


def test_no_answer_at_all_is_said_in_words() -> None:
    outcome, _, _ = driven(Ask("GET", "/x"), [Came(fault="timed out")] * TRIES)
    assert isinstance(outcome, NoAnswer)
    assert "timed out" in str(outcome)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"", b"\xff\xfe"])
def test_a_refusal_that_is_no_problem_is_one_all_the_same(body: bytes) -> None:
    outcome, _, _ = driven(Ask("GET", "/x"), [Came(404, {}, body)])
    assert isinstance(outcome, NotFound)


def test_an_answer_that_is_not_understood_is_no_answer() -> None:
    assert isinstance(driven(Ask("GET", "/x", list[str]), [Came(200, {}, b"{")])[0], NoAnswer)


def test_values_are_escaped_and_names_cross_to_the_wire() -> None:
    ask = Ask(
        "GET",
        "/tenants/{tenant}/people",
        path_values={"tenant": "a/b ü"},
        query={"open_only": True, "types": ["a", "b"], "cursor": None},
        if_match=3,
    )
    sent = driven(ask, [Came(204)])[1][0]
    assert sent.target == "/api/v1/tenants/a%2Fb%20%C3%BC/people?openOnly=true&types=a%2Cb"
    assert sent.headers["if-match"] == '"3"'


def served(answer: Callable[[httpx2.Request], httpx2.Response]) -> Client:
    return Client("https://vestibule.test", "vst_api_x", transport=httpx2.MockTransport(answer))


def test_a_newer_server_may_say_more_and_an_older_one_less() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"id": "x", "name": "n", "scopes": ["*"], "futureThing": 1})

    with served(answer) as client:
        caller = client.description.me()
    assert (caller.id, caller.scopes, caller.tenant) == ("x", ["*"], None)


def test_a_list_is_read_page_by_page_as_it_is_come_to() -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.params.get("cursor", ""))
        following = {"": "c1", "c1": "c2", "c2": None}[asked[-1]]
        role = {"name": f"role{len(asked)}", "rights": [], "default": False, "own": True}
        return httpx2.Response(200, json={"items": [role], "next": following})

    with served(answer) as client:
        roles = client.roles.list("acme")
        assert next(roles).name == "role1"
        assert asked == [""]
        assert [role.name for role in roles] == ["role2", "role3"]
    assert asked == ["", "c1", "c2"]
