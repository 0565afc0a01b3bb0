"""Head and body of an answer in one write to the socket.

uvicorn writes them one after the other, which is two system calls and often two packets; for
answers of a kilobyte the second costs as much as everything a lookup does in the database.
"""

from __future__ import annotations

import asyncio
from typing import Any

from vestibule.web.request_limits import RequestLimits

#: So many answers leave together.
_TOGETHER = 8
#: Larger pieces are handed on as they are rather than copied together.
_COPIED = 64 * 1024


class Outbox:
    """Answers on different connections, a few of which leave together.

    Each write to a socket on which somebody sleeps wakes them, at the cost of half a lookup; while they
    are awake the next ones cost a fifth. More than a few would have the clients wait for the whole turn.
    """

    __slots__ = ("_held", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._held: list[tuple[asyncio.Transport, bytes]] = []

    def add(self, transport: asyncio.Transport, data: bytes) -> None:
        """Have it written with the next few, by the end of the loop's turn at the latest."""
        held = self._held
        held.append((transport, data))
        if len(held) >= _TOGETHER:
            self.flush()
        elif len(held) == 1:
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what is held."""
        held, self._held = self._held, []
        for transport, data in held:
            if not transport.is_closing():
                transport.write(data)


class OneWriteProtocol(RequestLimits):
    """uvicorn's protocol over a transport that gathers what one turn of the loop writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        state: Any = self.server_state
        outbox: Outbox | None = getattr(state, "outbox", None)
        if outbox is None:
            outbox = state.outbox = Outbox(self.loop)
        super().connection_made(_Gathering(transport, self.loop, outbox))  # type: ignore[arg-type]


class _Gathering:
    """A transport whose writes leave at the end of the loop's turn, in their order."""

    __slots__ = ("_held", "_loop", "_outbox", "_size", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, outbox: Outbox) -> None:
        self._transport = transport
        self._outbox = outbox
        self.is_closing = transport.is_closing
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > _COPIED:
            self._flush()  # a large answer must meet the socket's limit, or its sender would not wait

    def write_now(self, data: bytes) -> None:
        """Write behind what is held."""
        self._flush()
        self._transport.write(data)

    def write_soon(self, data: bytes) -> None:
        """Write an answer behind what is held; a small one together with a few on other connections."""
        if self._held:
            self._flush()
        if len(data) > _COPIED:
            self.write_now(data)
        else:
            self._outbox.add(self._transport, data)

    def close(self) -> None:
        """Close after what was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        self._outbox.flush()
        held = self._held
        if not held:
            return
        size, self._held, self._size = self._size, [], 0
        if self._transport.is_closing():
            return
        if len(held) == 1 or size <= _COPIED:
            self._transport.write(b"".join(held) if len(held) > 1 else held[0])
            return
        for data in held:
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
