"""The engine's way out: what a general client would say, byte for byte, and servers that behave badly."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import zlib
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.webhooks.receiver import Says, answer, receiving
from vestibule.connectors import http
from vestibule.connectors.http import NoAnswer, Outbound
from vestibule.connectors.lines import plain
from vestibule.sign_on.certificate import new_key_pair

_HEADERS = {"Accept": "application/scim+json", "User-Agent": "Okta SCIM Client 1.0.0", "X-Same": "ours"}


async def sent(
    monkeypatch: pytest.MonkeyPatch,
    ways: frozenset[str],
    asked: list[tuple[str, str, Any, Mapping[str, str]]],
) -> list[bytes]:
    """What arrives at the socket; with no ``ways`` all goes out by the general client."""
    monkeypatch.setattr(http, "_BY_LINES", ways)
    arrived: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            arrived.append(head + await reader.readexactly(int(length or 0)))
            writer.write(answer(200, b"{}"))

    async def quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            try:
                await serve(reader, writer)
            except (asyncio.IncompleteReadError, ConnectionError):
                return

    server = await asyncio.start_server(quiet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outbound = Outbound(_HEADERS)
    for method, path, body, headers in asked:
        assert (await outbound.send(method, f"http://127.0.0.1:{port}{path}", body, headers)).status == 200
    await outbound.close()
    server.close()
    return [one.replace(b":%d" % port, b":0") for one in arrived]


async def test_every_byte_is_what_a_general_client_says(monkeypatch: pytest.MonkeyPatch) -> None:
    token = {"Authorization": "Bearer vst_scim_x"}
    json = {**token, "Content-Type": "application/scim+json; charset=utf-8"}
    asked: list[tuple[str, str, Any, Mapping[str, str]]] = [
        (
            "GET",
            "/scim/v2/Users?filter=userName%20eq%20%22mia%40corp.test%22&startIndex=1&count=100",
            None,
            token,
        ),
        ("POST", "/scim/v2/Users", {"userName": "Ångström"}, json),
        ("POST", "/scim/v2/Users/.search", b"", token),
        ("POST", "/scim/v2/Users", None, token),
        ("PUT", "/scim/v2/Users/1", {"active": True}, {**json, "x-same": "theirs"}),
        ("PATCH", "/scim/v2/Groups/a-b_c~d", {"Operations": []}, json),
        ("DELETE", "/scim/v2/Users/1", None, token),
        ("GET", "/scim/v2/Users/with space/and'quote'[1]", None, token),
        ("GET", "/scim/v2/a/../b/./c", None, token),
        ("GET", "/?q=ä", None, token),
        ("OPTIONS", "/scim/v2//twice", None, {}),
    ]
    ours = await sent(monkeypatch, frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}), asked)
    theirs = await sent(monkeypatch, frozenset(), asked)
    assert ours == theirs


async def asked(says: Says, *, method: str = "GET", times: int = 1, **given: Any) -> tuple[Any, int]:
    """The last answer, and how many connections were made for all of them."""
    outbound = Outbound({}, **given)
    async with receiving(says) as server:
        try:
            for _ in range(times):
                came = await outbound.send(method, server.url)
            return came, server.connections
        finally:
            await outbound.close()


@pytest.mark.parametrize(
    ("raw", "status", "body"),
    [
        pytest.param(answer(307, Location="http://127.0.0.1:1/"), 307, b"", id="a redirect, not followed"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            204,
            b"",
            id="an interim answer first",
        ),
        pytest.param(
            b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n4\r\na":1\r\n1\r\n}\r\n0\r\n\r\n',
            200,
            b'{"a":1}',
            id="chunks",
        ),
        pytest.param(answer(200, gzip.compress(b"{}"), Content_Encoding="gzip"), 200, b"{}", id="gzip"),
        pytest.param(answer(200, zlib.compress(b"{}"), Content_Encoding="deflate"), 200, b"{}", id="deflate"),
        pytest.param(
            answer(200, zlib.compress(b"{}")[2:-4], Content_Encoding="deflate"),
            200,
            b"{}",
            id="deflate without frame",
        ),
        pytest.param(answer(200, b"{}", Content_Encoding="identity"), 200, b"{}", id="as it is"),
    ],
)
async def test_what_comes_back(raw: bytes, status: int, body: bytes) -> None:
    came, _ = await asked(lambda _: raw)
    assert (came.status, came.body) == (status, body)


async def test_a_body_that_ends_with_the_connection() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    outbound = Outbound({})
    came = await outbound.send("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert came.body == b"x" * 100_000
    await outbound.close()
    server.close()


@pytest.mark.parametrize(
    ("says", "words"),
    [
        pytest.param(b"nonsense\r\n\r\n", "no HTTP", id="no HTTP"),
        pytest.param(None, "closed without an answer", id="hangs up"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 400_000, "broke off", id="an endless head"),
        pytest.param(30.0, "within 0 seconds", id="hangs"),
        pytest.param(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
            "",
            id="another protocol",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart",
            "within 0 seconds",
            id="a part, then silence",
        ),
        pytest.param(answer(200, b"x" * 2_000_000), "longer than 1 MiB", id="too long"),
        pytest.param(
            answer(200, gzip.compress(b"x" * 2_000_000), Content_Encoding="gzip"),
            "longer than 1 MiB",
            id="a bomb",
        ),
        pytest.param(
            answer(200, b"xx", Content_Encoding="gzip"), "cannot be unpacked", id="not packed at all"
        ),
    ],
)
async def test_no_answer_is_told_in_words(says: bytes | float | None, words: str) -> None:
    with pytest.raises(NoAnswer) as fault:
        await asked(lambda _: says, timeout=0.4, longest_answer=1 << 20)
    assert words in str(fault.value)


async def test_an_answer_that_drips_ends_at_last() -> None:
    has_ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            writer.transport.abort()
            has_ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    outbound = Outbound({}, timeout=5.0, longest_seconds=0.5)
    with pytest.raises(NoAnswer, match="not complete after"):
        await outbound.send("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await outbound.close()
    await asyncio.wait_for(has_ended.wait(), 10)
    server.close()


async def test_connections_are_kept_and_no_more_than_allowed() -> None:
    _, connections = await asked(lambda _: answer(200, b"{}"), times=5)
    assert connections == 1
    outbound = Outbound({}, connections=3)
    async with receiving(lambda came: answer(200, came.body)) as server:
        bodies = [b"%d" % number for number in range(40)]
        found = await asyncio.gather(*(outbound.send("POST", server.url, body) for body in bodies))
        assert [one.body for one in found] == bodies
        assert server.connections <= 3
    await outbound.close()


@pytest.mark.parametrize(("method", "is_asked_again"), [("GET", True), ("POST", False), ("PATCH", False)])
async def test_a_connection_closed_without_a_word(method: str, is_asked_again: bool) -> None:
    """What changes something may have been done: whoever asked looks before it is said again."""
    came = 0

    def says(_: object) -> bytes | None:
        nonlocal came
        came += 1
        return None if came == 2 else answer(200, b"{}")

    if is_asked_again:
        _, connections = await asked(says, method=method, times=2)
        assert (came, connections) == (3, 2)
    else:
        with pytest.raises(NoAnswer, match="without an answer"):
            await asked(says, method=method, times=2)
        assert came == 2


async def test_who_is_cancelled_leaves_no_half_read_connection() -> None:
    waits = [True]
    outbound = Outbound({})
    async with receiving(lambda came: 0.3 if waits and waits.pop() else answer(200, came.body)) as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await outbound.send("POST", server.url, b"first")
        assert (await outbound.send("POST", server.url, b"second")).body == b"second"
        assert server.connections == 2
    await outbound.close()


async def test_who_is_cancelled_in_the_turn_in_which_the_answer_came() -> None:
    """Nobody reads it any more: the connection is not kept, and none stays open."""
    outbound = Outbound({})
    async with receiving(lambda came: answer(200, came.body)) as server:
        for number in range(5):
            task = asyncio.create_task(outbound.send("POST", server.url, b"%d" % number))
            await server.has(number + 1)
            while not task.done():
                await asyncio.sleep(0)
                task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert (await outbound.send("POST", server.url, b"last")).body == b"last"
    await outbound.close()


@pytest.mark.parametrize("split", [False, True])
async def test_a_second_answer_is_nobodys(split: bool) -> None:
    first, second = answer(200, b"ok"), answer(500, b"evil", Retry_After="9")
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                asked.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(first + (second[:20] if split else second))
                await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    outbound = Outbound({})
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    for _ in range(3):
        came = await outbound.send("GET", url)
        assert (came.status, came.body, came.headers.get("retry-after")) == (200, b"ok", None)
    assert len(asked) == 3
    await outbound.close()
    server.close()


async def test_trailers_are_no_headers_and_end() -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    came, _ = await asked(lambda _: chunks + b"Content-Encoding: gzip\r\nRetry-After: 9\r\n\r\n")
    assert (came.body, came.headers.get("retry-after")) == (b"{}", None)
    with pytest.raises(NoAnswer, match="does not end"):
        await asked(lambda _: chunks + b"X: " + b"y" * 400_000)


@pytest.mark.parametrize("value", ["Bearer x\r\nX-Evil: 1", "Bearer x\r", "Bearer x\n", "Bearer \0"])
async def test_a_header_is_one_line(value: str) -> None:
    outbound = Outbound({})
    async with receiving() as server:
        with pytest.raises(NoAnswer) as told:
            await outbound.send("GET", server.url, None, {"Authorization": value})
        assert "Authorization" in str(told.value)
        assert "Bearer" not in str(told.value)
        assert server.came == []
    await outbound.close()


async def test_an_answer_without_length_that_breaks_is_none() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\n\r\n{"half":')
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    outbound = Outbound({})
    with pytest.raises(NoAnswer):
        await outbound.send("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await outbound.close()
    server.close()


async def test_nothing_listens() -> None:
    outbound = Outbound({})
    with pytest.raises(NoAnswer, match=r"No connection to 127.0.0.1: refused"):
        await outbound.send("GET", "http://127.0.0.1:9/")
    await outbound.close()


async def test_certificates_count_whatever_was_asked_before() -> None:
    outbound = Outbound({}, timeout=0.5)
    async with receiving(lambda _: answer(200, b"{}")) as server:
        assert (await outbound.send("GET", server.url)).status == 200
        with pytest.raises(NoAnswer):
            await outbound.send("GET", server.url.replace("http:", "https:"))
        assert len(server.came) == 1, "nothing was sent in clear"
    await outbound.close()


async def test_a_certificate_that_nobody_knows_is_refused(tmp_path: Any) -> None:
    pair = new_key_pair("127.0.0.1", datetime(2026, 1, 1, tzinfo=UTC))
    file = tmp_path / "pair.pem"
    file.write_text(pair.private_key + pair.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    outbound = Outbound({}, timeout=5.0)
    with pytest.raises(NoAnswer, match="certificate"):
        await outbound.send("GET", f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await outbound.close()
    server.close()


@pytest.mark.parametrize(
    "url",
    ["http://ä.test/", "http://mia:x@corp.test/", "http://corp.test/a b", "ftp://corp.test/", "http://corp.test/a/../b",
     "http://corp.test", "http://corp.test:x/", "http://corp.test/#top", "http://[::1/", 'http://corp.test/"'],
)  # fmt: skip
def test_what_is_unusual_goes_by_the_general_client(url: str) -> None:
    assert plain(url) is None


def test_where_an_address_leads() -> None:
    assert plain("https://[::1]:8443/scim/v2?a=b") == ((True, "::1", 8443, "[::1]:8443"), "/scim/v2?a=b")
    assert plain("http://corp.test:80/") == ((False, "corp.test", 80, "corp.test"), "/")
