"""Requests that arrive whole are answered without a task as far as they wait for nothing.

A lookup takes some thirty microseconds and waits for nothing; uvicorn's way through a scope, a
task and two messages takes half as long again. So a request that has arrived whole is begun here,
in the callback that received it. Where it does wait (for a commit, or a long list), a task goes on
with it; those that the client pipelined behind it wait in uvicorn's queue. Everything unusual, and
every body that comes in pieces, goes uvicorn's way altogether.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Coroutine, Generator, Mapping
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

from vestibule.directory.pieces import Pieces
from vestibule.web.exchange import Exchange, Reply
from vestibule.web.one_write import OneWriteProtocol

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_METHODS = frozenset((b"GET", b"POST", b"PUT", b"PATCH", b"DELETE"))
#: A request with one of these has no plain body, or wants more than an answer.
_UNUSUAL = frozenset((b"transfer-encoding", b"expect", b"upgrade"))
#: Larger bodies come in pieces anyway; every limit on a body is above this.
_MOST_BODY = 32 * 1024

Answered = tuple[Exchange, Reply]


class AnswersAtOnce(Protocol):
    """An application whose answers may be begun outside a task."""

    def begin(
        self, method: str, path: str, query_string: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> Coroutine[Any, Any, Answered] | None:
        """The answer to a whole request, to be driven by whoever asks; None where it cannot yet."""
        ...

    def head(self, exchange: Exchange, reply: Reply) -> list[tuple[bytes, bytes]]:
        """The headers of that answer."""
        ...


class AtOnceProtocol(OneWriteProtocol):
    """uvicorn's protocol with a shorter way for whole requests; ``config.app`` may be ``AnswersAtOnce``."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        application: Any = self.config.app
        self._application: AnswersAtOnce | None = application if hasattr(application, "begin") else None
        #: The headers of a request that may go the short way, while its body comes.
        self._arriving: dict[bytes, bytes] | None = None
        self._body = b""
        self._heard = 0.0
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._heard = self.loop.time()
        self._idle = self.loop.call_later(self.timeout_keep_alive, self._close_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._idle is not None:
            self._idle.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        super().data_received(data)
        if self._arriving is not None:
            self._go_the_long_way()

    def on_message_begin(self) -> None:
        """A request line begins; a scope is made only for what goes uvicorn's way."""
        self.url = b""
        self.headers = []
        self.scope = None  # type: ignore[assignment]
        self._arriving = None
        # What a request brought must never stand before the next one's.
        self._body = b""
        self.is_whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        headers = dict(self.headers)
        if self._is_usual(headers):
            self._arriving = headers
            self._body = b""
        else:
            self._go_the_long_way()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if self._arriving is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        """The request is whole."""
        headers, self._arriving = self._arriving, None
        begun = self._begun(headers) if headers is not None else None
        if begun is None:
            if headers is not None:
                self._go_the_long_way()
            super().on_message_complete()
            return
        self.is_whole = True
        self._heard = self.loop.time()
        try:
            waiting = begun.send(None)
        except StopIteration as done:
            exchange, reply = done.value
            if isinstance(reply.body, bytes):
                self.transport.write_now(self._head(exchange, reply) + reply.body)  # type: ignore[attr-defined]
                self.server_state.total_requests += 1
                return
            begun, waiting = _answered(exchange, reply), None
        self.cycle = answering = _Answering()  # type: ignore[assignment]
        task = self.loop.create_task(self._go_on(_resumed(begun, waiting), answering))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _is_usual(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the short way knows such a request, and nothing stands before it."""
        parser, cycle, length = self.parser, self.cycle, headers.get(b"content-length", b"0")
        return (
            self._application is not None
            and parser.get_method() in _METHODS
            and (cycle is None or cycle.response_complete)
            and not self.flow.write_paused
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and not self.transport.is_closing()
            and self.url[:1] == b"/"
            and b"#" not in self.url
            and self.url.isascii()
            and _UNUSUAL.isdisjoint(headers)
            and length.isdigit()
            and len(length) < 9
            and int(length) <= _MOST_BODY
        )

    def _begun(self, headers: Mapping[bytes, bytes]) -> Coroutine[Any, Any, Answered] | None:
        assert self._application is not None
        raw_path, _, query = self.url.partition(b"?")
        path = raw_path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        method = self.parser.get_method().decode("ascii")
        return self._application.begin(method, path, query, headers, self._body)

    def _go_the_long_way(self) -> None:
        self._arriving = None
        url, headers, body = self.url, self.headers, self._body
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()
        if body:
            self._body = b""
            super().on_body(body)

    async def _go_on(self, resumed: Awaitable[Answered], answering: _Answering) -> None:
        """It waits for something: from here on in a task."""
        try:
            exchange, reply = await resumed
            if not answering.disconnected:
                await self._send(exchange, reply, answering)
        except BaseException:
            answering.keep_alive = False  # half an answer must not be taken for a whole one
            raise
        finally:
            answering.response_complete = True
            if not answering.keep_alive:
                self.transport.close()
            self.on_response_complete()

    async def _send(self, exchange: Exchange, reply: Reply, answering: _Answering) -> None:
        head = self._head(exchange, reply)
        if isinstance(reply.body, bytes):
            self.transport.write_now(head + reply.body)  # type: ignore[attr-defined]
        else:
            await self._send_pieces(head, reply.body, answering)

    async def _send_pieces(self, head: bytes, pieces: Pieces, answering: _Answering) -> None:
        """A large answer, no faster than the client reads it."""
        self.transport.write_now(head)  # type: ignore[attr-defined]
        for piece in pieces:
            if self.flow.write_paused:
                await self.flow.drain()
            if answering.disconnected:
                return
            self.transport.write(piece)

    def _head(self, exchange: Exchange, reply: Reply) -> bytes:
        assert self._application is not None
        parts = [_STATUS_LINES[reply.status]]
        for name, value in self.server_state.default_headers:
            parts += (name, b": ", value, b"\r\n")
        for name, value in self._application.head(exchange, reply):
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"\r\n")
        return b"".join(parts)

    def _close_idle(self) -> None:
        """Nothing came for as long as a connection is kept; uvicorn's own timer knows its own answers alone."""
        rest = self._heard + self.timeout_keep_alive - self.loop.time()
        busy = self.cycle is not None and not self.cycle.response_complete
        if rest <= 0 and not busy and self.timeout_keep_alive_task is None and self.is_whole:
            self.transport.close()
        else:
            self._idle = self.loop.call_later(max(rest, 1.0), self._close_idle)


class _Answering:
    """What uvicorn's protocol wants to know of the request under way."""

    __slots__ = ("disconnected", "keep_alive", "message_event", "more_body", "response_complete", "scope")

    def __init__(self) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.more_body = False
        self.scope = None
        self.message_event = _NOBODY_WAITS


class _NobodyWaits:
    """The request is whole: nobody waits for more of it."""

    def set(self) -> None:
        """Nothing to do."""


_NOBODY_WAITS = _NobodyWaits()


async def _answered(exchange: Exchange, reply: Reply) -> Answered:
    return exchange, reply


@types.coroutine
def _resumed(begun: Coroutine[Any, Any, Answered], waiting: Any) -> Generator[Any, Any, Answered]:
    """Drive a coroutine further that has begun; ``waiting`` is what it waits for."""
    while True:
        try:
            try:
                given = yield waiting
            except BaseException as error:
                waiting = begun.throw(error)
            else:
                waiting = begun.send(given)
        except StopIteration as done:
            answered: Answered = done.value
            return answered
