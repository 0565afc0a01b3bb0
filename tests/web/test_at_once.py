"""Reads that are answered outside a task: the same answers, in the order of the requests."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest

from tests.served import HOST, Conversation, Hand, at_once, hand_of, serving
from vestibule.web.at_once import AtOnceProtocol
from vestibule.web.server import Listening, open_socket, server


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    """A tenant with one person, on a real server."""
    with serving(tmp_path_factory.mktemp("at-once")) as running:
        hand = hand_of(running, "acme")
        hand.create("anna@acme.example", title="Engineer")
        yield hand


LOOKUP = "/Users?filter=" + quote('userName eq "anna@acme.example"')
#: A reader thread answers this one.
SCAN = "/Users?filter=" + quote('title co "engin"')


def test_pipelined_requests_are_answered_in_their_order(hand: Hand) -> None:
    """Those answered at once, those that wait for a reader, and writes, all sent in one piece."""
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "piped@acme.example"}
    wires = [
        hand.wire("GET", LOOKUP),
        hand.wire("GET", SCAN),
        hand.wire("GET", LOOKUP),
        hand.wire("POST", "/Users", body),
        hand.wire("GET", "/Users/unknown"),
        hand.wire("GET", SCAN),
        hand.wire("HEAD", "/Nothing"),
        hand.wire("GET", "/ResourceTypes"),
    ]
    with socket.create_connection((HOST, hand.port), timeout=30) as connection:
        connection.sendall(b"".join(wires))
        connection.sendall(hand.wire("GET", "/Users?count=0", headers={"Connection": "close"}))
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    heads = [line for line in heard.split(b"\r\n") if line.startswith(b"HTTP/1.1 ") or b"}HTTP/1.1 " in line]
    statuses = [int(line.rpartition(b"HTTP/1.1 ")[2][:3]) for line in heads]
    assert statuses == [200, 200, 200, 201, 404, 200, 404, 200, 200]


def test_both_ways_give_the_same_answer(hand: Hand) -> None:
    """What expects to be told to go on goes uvicorn's way."""
    short = hand("GET", LOOKUP)
    long = hand("GET", LOOKUP, headers={"Expect": "200-maybe"})
    assert short.json == long.json
    assert short.json["totalResults"] == 1
    assert set(short.headers) == set(long.headers)
    assert short.headers["x-request-id"] != long.headers["x-request-id"]


def test_a_request_in_pieces(hand: Hand) -> None:
    wire = hand.wire("GET", LOOKUP, headers={"Connection": "close"})
    with socket.create_connection((HOST, hand.port), timeout=30) as connection:
        for at in range(0, len(wire), 40):
            connection.sendall(wire[at : at + 40])
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    assert json.loads(heard.partition(b"\r\n\r\n")[2])["totalResults"] == 1


def test_a_body_in_pieces(hand: Hand) -> None:
    """The head alone, then the body by and by, and the next request behind it."""
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "pieces@acme.example"}
    wire = hand.wire("POST", "/Users", body) + hand.wire("GET", LOOKUP, headers={"Connection": "close"})
    with socket.create_connection((HOST, hand.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = wire.index(b"\r\n\r\n") + 4
        for piece in (wire[:head], wire[head : head + 10], wire[head + 10 : head + 40], wire[head + 40 :]):
            connection.sendall(piece)
            time.sleep(0.02)
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    assert heard.startswith(b"HTTP/1.1 201 ")
    assert heard.count(b"HTTP/1.1 200 ") == 1


@pytest.mark.parametrize(
    ("line", "status"),
    [
        pytest.param("GET {url} HTTP/1.1", 200, id="absolute form"),
        pytest.param("GET /scim/v2/%55sers?count=0 HTTP/1.1", 200, id="a quoted path"),
        pytest.param("GET /scim/v2/Users?count=0#part HTTP/1.1", 200, id="a fragment"),
        pytest.param("GET /scim/v2/Users?count=0 HTTP/1.0", 200, id="an old version"),
        pytest.param("GET /Users HTTP/1.1", 404, id="nothing there"),
    ],
)
def test_forms_of_the_request_line(hand: Hand, line: str, status: int) -> None:
    first = line.format(url=f"http://{HOST}:{hand.port}/scim/v2/Users?count=0")
    headers = hand.wire("GET", "/", headers={"Connection": "close"}).partition(b"\r\n")[2]
    with socket.create_connection((HOST, hand.port), timeout=30) as connection:
        connection.sendall(first.encode() + b"\r\n" + headers)
        assert connection.recv(65536).startswith(b"HTTP/1.1 %d " % status)


def test_who_leaves_while_a_reader_works_harms_nobody(hand: Hand) -> None:
    for _ in range(5):
        with socket.create_connection((HOST, hand.port), timeout=30) as connection:
            connection.sendall(hand.wire("GET", SCAN))
    assert at_once(hand.port, [hand.wire("GET", LOOKUP)])[0].status == 200


async def test_an_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time a connection is kept, whichever way its last request went."""

    class Application:
        def begin(self, *_: Any) -> None:
            """Nothing is ever begun here: all goes uvicorn's way."""
            return None

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            while scope["type"] == "lifespan":
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    listening = Listening(HOST, 0)
    bound = open_socket(listening)
    running = server(Application(), listening)
    running.config.timeout_keep_alive = 0.2  # type: ignore[assignment]
    assert running.config.http is AtOnceProtocol
    task = asyncio.ensure_future(running.serve(sockets=[bound]))
    try:
        for request in (b"", b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"):
            reader, writer = await asyncio.open_connection(HOST, bound.getsockname()[1])
            writer.write(request)
            async with asyncio.timeout(30):
                heard = await reader.read()
            assert heard.startswith(b"HTTP/1.1 204 ") if request else heard == b""
            writer.close()
    finally:
        running.should_exit = True
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("long_way", ["a large body", "in pieces", "told to go on"])
def test_nothing_of_a_request_stands_before_the_next_one(hand: Hand, long_way: str) -> None:
    """A body that went the short way is gone when the next one on the same connection goes uvicorn's way."""
    first = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'title eq "A"'}
    body: dict[str, Any] = {**first, "filter": 'userName eq "anna@acme.example"'}
    headers: dict[str, str] = {}
    if long_way == "a large body":
        body["padding"] = "x" * 40_000
    elif long_way == "told to go on":
        headers = {"Expect": "100-continue"}
    wire = hand.wire("POST", "/Users/.search", body, headers)
    conversation = Conversation(hand.port)
    try:
        assert conversation.ask(hand.wire("POST", "/Users/.search", first)).json["totalResults"] == 0
        if long_way == "in pieces":
            conversation.say(wire[:-20])
            time.sleep(0.05)
            conversation.go_on(wire[-20:])
            answer = conversation.hear()
        else:
            answer = conversation.ask(wire)
    finally:
        conversation.close()
    assert answer.status == 200, answer.body
    assert answer.json["totalResults"] == 1


def test_a_head_said_again_is_understood_as_the_first_time(hand: Hand) -> None:
    """What the parser has read once is not read again: every first line, and every body, counts by itself all the same."""
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "again1@acme.example"}
    other = {**body, "userName": "again2@acme.example"}
    conversation = Conversation(hand.port)
    try:
        asked = [conversation.ask(hand.wire("GET", LOOKUP)) for _ in range(3)]
        assert [answer.json["totalResults"] for answer in asked] == [1, 1, 1]
        assert len({answer.headers["x-request-id"] for answer in asked}) == 3
        assert conversation.ask(hand.wire("GET", "/Users/nobody")).status == 404
        assert conversation.ask(hand.wire("DELETE", "/Users/nobody")).status == 404
        posted = [conversation.ask(hand.wire("POST", "/Users", each)) for each in (body, body, other)]
        assert [answer.status for answer in posted] == [201, 409, 201]
        # The same head, and a body that is cut or comes in pieces.
        wire = hand.wire("POST", "/Users", {**body, "userName": "again3@acme.example"})
        conversation.say(wire[:-9])
        time.sleep(0.05)
        conversation.go_on(wire[-9:])
        assert conversation.hear().status == 201
    finally:
        conversation.close()


@pytest.mark.parametrize(
    "line",
    [
        "GET /scim/v2/Users HTTP/1.1 X",
        "GET scim/v2/Users HTTP/1.1",
        "GET /scim/v2 Users HTTP/1.1",
        "TELL / X/1",
    ],
)
def test_a_head_said_again_behind_a_first_line_that_is_none(hand: Hand, line: str) -> None:
    known = hand.wire("GET", LOOKUP)
    conversation = Conversation(hand.port)
    try:
        assert [conversation.ask(known).status for _ in range(2)] == [200, 200]
        assert conversation.ask(line.encode() + b"\r\n" + known.partition(b"\r\n")[2]).status == 400
    finally:
        conversation.close()


def _posted(hand: Hand, name: str, length: str = "") -> bytes:
    """A POST whose head says ``length`` in the place of its own."""
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"{name}@acme.example"}
    wire = hand.wire("POST", "/Users", body)
    own = b"Content-Length: %d" % (len(wire.partition(b"\r\n\r\n")[2]))
    assert own in wire
    return wire.replace(own, b"Content-Length: " + length.encode()) if length else wire


def test_a_head_said_again_with_a_body_of_another_length(hand: Hand) -> None:
    """Bodies of all lengths behind one head, two in one piece, and one that says less than there is."""
    names = ["b" * length for length in (1, 7, 30, 2, 7)]
    names[-1] = "c" * 7
    conversation = Conversation(hand.port)
    try:
        assert [conversation.ask(_posted(hand, name)).status for name in names] == [201] * 5
        conversation.say(_posted(hand, "d" * 9) + _posted(hand, "e" * 3))
        assert [conversation.hear().status for _ in range(2)] == [201, 201]
        found = hand("GET", "/Users?filter=" + quote('userName sw "ddd" or userName sw "eee"'))
        assert found.json["totalResults"] == 2
    finally:
        conversation.close()


@pytest.mark.parametrize("length", ["5", "+65", "0x41", "-1", "65, 65", "65\r\nContent-Length: 65", "6 5"])
def test_a_head_said_again_with_a_length_that_is_none(hand: Hand, length: str) -> None:
    conversation = Conversation(hand.port)
    name = f"f{abs(hash(length))}"
    try:
        answers = [conversation.ask(_posted(hand, f"{name}-{number}")).status for number in range(2)]
        assert answers == [201, 201]
        assert conversation.ask(_posted(hand, f"{name}-x", length)).status == 400
        assert hand("GET", "/Users?filter=" + quote(f'userName sw "{name}-x"')).json["totalResults"] == 0
    finally:
        conversation.close()


def test_a_head_without_its_length_is_no_other_requests_head(hand: Hand) -> None:
    """What is remembered of a POST without its number is no head that a GET could say."""
    conversation = Conversation(hand.port)
    try:
        assert [conversation.ask(_posted(hand, f"g{number}")).status for number in range(2)] == [201, 201]
        wire = _posted(hand, "g9", " ")
        line, head = wire.split(b"\r\n", 1)
        assert line.startswith(b"POST ")
        assert conversation.ask(b"GET /scim/v2" + LOOKUP.encode() + b" HTTP/1.1\r\n" + head).status == 400
    finally:
        conversation.close()
