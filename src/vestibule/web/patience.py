"""How long a client may take: over a request, over reading an answer, and idle in between.

uvicorn waits for ever for the end of a request and for a client that reads nothing, and its
keep-alive timer knows only the answers that it sent itself.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: From the first byte of a request to its last: 16 MiB at 140 KB/s.
REQUEST_SECONDS = 120.0
#: In which a client that let answers pile up must have read them, but for a rest.
READING_SECONDS = 120.0
#: What is left to clients once the server is told to stop.
LAST_SECONDS = 10.0
#: The idle are looked at no more often than this.
_LOOK_SECONDS = 1.0


class Patience(HttpToolsProtocol):
    """uvicorn's protocol; who never ends a request, reads no answer or asks for nothing is cut off."""

    #: Everything of the last request has arrived, head and body.
    is_whole = True
    #: When the last request arrived whole, by the loop's clock.
    heard = 0.0
    #: Bytes that came since then.
    unfinished = 0
    _ends: asyncio.TimerHandle | None = None
    _stalls: asyncio.TimerHandle | None = None
    _idle: asyncio.TimerHandle | None = None
    _is_lingering = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self.heard = self.loop.time()
        self._ends = self.loop.call_later(REQUEST_SECONDS, transport.abort)
        self._idle = self.loop.call_later(self.timeout_keep_alive, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        for timer in (self._ends, self._stalls, self._idle):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads more slowly than it is answered."""
        super().pause_writing()
        if self._stalls is None:
            self._stalls = self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read nearly all."""
        super().resume_writing()
        if self._stalls is not None:
            self._stalls.cancel()
            self._stalls = None

    def on_response_complete(self) -> None:
        """An answer is sent. ``_look`` sees to who is idle behind it; uvicorn would set a timer for each answer."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self.heard = self.loop.time()

    def shutdown(self) -> None:
        """The server stops: requests under way are served, but not for ever."""
        super().shutdown()
        self.loop.call_later(LAST_SECONDS, self.transport.abort)

    def arrived(self) -> None:
        """A request is whole; the next one may take as long again."""
        self.is_whole = True
        self.unfinished = 0
        self.heard = self.loop.time()
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def await_the_rest(self) -> None:
        """Part of a request is here."""
        if self._ends is None:
            self._ends = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _look(self) -> None:
        """Close what was idle for as long as a connection is kept; cut off what was closed and is there yet."""
        rest = self.heard + self.timeout_keep_alive - self.loop.time()
        if self.transport.is_closing():
            if self._is_lingering:
                self.transport.abort()
                return
            self._is_lingering = True
            rest = self.timeout_keep_alive
        elif rest <= 0 and self._is_idle():
            self.transport.close()
            rest = self.timeout_keep_alive
        self._idle = self.loop.call_later(max(rest, _LOOK_SECONDS), self._look)

    def _is_idle(self) -> bool:
        """Nothing is asked, and nothing left to answer."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and self.is_whole
