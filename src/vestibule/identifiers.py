"""Where ids come from: unique, never re-used, ascending in time (R25, R26, W100c)."""

from __future__ import annotations

import os
import time

#: Random bytes are fetched so many at a time: each fetch lets go of the interpreter's lock, and
#: with a writer thread waiting for it that cost 70 µs on every request.
_POOL = 8192
#: Hex digits of a request id behind its time.
_DIGITS = 13


class Identifiers:
    """Makes ids; one for each process, for it keeps random bytes in store."""

    def __init__(self) -> None:
        self._pool, self._used = b"", 0
        self._digits, self._digits_used = "", 0
        os.register_at_fork(after_in_child=self._forget)

    def resource_id(self) -> str:
        """A version 7 UUID (RFC 9562): globally unique, and near its neighbours in an index."""
        value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(self._random(10))
        value = value & ~(0xF << 76) | (0x7 << 76)
        value = value & ~(0x3 << 62) | (0x2 << 62)
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def request_id(self) -> str:
        """24 hex digits, the first eleven of which are the time in milliseconds."""
        at = self._digits_used
        if at + _DIGITS > len(self._digits):
            self._digits, at = os.urandom(_POOL).hex(), 0
        self._digits_used = at + _DIGITS
        return f"{time.time_ns() // 1_000_000:011x}{self._digits[at : at + _DIGITS]}"

    def _random(self, count: int) -> bytes:
        if self._used + count > len(self._pool):
            self._pool, self._used = os.urandom(_POOL), 0
        taken = self._pool[self._used : self._used + count]
        self._used += count
        return taken

    def _forget(self) -> None:
        """A forked process must not make its parent's ids."""
        self._pool, self._used = b"", 0
        self._digits, self._digits_used = "", 0


def new_resource_id() -> str:
    """One id for somebody who needs no more (``Identifiers.resource_id``)."""
    return Identifiers().resource_id()


def new_request_id() -> str:
    """One request id for somebody who needs no more (``Identifiers.request_id``)."""
    return Identifiers().request_id()
