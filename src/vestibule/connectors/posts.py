"""POSTs to addresses that others have named, many and cheap: what webhooks are sent by.

The general way out (``http.py``) costs 700 µs a request, most of it in layers that a signed POST
does not need; this one costs some 60 (measured on the same machine), and ten thousand addresses
share two cores with the SCIM requests. It speaks HTTP/1.1, follows no redirect, asks the address
guard for every connection, and reads of an answer what is shown of it and no more.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.connectors.address_guard import AddressGuard, AddressRefused, Place, place_of
from vestibule.connectors.answer import NoAnswer
from vestibule.connectors.wire import Wire, in_words

#: The standard advises 15 to 30 seconds.
SECONDS = 15.0
CONNECT_SECONDS = 5.0
#: So much of an answer's body is kept to be shown.
LONGEST_ANSWER = 1024
#: So much is read of an answer before the line is cut.
_LONGEST_READ = 128 * 1024
_IDLE_SECONDS = 30.0
_MOST_IDLE = 256
_TRIED_ADDRESSES = 3


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a POST: a status, or in ``fault`` why there is none. ``answer`` is the beginning of the body."""

    status: int | None
    milliseconds: int
    retry_after: str = ""
    answer: bytes = b""
    fault: str = ""


class Posts:
    """Keeps connections alive for a while, a bounded number of them."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        seconds: float = SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = guard
        self._seconds = seconds
        self._connect_seconds = connect_seconds
        self._context = context
        self._idle: OrderedDict[_PostWire, None] = OrderedDict()
        self._idle_at: dict[tuple[bool, str, int], list[_PostWire]] = {}

    async def post(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Posted:
        """Send it; every ending is an answer, nothing is raised but cancellation."""
        begun = time.perf_counter()
        now = asyncio.get_running_loop().time
        deadline = now() + self._seconds
        try:
            place = place_of(url)
            wire = self._take(place)
            request = _request(place, headers, body)
            reused = wire is not None
            if wire is None:
                wire = await self._connect(place)
            is_answered = await wire.ask(request, deadline - now())
            if not is_answered and reused:
                # The other side had hung up while nobody was talking: that says nothing of this request.
                wire = await self._connect(place)
                is_answered = await wire.ask(request, deadline - now())
        except (AddressRefused, NoAnswer) as fault:
            return Posted(None, _since(begun), fault=str(fault))
        if not is_answered:
            return Posted(None, _since(begun), fault=f"{place.host} closed the connection without an answer.")
        if wire.may_stay:
            self._put_back(wire)
        else:
            wire.close()
        retry_after = wire.headers.get("retry-after", "")[:100]
        return Posted(wire.status, _since(begun), retry_after, bytes(wire.body))

    async def close(self) -> None:
        """Let all connections go."""
        for wire in list(self._idle):
            wire.close()
        self._idle.clear()
        self._idle_at.clear()

    def _take(self, place: Place) -> _PostWire | None:
        waiting = self._idle_at.get((place.secure, place.host, place.port))
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while waiting:
            wire = waiting.pop()
            self._idle.pop(wire, None)
            if wire.is_open and wire.idle_since >= oldest:
                return wire
            wire.close()
        return None

    def _put_back(self, wire: _PostWire) -> None:
        self._idle[wire] = None
        self._idle_at.setdefault(wire.key, []).append(wire)
        while self._idle and (
            len(self._idle) > _MOST_IDLE
            or next(iter(self._idle)).idle_since < wire.idle_since - _IDLE_SECONDS
        ):
            oldest, _ = self._idle.popitem(last=False)
            at = self._idle_at[oldest.key]
            at.remove(oldest)
            if not at:
                del self._idle_at[oldest.key]
            oldest.close()

    async def _connect(self, place: Place) -> _PostWire:
        loop = asyncio.get_running_loop()
        addresses = await self._guard.addresses(place)
        fault = ""
        secure = self._secure() if place.secure else None
        for address in addresses[:_TRIED_ADDRESSES]:
            try:
                async with asyncio.timeout(self._connect_seconds):
                    _, wire = await loop.create_connection(
                        lambda: _PostWire((place.secure, place.host, place.port), self._seconds),
                        address,
                        place.port,
                        ssl=secure,
                        server_hostname=place.host if secure else None,
                    )
                return wire
            except TimeoutError:
                fault = (
                    f"No connection to {place.host} ({address}) within {self._connect_seconds:.0f} seconds."
                )
            except ssl.SSLCertVerificationError as error:
                raise NoAnswer(
                    f"The certificate of {place.host} was not accepted: {error.verify_message}."
                ) from None
            except (OSError, ssl.SSLError) as error:
                fault = f"No connection to {place.host} ({address}): {in_words(error)}."
        raise NoAnswer(fault)

    def _secure(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


class _PostWire(Wire):
    """The status, and the beginning of the body: what is shown of an attempt. A status that came in time counts."""

    longest_head = 64 * 1024

    def __init__(self, key: tuple[bool, str, int], patience: float) -> None:
        super().__init__()
        self.key = key
        self._patience = patience

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.status and self.read > _LONGEST_READ:
            self.settle()

    def keep(self, body: bytes) -> None:
        """The beginning."""
        self.body += body[: LONGEST_ANSWER - len(self.body)]

    def counts_when_cut(self, fault: Exception | None) -> bool:
        """It does."""
        return True

    def out_of_time(self) -> None:
        if self.status:
            self.settle()
        else:
            self.fail(NoAnswer(f"No answer within {self._patience:.0f} seconds."))


def _request(place: Place, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    lines = [
        f"POST {place.target} HTTP/1.1",
        f"Host: {place.authority}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1") + body


def _since(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)
