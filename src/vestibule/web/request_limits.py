"""How large the head of a request may be and how long a client may take over one: uvicorn sets no bound."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of an unfinished head; a proxy in front allows 8 to 64 KiB.
HEAD_LIMIT = 128 * 1024
#: From the first byte of a request to its last: 16 MiB at 140 KB/s.
REQUEST_SECONDS = 120.0
#: What is left to clients once the server is told to stop.
LAST_SECONDS = 10.0

_REFUSAL = b"The first line and the headers of the request are too long.\n"
_ANSWER = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_REFUSAL), _REFUSAL)
)


class RequestLimits(HttpToolsProtocol):
    """uvicorn's protocol; who sends a head without end, or never ends a request, is cut off."""

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
        if cycle is not None and cycle.scope is self.scope:  # the head is whole: bodies are bounded elsewhere
            self._unfinished = 0
            if not cycle.more_body:
                if self._ends is not None:
                    self._finished()
                return
        else:
            self._unfinished += len(data)
            if self._unfinished > HEAD_LIMIT and not self.transport.is_closing():
                self.transport.write(_ANSWER)
                self.transport.close()
        if self._ends is None:
            self._ends = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """The server stops: requests under way are served, but not for ever."""
        super().shutdown()
        self.loop.call_later(LAST_SECONDS, self.transport.abort)

    def _finished(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None
