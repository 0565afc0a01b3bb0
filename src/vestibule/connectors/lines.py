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

import httptools

from vestibule.connectors.answer import Answer, NoAnswer

#: Path and query of which a general client would send the very same.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~/:?&=+,;@!$*()%]*")
#: As the general client has it: a connection that rests for longer may be closed over there by now.
_IDLE_SECONDS = 5.0
_LONGEST_HEAD = 256 * 1024
#: Asked once more where a connection turns out to be closed: it changes nothing, however often.
_HARMLESS = frozenset({"GET", "OPTIONS"})
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
_INTERIM = 200


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

    async def ask(
        self, origin: Origin, method: str, target: str, content: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """The answer, whatever its status. Raises NoAnswer."""
        request = self._request(origin, method, target, content, headers)
        async with self._free:
            line = self._rested(origin)
            is_new = line is None
            if line is None:
                line = await self._connect(origin)
            answer = await line.ask(request)
            if answer is None and not is_new and method in _HARMLESS:
                line = await self._connect(origin)
                answer = await line.ask(request)
            if answer is None:
                raise NoAnswer(f"The connection to {origin.host} broke off: it was closed without an answer.")
            if line.may_stay:
                self._idle.setdefault(origin, []).append(line)
        return answer

    async def aclose(self) -> None:
        """Let the connections go."""
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()

    def _request(
        self, origin: Origin, method: str, target: str, content: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        own = [(name.lower().encode(), f"{name}: {value}".encode()) for name, value in headers.items()]
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
        secure = self._trust if origin.secure else None
        try:
            async with asyncio.timeout(self._timeout):
                _, line = await asyncio.get_running_loop().create_connection(
                    lambda: Line(origin.host, self._timeout, self._longest_answer),
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
            raise NoAnswer(f"No connection to {origin.host}: {_in_words(error)}") from None
        return line


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, host: str, timeout: float, longest_answer: int) -> None:
        self._host = host
        self._timeout = timeout
        self._longest_answer = longest_answer
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer | None] | None = None
        self.is_open = False
        self.may_stay = False
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.is_open = True

    async def ask(self, request: bytes) -> Answer | None:
        """The whole answer; None where the line was cut before any of it came. Raises NoAnswer."""
        assert self._transport is not None
        self.may_stay = False
        self._status = self._read = 0
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._parser = httptools.HttpResponseParser(self)
        self._waiter = self._loop.create_future()
        self._heard = self._loop.time()
        self._timer = self._loop.call_later(self._timeout, self._look_at_the_clock)
        try:
            self._transport.write(request)
            return await self._waiter
        finally:
            self._timer.cancel()
            self._waiter = None
            self.idle_since = self._loop.time()
            if not self.may_stay:
                self.close()

    def close(self) -> None:
        """Hang up."""
        self.is_open = self.may_stay = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            self.close()  # nobody asked
            return
        self._heard = self._loop.time()
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(f"The connection to {self._host} broke off: what came back is no HTTP.")
            return
        if not self._status and self._read > _LONGEST_HEAD:
            self._fail(f"The connection to {self._host} broke off: the head of the answer does not end.")

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = self.may_stay = False
        if self._waiter is None or self._waiter.done():
            return
        if self._status and self._ends_with_the_connection():
            self._answer()
        elif self._read or self._status:
            self._fail(f"The connection to {self._host} broke off in the middle of the answer.")
        else:
            self._waiter.set_result(None)

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= _INTERIM:
            self._status = status
        else:
            self._headers = {}

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > self._longest_answer:
            self._fail(_too_long(self._longest_answer))

    def on_message_complete(self) -> None:
        if self._status:
            self.may_stay = self.is_open and self._parser.should_keep_alive()
            self._answer()

    def _ends_with_the_connection(self) -> bool:
        """RFC 9112 §6.3: neither a length nor chunks."""
        return "content-length" not in self._headers and "transfer-encoding" not in self._headers

    def _answer(self) -> None:
        if self._waiter is None or self._waiter.done():
            return
        try:
            body = _unpacked(
                bytes(self._body), self._headers.get("content-encoding", ""), self._longest_answer
            )
        except NoAnswer as fault:
            self._fail(str(fault))
            return
        self._waiter.set_result(Answer(self._status, self._headers, body))

    def _fail(self, sentence: str) -> None:
        self.may_stay = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(NoAnswer(sentence))

    def _look_at_the_clock(self) -> None:
        left = self._heard + self._timeout - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look_at_the_clock)
        else:
            self._fail(f"No answer within {self._timeout:.0f} seconds.")


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
    for one in reversed([part.strip().lower() for part in coding.split(",")] if coding else []):
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
        return plain_body
    raise NoAnswer(f"The answer says that it is packed ({coding}), and cannot be unpacked.")


def _too_long(longest: int) -> str:
    return f"The answer is longer than {longest >> 20} MiB."


def _in_words(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refused: nothing listens there"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
