"""First line and headers of a request are bounded: a client without a token could fill the memory with them."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of an unfinished head; a proxy in front allows 8 to 64 KiB.
HEAD_LIMIT = 128 * 1024

_REFUSAL = b"The first line and the headers of the request are too long.\n"
_ANSWER = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_REFUSAL), _REFUSAL)
)


class HeadLimit(HttpToolsProtocol):
    """uvicorn's protocol, which by itself gathers headers without end."""

    _unfinished = 0

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        super().data_received(data)
        cycle = self.cycle
        if cycle is not None and cycle.scope is self.scope:  # the head is whole: bodies are bounded elsewhere
            self._unfinished = 0
            return
        self._unfinished += len(data)
        if self._unfinished > HEAD_LIMIT and not self.transport.is_closing():
            self.transport.write(_ANSWER)
            self.transport.close()
