"""Headers without end and requests that never end: the client is cut off, others are answered."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.served import HOST, Hand
from vestibule.web import patience
from vestibule.web.server import Listening, open_socket, server

_MIB = 1024 * 1024


def _pour(port: int, beginning: bytes, piece: bytes, pieces: int) -> bytes:
    """Send until the server hangs up; what it said."""
    with socket.create_connection((HOST, port), timeout=30) as connection:
        try:
            connection.sendall(beginning)
            for _ in range(pieces):
                connection.sendall(piece)
            return connection.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            return b"closed"


def test_one_header_without_end(hand: Hand) -> None:
    said = _pour(hand.port, b"GET /scim/v2/Users HTTP/1.1\r\nX-Long: ", b"x" * _MIB, 64)
    assert said == b"closed" or said.startswith(b"HTTP/1.1 431 ")
    assert hand("GET", "/Users?count=0").status == 200


def test_headers_without_end(hand: Hand) -> None:
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(100_000))
    said = _pour(hand.port, b"GET /scim/v2/Users HTTP/1.1\r\n", lines, 32)
    assert said == b"closed" or said.startswith(b"HTTP/1.1 431 ")
    assert hand("GET", "/Users?count=0").status == 200


def test_a_long_head_is_read(hand: Hand) -> None:
    assert hand("GET", "/Users?count=0", headers={"X-Long": "x" * 60_000}).status == 200


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /scim/v2/Users HTTP/1.1\r\nX-A:", id="half a head"),
        pytest.param(
            b"POST /scim/v2/Users HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
            id="half a body",
        ),
    ],
)
async def test_who_never_ends_a_request_is_cut_off(monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.2)
    async with _served() as port:
        reading, writing = await asyncio.open_connection(HOST, port)
        writing.write(beginning)
        with suppress(ConnectionResetError):
            await asyncio.wait_for(reading.read(), 10)
        writing.close()


async def test_a_request_under_way_does_not_keep_the_server_from_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "LAST_SECONDS", 0.2)
    async with asyncio.timeout(10), _served() as port:
        _reading, writing = await asyncio.open_connection(HOST, port)
        writing.write(b"POST /slow HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
        await asyncio.sleep(0.1)
    writing.close()


@asynccontextmanager
async def _served() -> AsyncIterator[int]:
    """The port of a server that reads bodies to their end."""

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        message = await receive()
        while message.get("more_body"):
            message = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    listening = Listening(HOST, 0)
    bound = open_socket(listening)
    ready = asyncio.Event()
    running = server(reads, listening, on_ready=ready.set)
    running.config.lifespan = "off"
    task = asyncio.create_task(running.serve(sockets=[bound]))
    await ready.wait()
    try:
        yield bound.getsockname()[1]
    finally:
        running.should_exit = True
        await task
