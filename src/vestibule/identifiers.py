"""Where ids come from: unique, never re-used, ascending in time (R25, R26, W100c)."""

from __future__ import annotations

import os
import time

#: Random bytes are fetched so many at a time: each fetch lets go of the interpreter's lock, and
#: with a writer thread waiting for it that cost 70 µs on every request.
_POOL = 8192
#: Hex digits of a request id behind its time.
_DIGITS = 13
#: Those of a resource id behind its time; of the fourth, two bits say how it is made (RFC 9562 §4.1).
_RANDOM_DIGITS = 19
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


class Identifiers:
    """Makes ids; one for each process, for it keeps random bytes in store."""

    def __init__(self) -> None:
        self._pool, self._used = "", 0
        os.register_at_fork(after_in_child=self._forget)

    def resource_id(self) -> str:
        """A version 7 UUID (RFC 9562): globally unique, and near its neighbours in an index."""
        at = f"{time.time_ns() // 1_000_000:012x}"
        some = self._hex(_RANDOM_DIGITS)
        return f"{at[:8]}-{at[8:]}-7{some[:3]}-{_VARIANT[some[3]]}{some[4:7]}-{some[7:]}"

    def request_id(self) -> str:
        """24 hex digits, the first eleven of which are the time in milliseconds."""
        return f"{time.time_ns() // 1_000_000:011x}{self._hex(_DIGITS)}"

    def _hex(self, count: int) -> str:
        at = self._used
        if at + count > len(self._pool):
            self._pool, at = os.urandom(_POOL).hex(), 0
        self._used = at + count
        return self._pool[at : at + count]

    def _forget(self) -> None:
        """A forked process must not make its parent's ids."""
        self._pool, self._used = "", 0


def new_resource_id() -> str:
    """One id for somebody who needs no more (``Identifiers.resource_id``)."""
    return Identifiers().resource_id()


def new_request_id() -> str:
    """One request id for somebody who needs no more (``Identifiers.request_id``)."""
    return Identifiers().request_id()
