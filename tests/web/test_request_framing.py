"""Where one request ends and the next begins, and that what is no request is answered in its turn."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import pytest

from tests.served import HOST, USER, Hand, hand_of, person, serving
from tests.web.pipelines import complaints
from vestibule.web.request_limits import HEAD_LIMIT

LOOKUP = "/Users?filter=" + quote('userName eq "anna@acme.example"')
#: A reader thread answers this one.
SCAN = "/Users?filter=" + quote('title co "engin"')
OFFER = {"Connection": "Upgrade", "Upgrade": "h2c"}


@pytest.fixture(scope="module")
def hands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hand, Hand]]:
    """Two tenants on a real server, with one person each."""
    with serving(tmp_path_factory.mktemp("framing")) as running:
        hands = hand_of(running, "acme"), hand_of(running, "beta")
        for hand in hands:
            hand.create(f"anna@{hand.slug}.example", title="Engineer")
        yield hands
        assert complaints(running.log) == []


@pytest.fixture
def hand(hands: tuple[Hand, Hand]) -> Hand:
    """The first of them."""
    return hands[0]


def _said(hand: Hand, pieces: Sequence[bytes], *, pause: float = 0.0) -> bytes:
    """Everything that comes back until the server hangs up, or says nothing for a while."""
    heard = b""
    with socket.create_connection((HOST, hand.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        while piece := connection.recv(65536):
            heard += piece
    return heard


def _statuses(heard: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)]


def _last(hand: Hand) -> bytes:
    return hand.wire("GET", LOOKUP, headers={"Connection": "close"})


def _exists(hand: Hand, name: str) -> bool:
    path = "/Users?filter=" + quote(f'userName eq "{name}"')
    return bool(hand("GET", path).json["totalResults"])


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: {length}\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: {length}",
        "Content-Length: {length}\r\nContent-Length: {length}",
        "Content-Length: 5\r\nContent-Length: {length}",
        "Content-Length: {length}, {length}",
        "Content-Length: +{length}",
        "Content-Length: -1",
        "Content-Length: {length} 1",
        "Content-Length: 0x10",
        "Content-Length: ",
        "Content-Length: 99999999999999999999999",
        "Content-Length: \x0b{length}",
        "Content-Length : {length}",
        "X-A: b\nContent-Length: {length}",
        "X-A: b\rContent-Length: {length}",
        "X-A: b\r\n Content-Length: {length}",
        "X-A: \0\r\nContent-Length: {length}",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    ],
)
def test_two_readings_of_one_length_are_none(hand: Hand, headers: str) -> None:
    """What a proxy in front could read otherwise is refused, and nothing behind it is looked at."""
    body = json.dumps(person("smuggled@acme.example")).encode()
    head = hand.wire("POST", "/Users")[:-2] + headers.format(length=len(body)).encode() + b"\r\n\r\n"
    heard = _said(hand, [head + body + _last(hand)])
    assert _statuses(heard) == [400], headers
    assert not _exists(hand, "smuggled@acme.example")


@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["one piece", "in pieces"])
@pytest.mark.parametrize("chunked", [False, True], ids=["by length", "in chunks"])
def test_the_body_behind_an_offer_to_upgrade_is_no_request(hand: Hand, pause: float, chunked: bool) -> None:
    """The offer is not taken (RFC 9110 §7.8); what follows the head is the body all the same."""
    name = f"upgrade-{pause}-{chunked}@acme.example"
    inner = hand.wire("POST", "/Users", person("inner@acme.example"))
    raw = json.dumps(person(name, displayName=inner.decode())).encode()
    headers = OFFER
    if chunked:
        headers = {**OFFER, "Transfer-Encoding": "chunked", "Content-Length": ""}
        raw = b"%x\r\n%s\r\n0\r\n\r\n" % (len(raw), raw)
    wire = hand.wire("POST", "/Users", raw, headers)
    at = wire.index(b"\r\n\r\n") + 4
    heard = _said(hand, [wire[:at], wire[at : at + 9], wire[at + 9 :] + _last(hand)], pause=pause)
    assert _statuses(heard) == [201, 200]
    assert _exists(hand, name)
    assert not _exists(hand, "inner@acme.example")


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
def test_an_offer_in_the_last_request_of_a_connection(hand: Hand, version: bytes) -> None:
    name = f"last-{version[-1]}@acme.example"
    headers = {**OFFER, "Connection": "close, Upgrade"}
    wire = hand.wire("POST", "/Users", person(name), headers).replace(b"HTTP/1.1", version, 1)
    assert _statuses(_said(hand, [wire + _last(hand)])) == [201]
    assert _exists(hand, name)


def test_what_is_pipelined_behind_offers_is_answered(hand: Hand) -> None:
    websocket = {**OFFER, "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    offers = [hand.wire("GET", path, headers=h) for path in (LOOKUP, SCAN) for h in (OFFER, websocket)]
    assert _statuses(_said(hand, [b"".join([*offers, _last(hand)])])) == [200] * 5


def test_a_tunnel_is_refused(hand: Hand) -> None:
    assert _statuses(_said(hand, [b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n" + _last(hand)])) == [400]


def test_what_follows_the_body_is_no_header(hands: tuple[Hand, Hand]) -> None:
    """A trailer is not merged into the head (RFC 9110 §6.5.1): it names no other tenant and sets no condition."""
    hand, other = hands
    raw = json.dumps(person("trailer@acme.example")).encode()
    trailers = f"Authorization: Bearer {other.token}\r\nVestibule-Dry-Run: true".encode()
    chunked = b"%x\r\n%s\r\n0\r\n%s\r\n\r\n" % (len(raw), raw, trailers)
    headers = {"Transfer-Encoding": "chunked", "Content-Length": ""}
    heard = _said(hand, [hand.wire("POST", "/Users", chunked, headers) + _last(hand)])
    assert _statuses(heard) == [201, 200]
    assert _exists(hand, "trailer@acme.example")
    assert not _exists(other, "trailer@acme.example")


@pytest.mark.parametrize("expect", ["", "200-maybe"], ids=["short way", "long way"])
def test_two_tokens_are_none(hands: tuple[Hand, Hand], expect: str) -> None:
    """Whichever of them a proxy looked at, this server does not look at the other."""
    hand, other = hands
    headers = {"Connection": "close", "Expect": expect}
    wire = hand.wire("GET", LOOKUP, headers=headers)
    second = f"\r\nAuthorization: Bearer {other.token}\r\n\r\n".encode()
    assert _statuses(_said(hand, [wire[:-4] + second])) == [401]
    again = f"\r\nAuthorization: Bearer {hand.token}\r\n\r\n".encode()
    assert _statuses(_said(hand, [wire[:-4] + again])) == [200]


@pytest.mark.parametrize("path", [LOOKUP, SCAN, "/Users?sortBy=userName"])
@pytest.mark.parametrize("long_way", [False, True])
def test_a_head_without_end_is_refused_behind_any_request(hand: Hand, path: str, long_way: bool) -> None:
    first = hand.wire("GET", path, headers={"Expect": "200-maybe"} if long_way else {})
    with socket.create_connection((HOST, hand.port), timeout=30) as connection:
        connection.sendall(first)
        time.sleep(0.1)
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            connection.sendall(b"x" * (1000 * HEAD_LIMIT))


def test_many_requests_in_one_piece_are_no_long_head(hand: Hand) -> None:
    """Only what came of the unfinished request counts."""
    long = hand.wire("GET", LOOKUP, headers={"X-Long": "x" * (HEAD_LIMIT // 20)})
    heard = _said(hand, [long * 40 + long[:-4], b"\r\n\r\n" + _last(hand)], pause=0.1)
    assert _statuses(heard) == [200] * 42


@pytest.mark.parametrize("rubbish", [b"\0", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_rubbish_is_not_answered_before_the_requests_ahead_of_it(hand: Hand, rubbish: bytes) -> None:
    """Else a client takes the refusal for the answer to what was done."""
    name = f"ahead-{len(rubbish)}@acme.example"
    heard = _said(hand, [hand.wire("GET", SCAN) + hand.wire("POST", "/Users", person(name)) + rubbish])
    assert _statuses(heard) == [200, 201]
    assert b"\r\nconnection: close\r\n" in heard
    heard = _said(hand, [hand.wire("POST", "/Users", person(f"x{name}")) + rubbish])
    assert _statuses(heard) == [201]
    assert b"\r\nconnection: close\r\n" in heard
    heard = _said(hand, [hand.wire("GET", LOOKUP) + rubbish])
    # A store over a network has the lookup wait, and what came behind it with it.
    assert _statuses(heard) == [200, 400] or (
        _statuses(heard) == [200] and b"\r\nconnection: close\r\n" in heard
    )


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_a_body_that_breaks_off_in_the_queue(hand: Hand, ahead: int) -> None:
    """A chunk that is none, behind requests that are under way: they are answered, and nothing is created."""
    name = f"broken-{ahead}@acme.example"
    raw = json.dumps(person(name)).encode()
    broken = hand.wire(
        "POST",
        "/Users",
        b"%x\r\n%s\r\nnone\r\n" % (len(raw), raw),
        {"Transfer-Encoding": "chunked", "Content-Length": ""},
    )
    heard = _said(hand, [hand.wire("GET", SCAN) * ahead + broken])
    assert _statuses(heard) == ([200] * ahead or [400])
    assert not _exists(hand, name)


def test_every_byte_of_a_path_is_answered(hand: Hand) -> None:
    """Whatever the parser lets through is a path."""
    wires = [hand.wire("GET", f"/Users/a{chr(code)}b") for code in range(0x21, 0x7F)]
    statuses = _statuses(_said(hand, [b"".join(wires) + _last(hand)]))
    assert len(statuses) == len(wires) + 1
    assert set(statuses) == {404, 200}


def test_a_request_split_at_every_byte(hand: Hand) -> None:
    """The head and the body of a search, cut in two at each place, with requests before and behind it."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'title co "engin"'}
    search = hand.wire("POST", "/Users/.search", body)
    missing = hand.wire("GET", "/Users/unknown")
    wires = missing + search + missing
    with socket.create_connection((HOST, hand.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(1, len(wires)):
            connection.sendall(wires[:at])
            connection.sendall(wires[at:])
        connection.sendall(_last(hand))
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
    assert _statuses(heard) == [404, 200, 404] * (len(wires) - 1) + [200]


def test_a_user_name_that_looks_like_a_request(hand: Hand) -> None:
    """Nothing in a body is read as the start of another request, whole or in pieces."""
    name = "GET /scim/v2/Users HTTP/1.1\r\n\r\n"
    wire = hand.wire("POST", "/Users", {"schemas": [USER], "userName": "plain@acme.example", "title": name})
    statuses = _statuses(_said(hand, [wire[:-60], wire[-60:] + _last(hand)], pause=0.05))
    assert statuses == [201, 200]
