"""How large the head of a request may be, and what becomes of requests that are none.

uvicorn bounds no head, answers what is malformed before the requests that came ahead of it, and
takes the body of a request with an offer to upgrade for the next request. What is refused here
is refused before there is a request; it is answered by a SCIM error all the same (R83).
"""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Any

import httptools
import orjson

from vestibule.scim.errors import HeadTooLarge, InternalError, MalformedRequest, ScimError
from vestibule.web.errors import note_fault
from vestibule.web.patience import Patience

#: Bytes of an unfinished head; a proxy in front allows 8 to 64 KiB.
HEAD_LIMIT = 128 * 1024

_HEAD_TOO_LARGE = HeadTooLarge(
    f"The first line and the headers of the request are longer than {HEAD_LIMIT // 1024} KiB. Ask for less at once, or "
    "send a long filter to /.search in a body."
)
_MALFORMED = MalformedRequest(
    "What came is no HTTP/1.1 request. Check the address that is called, and any proxy on the way."
)
_FAULT = InternalError(
    "Something went wrong on our side. Try again; if it stays, give the vendor's support the X-Request-Id of this answer."
)


class RequestLimits(Patience):
    """uvicorn's protocol; a head without end and what is no HTTP are refused, in their turn."""

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self.unfinished += len(data)
        try:
            self.read(data)
        except httptools.HttpParserUpgrade as offer:
            self._read_past_offers(data, offer)
        except httptools.HttpParserError as fault:
            self._break_off(fault)
        if not self.is_whole:
            self.await_the_rest()
            if self.unfinished > HEAD_LIMIT and not self._head_is_whole():
                self._refuse(_HEAD_TOO_LARGE)

    def read(self, data: bytes | memoryview) -> None:
        """Hand on what came. Raises HttpParserUpgrade behind a request that offers to upgrade."""
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self.is_whole = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self.parser.should_upgrade():
            return  # it comes again, without the offer
        super().on_headers_complete()
        # What follows the body is no header: no token, no condition.
        self.headers = []

    def on_message_complete(self) -> None:
        """A request has arrived whole."""
        if self.parser.should_upgrade():
            return
        self.arrived()
        super().on_message_complete()

    def fail(self, fault: BaseException) -> None:
        """A fault of ours while the answer that is due next was made, before any of it was sent."""
        self._hang_up(_FAULT, _noted(fault))

    def _read_past_offers(self, data: bytes, offer: httptools.HttpParserUpgrade) -> None:
        """Go on behind requests that offer to upgrade; each is read as if it had not (RFC 9110 §7.8).

        The parser takes it for granted that the offer is accepted, and that what follows the head
        is another protocol: the body too. So another parser reads the head again.
        """
        rest = memoryview(data)
        while True:
            rest = rest[offer.args[0] :]
            if self.parser.get_method() == b"CONNECT":
                self._refuse(_MALFORMED)
                return
            head = self._head_without_offer()
            self.parser = httptools.HttpRequestParser(self)
            # As uvicorn has it: what comes behind a last request does not spoil its answer.
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            try:
                self.read(head)
                self.read(rest)
                return
            except httptools.HttpParserUpgrade as another:
                offer = another
            except httptools.HttpParserError as fault:
                self._break_off(fault)
                return

    def _head_without_offer(self) -> bytes:
        parser = self.parser
        lines = [b"%s %s HTTP/%s" % (parser.get_method(), self.url, parser.get_http_version().encode())]
        lines += (b"%s: %s" % header for header in self.headers if header[0] != b"upgrade")
        return b"\r\n".join([*lines, b"", b""])

    def _head_is_whole(self) -> bool:
        """Of the request that arrives: its body is bounded elsewhere."""
        return self.scope is not None and self.cycle is not None and self.cycle.scope is self.scope

    def _break_off(self, fault: httptools.HttpParserError) -> None:
        """The parser gave up, or a callback of ours did."""
        cause = fault.__context__ if isinstance(fault, httptools.HttpParserCallbackError) else fault
        if cause is None or isinstance(cause, (httptools.HttpParserError, UnicodeError)):
            self._refuse(_MALFORMED)
        else:
            self._refuse(_FAULT, _noted(cause))

    def _refuse(self, error: ScimError, request_id: str = "") -> None:
        """Refuse what arrives, and hear no more. Where answers are due before, the end behind them says it alone."""
        self.parser = _DEAF  # type: ignore[assignment]
        cycle = self.cycle
        if not self._head_is_whole():
            if cycle is None or cycle.response_complete:
                self._hang_up(error, request_id)
            else:
                cycle.keep_alive = False
        elif self.pipeline:
            # What breaks off is the last request of the queue, and nobody has begun it.
            cycle.disconnected = True
            self.pipeline[0] = cycle, self._close
        elif cycle.response_started:
            self.transport.close()
        else:
            self._hang_up(error, request_id)

    def _hang_up(self, error: ScimError, request_id: str) -> None:
        """Answer and hang up. No story is kept of what was never a request, so ``detail`` links to none."""
        self.parser = _DEAF  # type: ignore[assignment]
        if self.transport.is_closing():
            return
        body = orjson.dumps(error.to_document())
        head = (
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\ncontent-type: application/scim+json\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {request_id or secrets.token_hex(12)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    async def _close(self, *_: Any) -> None:
        self.transport.close()


def _noted(fault: BaseException) -> str:
    """Tell the log; the id under which it was told."""
    request_id = secrets.token_hex(12)
    note_fault(fault, request_id)
    return request_id


class _Deaf:
    """Instead of a parser, once nothing more is heard."""

    def feed_data(self, data: bytes | memoryview) -> None:
        """Nothing to do."""


_DEAF = _Deaf()
