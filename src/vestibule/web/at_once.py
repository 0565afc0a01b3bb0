"""Requests that arrive whole are answered without a task as far as they wait for nothing.

A lookup takes some thirty microseconds and waits for nothing; uvicorn's way through a scope, a
task and two messages takes half as long again. So a request that has arrived whole is begun here,
in the callback that received it. Where it waits for a commit, it goes on behind that without one; where it
waits for anything else, a long list say, a task goes on with it. Those that the client pipelined behind it wait in
uvicorn's queue. Everything unusual, and every body that comes in pieces, goes uvicorn's way altogether.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Coroutine, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from vestibule.directory.pieces import Pieces
from vestibule.durable import Durable
from vestibule.web.begun import Answered, Answering, AnswersAtOnce, answered, resumed
from vestibule.web.errors import note_fault
from vestibule.web.exchange import Exchange, Reply, headers_by_name
from vestibule.web.lookup_at_once import Head
from vestibule.web.one_write import OneWriteProtocol

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_METHODS = frozenset((b"GET", b"POST", b"PUT", b"PATCH", b"DELETE"))
#: A request with one of these has no plain body, or wants more than an answer.
_UNUSUAL = frozenset((b"transfer-encoding", b"expect", b"upgrade"))
#: Larger bodies come in pieces anyway; every limit on a body is above this.
_MOST_BODY = 32 * 1024
#: What the parser allows in a first line, of what goes the short way.
_FIRST_LINE = re.compile(rb'(GET|POST|PUT|PATCH|DELETE) (/[!"$-~]*) HTTP/1\.1')
#: The length of a body, where a head announces one as plainly as clients do.
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: ?(\d{1,5})\r\n", re.I)
#: So many heads, each up to so long, are remembered of one connection.
_MOST_HEADS = 32
_LONGEST_HEAD = 2048
#: So many of the requests that came in one piece; the next one lets other connections have their turn.
_MOST_AT_ONCE = 32


class AtOnceProtocol(OneWriteProtocol):
    """uvicorn's protocol with a shorter way for whole requests; ``config.app`` may be ``AnswersAtOnce``."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        application: Any = self.config.app
        self._application: AnswersAtOnce | None = application if hasattr(application, "begin") else None
        #: The headers of a request that may go the short way, while its body comes.
        self._arriving: dict[bytes, bytes] | None = None
        self._body = b""
        self._left = 0
        #: Heads behind the first line that the parser has read before, byte by byte, with their headers and the length of the
        #: body that they announce: a client says the same in each request, and reading it anew takes a tenth of a lookup.
        self._heads: dict[bytes, Head] = {}
        self._said: list[tuple[bytes, bytes]] | None = None
        self._beginnings: dict[int, bytes] = {}
        #: The headers of the last request that the parser read, and that went the short way.
        self._usual: dict[bytes, bytes] | None = None

    def read(self, data: bytes | memoryview) -> None:
        """Hand on what came; what is not whole by its end goes the long way."""
        self._left = _MOST_AT_ONCE
        if not self.is_whole or not isinstance(data, bytes):
            self._parse(data)
            return
        line_ends = data.find(b"\r\n")
        head_ends = data.find(b"\r\n\r\n") + 4
        head = data[line_ends:head_ends]
        announced = None
        if data[:3] != b"GET" and (announced := _CONTENT_LENGTH.search(head)) is not None:
            # Bodies differ in length; what else is said is the same in each.
            head = head[: announced.start(1)] + head[announced.end(1) :]
        line = _FIRST_LINE.fullmatch(data, 0, line_ends) if line_ends > 0 and head_ends > line_ends else None
        known = self._heads.get(head)
        if line is None or len(data) - head_ends > _MOST_BODY or not self._is_free():
            self._parse(data)
        elif known is None:
            self._usual = None
            self._parse(data)
            if self._usual is not None and len(head) <= _LONGEST_HEAD:
                self._remember(head, self._usual, len(data) - head_ends, varies=announced is not None)
        elif (headers := known.said(announced, len(data) - head_ends)) is None or (
            not self._look_up(line[1], line[2], known)
            and not self._answer(line[1].decode(), line[2], headers, data[head_ends:])
        ):
            self._parse(data)

    def _parse(self, data: bytes | memoryview) -> None:
        super().read(data)
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
        headers = headers_by_name(self.headers)
        if self._is_usual(headers):
            self._arriving = headers
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
        if headers is None:
            super().on_message_complete()
        elif self._answer(self.parser.get_method().decode("ascii"), self.url, headers, self._body):
            self._usual = headers
        else:
            self._go_the_long_way()
            super().on_message_complete()

    def _answer(self, method: str, url: bytes, headers: dict[bytes, bytes], body: bytes) -> bool:
        """Begin the answer to a whole request; False where it must go the long way."""
        begun = self._begun(method, url, headers, body)
        if begun is None:
            return False
        self.arrived()
        self._left -= 1
        try:
            waiting = begun.send(None)
        except StopIteration as done:
            exchange, reply = done.value
            if isinstance(reply.body, bytes):
                self.transport.write_soon(self._head(exchange, reply) + reply.body)  # type: ignore[attr-defined]
                self.server_state.total_requests += 1
                return True
            begun, waiting = answered(exchange, reply), None
        if type(waiting) is Durable:
            self._wait_for_commit(waiting, begun)
        else:
            self._wait_for(resumed(begun, waiting))
        return True

    def _look_up(self, method: bytes, url: bytes, head: Head) -> bool:
        """Answer a plain lookup; False, and nothing done, where it is none."""
        if method != b"GET" or head.length:
            return False
        answer = self._application.lookup(url, head)  # type: ignore[union-attr]
        if answer is None:
            return False
        self.arrived()
        self._left -= 1
        if isinstance(answer, bytes):
            self.transport.write_soon(self._beginning(200) + answer)  # type: ignore[attr-defined]
            self.server_state.total_requests += 1
        else:
            self._wait_for(self._looked_up(answer, url, head))
        return True

    async def _looked_up(self, looking: Awaitable[bytes | None], url: bytes, head: Head) -> Answered | bytes:
        """The answer of the short way, else of the general one."""
        answer = await looking
        if answer is not None:
            return answer
        begun = self._begun("GET", url, head.headers, b"")
        assert begun is not None, "lookups are SCIM requests"
        return await begun

    def _wait_for(self, begun: Awaitable[Answered | bytes]) -> None:
        """Have a task go on with it."""
        self.cycle = answering = Answering()  # type: ignore[assignment]
        self._go_on_in_task(begun, answering)

    def _go_on_in_task(self, begun: Awaitable[Answered | bytes], answering: Answering) -> None:
        task = self.loop.create_task(self._go_on(begun, answering))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _wait_for_commit(self, commit: Durable[Any], begun: Coroutine[Any, Any, Answered]) -> None:
        """Go on behind a commit without a task: nearly always the answer is all that is left."""
        self.cycle = answering = Answering()  # type: ignore[assignment]
        commit._asyncio_future_blocking = False  # as a task does that has seen whom it waits for
        commit.add_done_callback(partial(self._committed, begun, answering))

    def _committed(
        self, begun: Coroutine[Any, Any, Answered], answering: Answering, commit: Durable[Any]
    ) -> None:
        left: Awaitable[Answered] | None = None
        try:
            left = self._sent_or_left(begun, answering)
        except Exception as fault:
            self._failed(fault, answering)
        except BaseException:
            answering.keep_alive = False
            raise
        finally:
            if left is None:
                self._ended(answering)
        if left is not None:
            self._go_on_in_task(left, answering)

    def _sent_or_left(
        self, begun: Coroutine[Any, Any, Answered], answering: Answering
    ) -> Awaitable[Answered] | None:
        """Go on with it and send the answer; what is left where it waits again, or is sent in pieces."""
        try:
            return resumed(begun, begun.send(None))
        except StopIteration as done:
            exchange, reply = done.value
        if not isinstance(reply.body, bytes):
            return answered(exchange, reply)
        if not self.transport.is_closing():
            self._send_whole(exchange, reply, reply.body, answering)
        return None

    def _is_free(self) -> bool:
        """Whether nothing stands before the next answer."""
        cycle = self.cycle
        return (
            self._application is not None
            and (cycle is None or cycle.response_complete)
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _is_usual(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the short way knows such a request, and nothing stands before it."""
        parser, length = self.parser, headers.get(b"content-length", b"0")
        return (
            self._left > 0
            and self._is_free()
            and parser.get_method() in _METHODS
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and self.url[:1] == b"/"
            and b"#" not in self.url
            and self.url.isascii()
            and _UNUSUAL.isdisjoint(headers)
            and length.isdigit()
            and len(length) < 9
            and int(length) <= _MOST_BODY
        )

    def _remember(self, head: bytes, headers: dict[bytes, bytes], length: int, *, varies: bool) -> None:
        """Keep what the parser made of a head, where it ended where it seems to: all behind it was the one body."""
        if length != int(headers.get(b"content-length", b"0")):
            return
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        self._heads[head] = Head(headers, length, varies)

    def _begun(
        self, method: str, url: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> Coroutine[Any, Any, Answered] | None:
        assert self._application is not None
        raw_path, _, query = url.partition(b"?")
        path = raw_path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        return self._application.begin(method, path, query, headers, body)

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

    async def _go_on(self, begun: Awaitable[Answered | bytes], answering: Answering) -> None:
        """It waits for something: from here on in a task."""
        try:
            answer = await begun
            if self.transport.is_closing():
                return
            if isinstance(answer, bytes):
                last = b"" if answering.keep_alive else b"connection: close\r\n"
                answering.response_started = True
                self.transport.write_soon(self._beginning(200) + last + answer)  # type: ignore[attr-defined]
            else:
                await self._send(*answer, answering)
        except Exception as fault:
            self._failed(fault, answering)
        except BaseException:
            answering.keep_alive = False
            raise
        finally:
            self._ended(answering)

    def _failed(self, fault: Exception, answering: Answering) -> None:
        if answering.response_started:
            note_fault(fault, "")  # half an answer must not be taken for a whole one
            answering.keep_alive = False
        else:
            self.fail(fault)

    def _ended(self, answering: Answering) -> None:
        answering.response_complete = True
        if not answering.keep_alive:
            self.transport.close()
        self.on_response_complete()

    async def _send(self, exchange: Exchange, reply: Reply, answering: Answering) -> None:
        if isinstance(reply.body, bytes):
            self._send_whole(exchange, reply, reply.body, answering)
        else:
            head = self._head(exchange, reply, is_last=not answering.keep_alive)
            answering.response_started = True
            await self._send_pieces(head, reply.body)

    def _send_whole(self, exchange: Exchange, reply: Reply, body: bytes, answering: Answering) -> None:
        head = self._head(exchange, reply, is_last=not answering.keep_alive)
        answering.response_started = True
        self.transport.write_soon(head + body)  # type: ignore[attr-defined]

    async def _send_pieces(self, head: bytes, pieces: Pieces) -> None:
        """A large answer, no faster than the client reads it."""
        self.transport.write_now(head)  # type: ignore[attr-defined]
        for piece in pieces:
            if self.flow.write_paused:
                await self.flow.drain()
            if self.transport.is_closing():
                return
            self.transport.write(piece)

    def _beginning(self, status: int) -> bytes:
        """The first line of an answer, and what the server says in each; the clock makes that anew every second."""
        said = self.server_state.default_headers
        if said is not self._said:
            self._said, self._beginnings = said, {}
        beginning = self._beginnings.get(status)
        if beginning is None:
            lines = [b"%b: %b\r\n" % header for header in said]
            beginning = self._beginnings[status] = _STATUS_LINES[status] + b"".join(lines)
        return beginning

    def _head(self, exchange: Exchange, reply: Reply, *, is_last: bool = False) -> bytes:
        assert self._application is not None
        parts = [self._beginning(reply.status)]
        for name, value in self._application.head(exchange, reply):
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"connection: close\r\n\r\n" if is_last else b"\r\n")
        return b"".join(parts)
