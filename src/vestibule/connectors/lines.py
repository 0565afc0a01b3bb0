"""HTTP/1.1 over kept connections, without the layers of a general client: the way of the engine's many requests.

A general client took two thirds of the engine's CPU (measured: 600 to 700 of some 1,100 µs a request). What it
would say is said here too, header for header. Whatever is unusual (a proxy, letters that a URL has to escape, a
HEAD) goes its way.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from vestibule.connectors.answer import Answer, NoAnswer
from vestibule.connectors.wire import BrokeOff, Wire, in_words

#: Path and query of which a general client would send the very same.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~/:?&=+,;@!$*()%]*")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_MOST_CODINGS = 2
#: As the general client has it: a connection that rests for longer may be closed over there by now.
_IDLE_SECONDS = 5.0
#: Asked once more where a connection turns out to be closed: it changes nothing, however often.
_HARMLESS = frozenset({"GET", "OPTIONS"})
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})


class Origin(NamedTuple):
    """Where connections go, and the Host header."""

    secure: bool
    host: str
    port: int
    authority: str


class Lines:
    """``headers`` go with each request, in their order; ``trust`` verifies certificates.

    ``timeout`` seconds without a byte end a request, and more than ``longest_answer`` bytes.
    """

    def __init__(
        self,
        headers: Sequence[tuple[bytes, bytes]],
        trust: ssl.SSLContext | None,
        *,
        connections: int,
        timeout: float,
        longest_answer: int,
    ) -> None:
        self._headers = [(name.lower(), name + b": " + value) for name, value in headers]
        self._trust = trust
        self._timeout = timeout
        self._longest_answer = longest_answer
        self._free = asyncio.Semaphore(connections)
        self._idle: dict[Origin, list[Line]] = {}
        self._is_closed = False
        for _, line in self._headers:
            _refuse_control(line)

    async def ask(
        self, origin: Origin, method: str, target: str, content: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """The answer, whatever its status. Raises NoAnswer."""
        request = self._request(origin, method, target, content, headers)
        try:
            return await self._asked(origin, method, request)
        except BrokeOff as fault:
            raise NoAnswer(f"The connection to {origin.host} broke off. {fault}") from None

    async def _asked(self, origin: Origin, method: str, request: bytes) -> Answer:
        async with self._free:
            line = self._rested(origin)
            is_new = line is None
            if line is None:
                line = await self._connect(origin)
            answer = await line.answer(request)
            if answer is None and not is_new and method in _HARMLESS:
                line = await self._connect(origin)
                answer = await line.answer(request)
            if answer is None:
                raise BrokeOff("It was closed without an answer.")
            if self._is_closed:
                line.close()
            elif line.may_stay:
                self._idle.setdefault(origin, []).append(line)
        return answer

    async def aclose(self) -> None:
        """Let the connections go; those under way when they are done."""
        self._is_closed = True
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()

    def _request(
        self, origin: Origin, method: str, target: str, content: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        own = [(name.lower().encode(), f"{name}: {value}".encode()) for name, value in headers.items()]
        for _, line in own:
            _refuse_control(line)
        said = {name for name, _ in own}
        lines = [f"{method} {target} HTTP/1.1\r\nHost: {origin.authority}".encode()]
        if not content and method in _WITH_LENGTH:
            lines.append(b"Content-Length: 0")
        lines += [line for name, line in self._headers if name not in said]
        lines += [line for _, line in own]
        if content:
            lines.append(b"Content-Length: %d" % len(content))
        return b"\r\n".join(lines) + b"\r\n\r\n" + (content or b"")

    def _rested(self, origin: Origin) -> Line | None:
        lines = self._idle.get(origin)
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while lines:
            line = lines.pop()
            if line.is_open and line.idle_since >= oldest:
                return line
            line.close()
        return None

    async def _connect(self, origin: Origin) -> Line:
        if origin.secure and self._trust is None:
            raise NoAnswer("No certificates are at hand to trust anybody by.")
        secure = self._trust if origin.secure else None
        try:
            async with asyncio.timeout(self._timeout):
                _, line = await asyncio.get_running_loop().create_connection(
                    lambda: Line(self._timeout, self._longest_answer),
                    origin.host,
                    origin.port,
                    ssl=secure,
                    server_hostname=origin.host if secure is not None else None,
                )
        except TimeoutError:
            raise NoAnswer(f"No answer within {self._timeout:.0f} seconds.") from None
        except ssl.SSLCertVerificationError as error:
            raise NoAnswer(
                f"The certificate of {origin.host} was not accepted: {error.verify_message}."
            ) from None
        except (OSError, UnicodeError) as error:
            raise NoAnswer(f"No connection to {origin.host}: {in_words(error)}") from None
        return line


class Line(Wire):
    """Whole answers. Silence ends a request, however long the answer takes."""

    def __init__(self, timeout: float, longest_answer: int) -> None:
        super().__init__()
        self._timeout = timeout
        self._longest_answer = longest_answer
        self._heard = 0.0

    async def answer(self, request: bytes) -> Answer | None:
        """None where the line was cut before any of it came. Raises NoAnswer."""
        self._heard = self._loop.time()
        if not await self.ask(request, self._timeout):
            return None
        body = _unpacked(bytes(self.body), self.headers.get("content-encoding", ""), self._longest_answer)
        return Answer(self.status, self.headers, body)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        super().data_received(data)

    def keep(self, body: bytes) -> None:
        """As it is."""
        super().keep(body)
        if len(self.body) > self._longest_answer:
            self.fail(NoAnswer(_too_long(self._longest_answer)))

    def counts_when_cut(self, fault: Exception | None) -> bool:
        """RFC 9112 §6.3: with neither a length nor chunks the connection's end is the answer's."""
        return (
            fault is None and "content-length" not in self.headers and "transfer-encoding" not in self.headers
        )

    def out_of_time(self) -> None:
        left = self._heard + self._timeout - self._loop.time()
        if left > 0:
            self.look_again(left)
        else:
            self.fail(NoAnswer(f"No answer within {self._timeout:.0f} seconds."))


def plain(url: str) -> tuple[Origin, str] | None:
    """Origin and target of a URL, where both go out as they stand; None for any other."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    if not slash or "/." in path or path[:1] == "." or not _PLAIN.fullmatch(path):
        return None
    origin = _origin(scheme, authority)
    return None if origin is None else (origin, f"/{path}")


@lru_cache(maxsize=64)
def _origin(scheme: str, authority: str) -> Origin | None:
    if scheme not in ("http", "https") or not authority.isascii() or "@" in authority or "%" in authority:
        return None
    try:
        parts = urlsplit(f"{scheme}://{authority}/")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.path != "/" or not re.fullmatch(r"[A-Za-z0-9.:_\[\]-]+", authority):
        return None
    usual = 443 if scheme == "https" else 80
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = host if port in (None, usual) else f"{host}:{port}"
    return Origin(scheme == "https", parts.hostname, port or usual, shown)


def _unpacked(body: bytes, coding: str, longest: int) -> bytes:
    codings = [part.strip().lower() for part in coding.split(",")] if coding else []
    if len(codings) > _MOST_CODINGS:
        raise NoAnswer(f"The answer is packed {len(codings)} times over; {_MOST_CODINGS} are the most.")
    for one in reversed(codings):
        if one not in ("gzip", "x-gzip", "deflate"):
            continue  # none that was offered
        body = _inflated(body, one, longest)
    return body


def _inflated(body: bytes, coding: str, longest: int) -> bytes:
    # "deflate" is zlib's format (RFC 9110 §8.4.1.2), and some send it without its frame.
    for window in (47, -15) if coding == "deflate" else (47,):
        packed = zlib.decompressobj(window)
        try:
            plain_body = packed.decompress(body, longest + 1)
        except zlib.error:
            continue
        if len(plain_body) > longest:
            raise NoAnswer(_too_long(longest))
        if body and not packed.eof:
            raise NoAnswer(f"The answer is packed ({coding}), and its end is missing.")
        return plain_body
    raise NoAnswer(f"The answer says that it is packed ({coding}), and cannot be unpacked.")


def _refuse_control(line: bytes) -> None:
    """A line break in a value would be a header of its own, or a request (RFC 9110 §5.5)."""
    if _CONTROL.search(line):
        name = line.partition(b":")[0].decode("latin-1")[:60]
        raise NoAnswer(
            f"The header {name!r} holds a line break or another control character. Enter its value anew."
        )


def _too_long(longest: int) -> str:
    return f"The answer is longer than {longest >> 20} MiB."
