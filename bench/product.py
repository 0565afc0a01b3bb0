"""A product in a process of its own: takes events as cheaply as it can, and says what came.

``python -m bench.product`` prints its port, then for each line of input one line of JSON, until that ends.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import Counter
from datetime import datetime

import uvloop

_OK = b"HTTP/1.1 204 No Content\r\n\r\n"
_FAULT = b"HTTP/1.1 500 Fault\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_AT = re.compile(rb'"timestamp":"([^"]+)"')
_SEQ = re.compile(rb'"seq":(\d+)')
_SUBJECT = re.compile(rb'"subjectId":"([^"]+)"')


class Ledger:
    """What came, by path."""

    def __init__(self) -> None:
        self.came: Counter[str] = Counter()
        self.lags: list[float] = []
        self.out_of_order = 0
        self.again = 0
        self._last: dict[tuple[str, bytes], int] = {}
        self._seen: dict[str, set[int]] = {}

    def note(self, path: str, body: bytes) -> None:
        """One event that was taken."""
        now = time.time()
        at, seq, subject = _AT.search(body), _SEQ.search(body), _SUBJECT.search(body)
        assert at is not None
        assert seq is not None
        assert subject is not None
        number = int(seq[1])
        seen = self._seen.setdefault(path, set())
        if number in seen:
            self.again += 1
            return
        seen.add(number)
        self.came[path] += 1
        self.lags.append(now - datetime.fromisoformat(at[1].decode()).timestamp())
        key = path, subject[1]
        self.out_of_order += number < self._last.get(key, 0)
        self._last[key] = number

    def told(self) -> str:
        """All of it as JSON."""
        lags = sorted(self.lags)
        return json.dumps(
            {
                "came": sum(self.came.values()),
                "seen": {path: len(seen) for path, seen in self._seen.items()},
                "again": self.again,
                "out_of_order": self.out_of_order,
                "lag_p50": lags[len(lags) // 2] if lags else None,
                "lag_p99": lags[int(len(lags) * 0.99)] if lags else None,
                "lag_max": lags[-1] if lags else None,
            }
        )


class Product(asyncio.Protocol):
    """``/ok/…`` takes events, ``/fails/…`` answers 500, ``/hangs/…`` never."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + int(length[1] if length else 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            path = head.split(b" ", 2)[1].decode()
            if path.startswith("/ok"):
                self._ledger.note(path, body)
                self._transport.write(_OK)
            elif path.startswith("/fails"):
                self._transport.write(_FAULT)


async def serve() -> None:
    """Until standard input ends; a line of it has the ledger told, and begun anew."""
    loop = asyncio.get_running_loop()
    ledger = Ledger()
    server = await loop.create_server(lambda: Product(ledger), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(ledger.told(), flush=True)
        ledger.came.clear()
        ledger.lags.clear()
    server.close()


if __name__ == "__main__":
    uvloop.run(serve())
