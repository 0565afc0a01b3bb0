"""Reads that the database answers at once are answered without a task.

A lookup takes some thirty microseconds and waits for nothing; uvicorn's way through a scope, a
task and two messages takes half as long again. So a GET that has arrived whole is begun here, in
the callback that received it. Where it does wait (a long list), it goes on as a task of uvicorn's
like every other request, in its place among those that the client pipelined.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator, Mapping
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

from vestibule.web.exchange import Exchange, Reply
from vestibule.web.one_write import OneWriteProtocol

#: What the library sends as the first line.
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
#: A request with one of these is not whole with its head, or wants more than an answer.
_MORE_TO_COME = (b"content-length", b"transfer-encoding", b"expect", b"upgrade")

Answered = tuple[Exchange, Reply]


class AnswersAtOnce(Protocol):
    """An application whose reads may be begun outside a task."""

    def begin(
        self, method: str, path: str, query_string: bytes, headers: Mapping[bytes, bytes]
    ) -> Coroutine[Any, Any, Answered] | None:
        """The answer to a request without body, to be driven by whoever asks; None where it cannot yet."""
        ...

    def head(self, exchange: Exchange, reply: Reply) -> list[tuple[bytes, bytes]]:
        """The headers of that answer."""
        ...

    async def send(self, exchange: Exchange, reply: Reply, send: Callable[..., Any]) -> None:
        """Send that answer to an ASGI server."""
        ...


class AtOnceProtocol(OneWriteProtocol):
    """uvicorn's protocol with a shorter way for reads; ``config.app`` may be ``AnswersAtOnce``."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        application: Any = self.config.app
        self._application: AnswersAtOnce | None = application if hasattr(application, "begin") else None
        self._begun: Coroutine[Any, Any, Answered] | None = None
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

    def on_message_begin(self) -> None:
        """A request line begins; a scope is made only for what goes uvicorn's way."""
        self.url = b""
        self.headers = []
        self.scope = None  # type: ignore[assignment]
        self._begun = None
        self.is_whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._begun = self._begin()
        if self._begun is None:
            self._go_the_long_way()

    def on_message_complete(self) -> None:
        """The request is whole."""
        begun = self._begun
        if begun is None:
            super().on_message_complete()
            return
        self.is_whole = True
        self._heard = self.loop.time()
        try:
            waiting = begun.send(None)
        except StopIteration as done:
            exchange, reply = done.value
            if isinstance(reply.body, bytes):
                self._write(exchange, reply)
                return
            begun, waiting = _answered(exchange, reply), None
        self._begun = None
        self._go_on_as_task(begun, waiting)

    def _begin(self) -> Coroutine[Any, Any, Answered] | None:
        """The answer's coroutine where the request is a plain GET and nothing stands before it."""
        parser = self.parser
        cycle = self.cycle
        if (
            self._application is None
            or parser.get_method() != b"GET"
            or (cycle is not None and not cycle.response_complete)
            or self.flow.write_paused
            or not parser.should_keep_alive()
            or parser.get_http_version() != "1.1"
            or self.transport.is_closing()
        ):
            return None
        headers = dict(self.headers)
        url = self.url
        if (
            url[:1] != b"/"
            or b"#" in url
            or not url.isascii()
            or any(name in headers for name in _MORE_TO_COME)
        ):
            return None
        raw_path, _, query = url.partition(b"?")
        path = raw_path.decode("ascii")
        return self._application.begin("GET", unquote(path) if "%" in path else path, query, headers)

    def _go_the_long_way(self) -> None:
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def _go_on_as_task(self, begun: Coroutine[Any, Any, Answered], waiting: Any) -> None:
        """It waits for something: from here on it is a request of uvicorn's like any other."""
        assert self._application is not None
        send_answer = self._application.send

        async def going_on(_scope: object, _receive: object, send: Callable[..., Any]) -> None:
            exchange, reply = await _resumed(begun, waiting)
            await send_answer(exchange, reply, send)

        application = self.app
        self.app = going_on
        try:
            self._go_the_long_way()
        finally:
            self.app = application
        super().on_message_complete()

    def _write(self, exchange: Exchange, reply: Reply) -> None:
        assert self._application is not None
        parts = [_STATUS_LINES[reply.status]]
        for name, value in self.server_state.default_headers:
            parts += (name, b": ", value, b"\r\n")
        for name, value in self._application.head(exchange, reply):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n", bytes(reply.body))
        self.transport.write_now(b"".join(parts))  # type: ignore[attr-defined]
        self.server_state.total_requests += 1

    def _close_idle(self) -> None:
        """Nothing came for as long as a connection is kept; uvicorn's own timer knows its own answers alone."""
        rest = self._heard + self.timeout_keep_alive - self.loop.time()
        busy = self.cycle is not None and not self.cycle.response_complete
        if rest <= 0 and not busy and self.timeout_keep_alive_task is None and self.is_whole:
            self.transport.close()
        else:
            self._idle = self.loop.call_later(max(rest, 1.0), self._close_idle)


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
