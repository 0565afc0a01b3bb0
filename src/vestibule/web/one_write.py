"""Head and body of an answer in one write to the socket.

uvicorn writes them one after the other, which is two system calls and often two packets; for
answers of a kilobyte the second costs as much as everything a lookup does in the database.
"""

from __future__ import annotations

import asyncio
from typing import Any

from vestibule.web.request_limits import RequestLimits

#: Larger pieces are handed on as they are rather than copied together.
_COPIED = 64 * 1024


class OneWriteProtocol(RequestLimits):
    """uvicorn's protocol over a transport that gathers what one turn of the loop writes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(_Gathering(transport, self.loop))  # type: ignore[arg-type]


class _Gathering:
    """A transport whose writes leave at the end of the loop's turn, in their order."""

    __slots__ = ("_held", "_loop", "_size", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
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
        if self._held:
            self._flush()
        self._transport.write(data)

    def close(self) -> None:
        """Close after what was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
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
