"""One keep-alive connection of the load client, and the answer that is coming in on it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from bench.call import HOST, Call

#: Seconds a complete answer may take.
PATIENCE = 120.0
#: Longer bodies are counted, not kept.
KEPT = 512 * 1024
_CHUNK = 256 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.I)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.I)


class ConnectionLost(ConnectionError):
    """The server closed a connection on which an answer was due."""


@dataclass(slots=True)
class Script:
    """What one lane sends; with ``pace`` one call every so many seconds, late answers or not."""

    calls: Iterator[Call]
    pace: float | None = None


class Lane:
    """One keep-alive connection and the call that is under way on it."""

    __slots__ = (
        "_body", "_chunked",  "_head", "_missing", "_port", "_size", "_status", "_tail",
        "answer", "call", "calls", "closes", "due", "pace", "sent_at", "sock",
    )  # fmt: skip

    _body: list[bytes]
    _chunked: bool
    _head: bytes
    _missing: int
    _size: int
    _status: int
    _tail: bytes

    def __init__(self, port: int, script: Script) -> None:
        self._port = port
        self.calls = script.calls
        self.pace = script.pace
        self.due = 0.0
        self.call: Call | None = None
        self.sent_at = 0.0
        self.answer: tuple[int, bytes, int] = (0, b"", 0)
        self.sock = self._connect()
        self.closes = False
        self._begin_answer()

    def fileno(self) -> int:
        """For the selector."""
        return self.sock.fileno()

    def send_next(self, now: float) -> bool:
        """Send the script's next call; False at its end."""
        call = next(self.calls, None)
        self.call = call
        if call is None:
            return False
        self.sent_at = now
        sent = self.sock.send(call.wire)
        if sent < len(call.wire):
            self.sock.settimeout(PATIENCE)
            self.sock.sendall(call.wire[sent:])
            self.sock.setblocking(False)
        return True

    def take(self) -> bool:
        """Read what has come; True once the answer is complete (``answer``: status, body, size)."""
        data = self.sock.recv(_CHUNK)
        if not data:
            raise ConnectionLost(f"the server closed the connection during: {self.call and self.call.kind}")
        if self._status == 0:
            data = self._head + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
                return False
            length = self._read_head(data, end + 2)
            data = data[end + 4 :]
            if len(data) == length:
                self.answer = (self._status, data, length)
                self._status = 0
                self._head = b""
                return True
        return self._take_more(data)

    def _take_more(self, data: bytes) -> bool:
        self._size += len(data)
        if self._size <= KEPT:
            self._body.append(data)
        if self._chunked:
            self._tail = (self._tail + data)[-7:]
            complete = self._tail.endswith(b"\r\n0\r\n\r\n") or self._tail == b"0\r\n\r\n"
        else:
            self._missing -= len(data)
            complete = self._missing <= 0
        if complete:
            self.answer = (self._status, b"".join(self._body), self._size)
            self._begin_answer()
        return complete

    def reconnect(self) -> None:
        """Open a new connection: the answer said that this one ends."""
        self.sock.close()
        self.sock = self._connect()
        self.closes = False

    def _read_head(self, data: bytes, end: int) -> int:
        """The length of the body, -1 where only its end will tell."""
        self._status = int(data[9:12])
        self.closes = _CLOSE.search(data, 0, end) is not None
        length = _LENGTH.search(data, 0, end)
        if length is not None:
            self._missing = int(length[1])
            return self._missing
        self._chunked = _CHUNKED.search(data, 0, end) is not None
        return -1 if self._chunked else 0

    def _begin_answer(self) -> None:
        self._head = b""
        self._tail = b""
        self._status = 0
        self._missing = 0
        self._size = 0
        self._chunked = False
        self._body = []

    def _connect(self) -> socket.socket:
        sock = socket.create_connection((HOST, self._port), timeout=PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        return sock
