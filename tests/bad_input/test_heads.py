"""Headers without end: the connection is closed, others are answered."""

from __future__ import annotations

import socket

from tests.served import HOST, Hand

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
