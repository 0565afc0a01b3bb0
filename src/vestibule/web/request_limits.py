"""How large the head of a request may be and how long a client may take over one: uvicorn sets no bound.

What is refused here is refused before there is a request; it is answered by a SCIM error all the same (R83).
"""

from __future__ import annotations

import asyncio
import secrets
from http import HTTPStatus

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vestibule.scim.errors import HeadTooLarge, MalformedRequest, ScimError

#: Bytes of an unfinished head; a proxy in front allows 8 to 64 KiB.
HEAD_LIMIT = 128 * 1024
#: From the first byte of a request to its last: 16 MiB at 140 KB/s.
REQUEST_SECONDS = 120.0
#: What is left to clients once the server is told to stop.
LAST_SECONDS = 10.0

_HEAD_TOO_LARGE = HeadTooLarge(
    f"The first line and the headers of the request are longer than {HEAD_LIMIT // 1024} KiB. Ask for less at once, or "
    "send a long filter to /.search in a body."
)
_MALFORMED = MalformedRequest(
    "What came is no HTTP/1.1 request. Check the address that is called, and any proxy on the way."
)


class RequestLimits(HttpToolsProtocol):
    """uvicorn's protocol; who sends a head without end, or never ends a request, is cut off."""

    #: Everything of the last request has arrived, head and body.
    is_whole = True
    _unfinished = 0
    _ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._ends = self.loop.call_later(REQUEST_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._finished()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        super().data_received(data)
        cycle = self.cycle
        if self.is_whole:
            self._unfinished = 0
            if self._ends is not None:
                self._finished()
            return
        if cycle is not None and cycle.scope is self.scope:  # the head is whole: bodies are bounded elsewhere
            self._unfinished = 0
        else:
            self._unfinished += len(data)
            if self._unfinished > HEAD_LIMIT and not self.transport.is_closing():
                self._refuse(_HEAD_TOO_LARGE)
        if self._ends is None:
            self._ends = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP; ``msg`` is uvicorn's word for it."""
        self._refuse(_MALFORMED)

    def _refuse(self, error: ScimError) -> None:
        """Answer and hang up. No story is kept of what was never a request, so ``detail`` links to none."""
        body = orjson.dumps(error.to_document())
        head = (
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\ncontent-type: application/scim+json\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {secrets.token_hex(12)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        self.is_whole = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """A request has arrived whole."""
        self.is_whole = True
        super().on_message_complete()

    def shutdown(self) -> None:
        """The server stops: requests under way are served, but not for ever."""
        super().shutdown()
        self.loop.call_later(LAST_SECONDS, self.transport.abort)

    def _finished(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None
