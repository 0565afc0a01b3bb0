"""POSTs to addresses that others have named, many and cheap: what webhooks are sent by.

The general way out (``http.py``) costs 700 µs a request, most of it in layers that a signed POST
does not need; this one costs some 60 (measured on the same machine), and ten thousand addresses
share two cores with the SCIM requests. It speaks HTTP/1.1, follows no redirect, asks the address
guard for every connection, and reads of an answer what is shown of it and no more.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import httptools

from vestibule.connectors.address_guard import AddressGuard, AddressRefused, Place, place_of

#: The standard advises 15 to 30 seconds.
SECONDS = 15.0
CONNECT_SECONDS = 5.0
#: So much of an answer's body is kept to be shown.
LONGEST_ANSWER = 1024
#: An answer's head may be so long, and a body so much longer than what is kept before the line is cut.
_LONGEST_HEAD = 64 * 1024
_LONGEST_REST = 64 * 1024
_IDLE_SECONDS = 30.0
_MOST_IDLE = 256
_TRIED_ADDRESSES = 3


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a POST: a status, or in ``fault`` why there is none. ``answer`` is the beginning of the body."""

    status: int | None
    milliseconds: int
    retry_after: str = ""
    answer: bytes = b""
    fault: str = ""


class Posts:
    """Keeps connections alive for a while, a bounded number of them."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        seconds: float = SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = guard
        self._seconds = seconds
        self._connect_seconds = connect_seconds
        self._context = context
        self._idle: OrderedDict[_Wire, None] = OrderedDict()
        self._idle_at: dict[tuple[bool, str, int], list[_Wire]] = {}

    async def post(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Posted:
        """Send it; every ending is an answer, nothing is raised but cancellation."""
        begun = time.perf_counter()
        deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            place = place_of(url)
            wire = self._take(place)
            request = _request(place, headers, body)
            reused = wire is not None
            if wire is None:
                wire = await self._connect(place)
            answer = await wire.ask(request, deadline)
            if answer is None and reused:
                # The other side had hung up while nobody was talking: that says nothing of this request.
                wire = await self._connect(place)
                answer = await wire.ask(request, deadline)
        except (AddressRefused, _NoAnswer) as fault:
            return Posted(None, _since(begun), fault=str(fault))
        if answer is None:
            return Posted(None, _since(begun), fault=f"{place.host} closed the connection without an answer.")
        if wire.may_stay:
            self._put_back(wire)
        else:
            wire.close()
        status, retry_after, received = answer
        return Posted(status, _since(begun), retry_after, received)

    async def close(self) -> None:
        """Let all connections go."""
        for wire in list(self._idle):
            wire.close()
        self._idle.clear()
        self._idle_at.clear()

    def _take(self, place: Place) -> _Wire | None:
        waiting = self._idle_at.get((place.secure, place.host, place.port))
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while waiting:
            wire = waiting.pop()
            self._idle.pop(wire, None)
            if wire.is_open and wire.idle_since >= oldest:
                return wire
            wire.close()
        return None

    def _put_back(self, wire: _Wire) -> None:
        wire.idle_since = asyncio.get_running_loop().time()
        self._idle[wire] = None
        self._idle_at.setdefault(wire.key, []).append(wire)
        while self._idle and (
            len(self._idle) > _MOST_IDLE
            or next(iter(self._idle)).idle_since < wire.idle_since - _IDLE_SECONDS
        ):
            oldest, _ = self._idle.popitem(last=False)
            at = self._idle_at[oldest.key]
            at.remove(oldest)
            if not at:
                del self._idle_at[oldest.key]
            oldest.close()

    async def _connect(self, place: Place) -> _Wire:
        loop = asyncio.get_running_loop()
        addresses = await self._guard.addresses(place)
        fault = ""
        secure = self._secure() if place.secure else None
        for address in addresses[:_TRIED_ADDRESSES]:
            try:
                async with asyncio.timeout(self._connect_seconds):
                    _, wire = await loop.create_connection(
                        lambda: _Wire((place.secure, place.host, place.port), self._seconds),
                        address,
                        place.port,
                        ssl=secure,
                        server_hostname=place.host if secure else None,
                    )
                return wire
            except TimeoutError:
                fault = (
                    f"No connection to {place.host} ({address}) within {self._connect_seconds:.0f} seconds."
                )
            except ssl.SSLCertVerificationError as error:
                raise _NoAnswer(
                    f"The certificate of {place.host} was not accepted: {error.verify_message}."
                ) from None
            except (OSError, ssl.SSLError) as error:
                fault = f"No connection to {place.host} ({address}): {_in_words(error)}."
        raise _NoAnswer(fault)

    def _secure(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


class _NoAnswer(Exception):
    """In words, without anything secret."""


class _Wire(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, key: tuple[bool, str, int], patience: float) -> None:
        self.key = key
        self._patience = patience
        self.idle_since = 0.0
        self.is_open = False
        self.may_stay = False
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[tuple[int, str, bytes] | None] | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]
        self.is_open = True

    async def ask(self, request: bytes, deadline: float) -> tuple[int, str, bytes] | None:
        """Status, Retry-After and the beginning of the body; None where the line was cut before any of it came."""
        assert self._transport is not None
        self.may_stay = False
        self._status = 0
        self._retry_after = b""
        self._body = bytearray()
        self._read = 0
        self._parser = httptools.HttpResponseParser(self)
        self._waiter = self._loop.create_future()
        timer = self._loop.call_at(deadline, self._out_of_time)
        try:
            self._transport.write(request)
            return await self._waiter
        finally:
            timer.cancel()
            self._waiter = None
            if not self.may_stay:
                self.close()

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            self.close()
            return
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("What came back is no HTTP.")
            return
        if self._waiter is None or self._waiter.done():
            return
        if not self._status and self._read > _LONGEST_HEAD:
            self._fail("The head of the answer does not end.")
        elif self._status and self._read > _LONGEST_HEAD + _LONGEST_REST:
            self._answer()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self.may_stay = False
        if self._waiter is not None and not self._waiter.done():
            if self._status:
                self._answer()
            elif self._read:
                self._fail("The connection broke off in the middle of the answer.")
            else:
                self._waiter.set_result(None)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after":
            self._retry_after = value[:100]

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self._status = status

    def on_body(self, body: bytes) -> None:
        self._body += body[: LONGEST_ANSWER - len(self._body)]

    def on_message_complete(self) -> None:
        if self._status:
            self.may_stay = self.is_open and self._parser.should_keep_alive()
            self._answer()

    def _answer(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            told = (self._status, self._retry_after.decode("latin-1"), bytes(self._body))
            self._waiter.set_result(told)

    def _fail(self, sentence: str) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(_NoAnswer(sentence))

    def _out_of_time(self) -> None:
        if self._status:
            self._answer()
        else:
            self._fail(f"No answer within {self._patience:.0f} seconds.")


def _request(place: Place, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    lines = [
        f"POST {place.target} HTTP/1.1",
        f"Host: {place.authority}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1") + body


def _in_words(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return str(error.strerror or error) or type(error).__name__


def _since(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)
