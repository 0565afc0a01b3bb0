"""One connection that speaks HTTP/1.1, one request at a time: what the webhooks and the engine send by."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import httptools

from vestibule.connectors.answer import NoAnswer

_INTERIM = 200


class BrokeOff(NoAnswer):
    """The connection gave no whole answer, or none that is HTTP."""


class Wire(asyncio.Protocol, ABC):
    """What came stands in ``status``, ``headers`` (by their names in lower case) and ``body``.

    Who makes one of it says what is kept of a body, what time-outs mean, and whether an answer that was cut counts.
    """

    #: So many bytes may come before a body, or behind one.
    longest_head = 256 * 1024

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[bool] | None = None
        self.is_open = False
        #: Whether another request may follow on it.
        self.may_stay = False
        self.idle_since = 0.0
        self.read = 0

    async def ask(self, request: bytes, seconds: float) -> bool:
        """Whether an answer came; False where the connection was cut before any of it. Raises NoAnswer.

        ``out_of_time`` is called after so many seconds.
        """
        assert self._transport is not None
        self.may_stay = False
        self.status = self.read = self._beside_the_body = 0
        self._is_over = False
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self._parser = httptools.HttpResponseParser(self)
        self._waiter = self._loop.create_future()
        self._timer = self._loop.call_later(seconds, self.out_of_time)
        try:
            self._transport.write(request)
            return await self._waiter
        except BaseException:
            self.close()  # though the answer may have come in the very turn in which nobody waits any more
            raise
        finally:
            self._timer.cancel()
            self._waiter = None
            self.idle_since = self._loop.time()
            if not self.may_stay:
                self.close()

    def close(self) -> None:
        """Hang up."""
        self.is_open = self.may_stay = False
        if self._transport is not None:
            self._transport.abort()

    @abstractmethod
    def out_of_time(self) -> None:
        """The time is over."""

    @abstractmethod
    def counts_when_cut(self, fault: Exception | None) -> bool:
        """Whether an answer of which the head is there counts although the connection ended, or broke by ``fault``."""

    def look_again(self, seconds: float) -> None:
        """Have ``out_of_time`` called once more, so much later."""
        self._timer = self._loop.call_later(seconds, self.out_of_time)

    def settle(self) -> None:
        """What is there is the answer."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(True)

    def fail(self, fault: NoAnswer) -> None:
        """There is no answer."""
        self.may_stay = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(fault)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            self.close()  # nobody asked
            return
        self.read += len(data)
        self._beside_the_body += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.fail(BrokeOff("What came back is no HTTP."))
            return
        if self._beside_the_body > self.longest_head:
            self.fail(BrokeOff("The head of the answer does not end."))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = self.may_stay = False
        if self._waiter is None or self._waiter.done():
            return
        if self.status and self.counts_when_cut(exc):
            self.settle()
        elif self.read:
            self.fail(BrokeOff("It was cut in the middle of the answer."))
        else:
            self._waiter.set_result(False)

    def on_message_begin(self) -> None:
        if self._is_over:
            self.may_stay = False  # a second answer, to nothing that was asked

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status:
            return  # a trailer, or somebody else's
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self._is_over:
            return
        status = self._parser.get_status_code()
        if status >= _INTERIM:
            self.status = status
        else:
            self.headers = {}

    def on_body(self, body: bytes) -> None:
        if not self._is_over:
            self._beside_the_body = 0
            self.keep(body)

    def keep(self, body: bytes) -> None:
        """Another piece of the body."""
        self.body += body

    def on_message_complete(self) -> None:
        if self.status and not self._is_over:
            self._is_over = True
            self.may_stay = self.is_open and self._parser.should_keep_alive()
            self.settle()


def in_words(error: Exception) -> str:
    """Why a connection was not made."""
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
