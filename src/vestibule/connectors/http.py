"""The one way out: every request to an outside service goes through here.

Time-outs, no redirects, a limit on what is read, and nothing secret in a message.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2
import orjson

#: Okta's socket time-out: 60 seconds without data, then the request has failed (W15).
TIMEOUT_SECONDS = 60.0
#: However it drips: after so long a request has failed.
LONGEST_SECONDS = 600.0
#: More than this of an answer is not read: no service makes us hold what it likes.
LONGEST_ANSWER = 64 * 1024 * 1024

_SECRET_KEYS = frozenset({"password", "token", "access_token", "client_secret", "authorization"})
_REDACTED = "[redacted]"


class NoAnswer(Exception):
    """The request got no answer; the message says why, in words, without anything secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Headers are found by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        """The body as JSON, or None where it is empty or something else."""
        try:
            return orjson.loads(self.body) if self.body else None
        except orjson.JSONDecodeError:
            return None


class Outbound:
    """A kept-alive connection pool towards one service.

    ``transport`` takes the network's place in tests and for an application in the same process.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        connections: int = 8,
        timeout: float = TIMEOUT_SECONDS,
        longest_seconds: float = LONGEST_SECONDS,
        longest_answer: int = LONGEST_ANSWER,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._headers = dict(headers)
        self._connections = connections
        self._timeout = timeout
        self._longest_seconds = longest_seconds
        self._longest_answer = longest_answer
        self._transport = transport
        self._way: _Way | None = None

    async def send(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status; redirects are answers. Raises NoAnswer.

        A body that is bytes is sent as it is, any other as JSON.
        """
        content = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        way = self._way or self._open(url)
        try:
            async with asyncio.timeout(self._longest_seconds):
                response = await way.send(method, url, content, headers)
                try:
                    received = bytearray()
                    is_plain = "content-encoding" not in response.headers and not response.is_stream_consumed
                    async for chunk in response.aiter_raw() if is_plain else response.aiter_bytes():
                        received += chunk
                        if len(received) > self._longest_answer:
                            raise NoAnswer(f"The answer is longer than {self._longest_answer >> 20} MiB.")
                    return Answer(response.status_code, response.headers, bytes(received))
                finally:
                    await response.aclose()
        except httpx2.TimeoutException:
            raise NoAnswer(f"No answer within {self._timeout:.0f} seconds.") from None
        except TimeoutError:
            raise NoAnswer(
                f"The answer was not complete after {self._longest_seconds:.0f} seconds."
            ) from None
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise NoAnswer(_in_words(error, urlsplit(url).hostname or "")) from None
        except httpx2.InvalidURL:
            raise NoAnswer("The URL cannot be read.") from None

    async def close(self) -> None:
        """Let the connections go; sending again opens new ones."""
        if self._way is not None:
            await self._way.aclose()
            self._way = None

    def _open(self, url: str) -> _Way:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        # Plain HTTP goes to this machine alone (check_base_url): no proxy, and no certificates to load.
        trust = ssl.create_default_context() if secure else False
        limits = httpx2.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
        is_direct = self._transport is None and not (secure and getproxies()) and not parts.username
        client = httpx2.AsyncClient(
            headers=self._headers,
            timeout=self._timeout,
            follow_redirects=False,
            limits=limits,
            transport=self._transport,
            trust_env=secure and not is_direct,
            verify=False if is_direct else trust,
        )
        self._way = _Direct(client, trust, limits, self._timeout) if is_direct else _Proxied(client)
        return self._way


class _Way(Protocol):
    """How a request goes out; whoever asked closes the response."""

    async def send(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str] | None
    ) -> httpx2.Response: ...

    async def aclose(self) -> None: ...


class _Proxied:
    """By a client, which knows the proxies of the environment."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def send(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str] | None
    ) -> httpx2.Response:
        request = self._client.build_request(method, url, content=content, headers=headers)
        return await self._client.send(request, stream=True)

    async def aclose(self) -> None:
        await self._client.aclose()


class _Direct:
    """By a transport alone, with the headers that a client would send.

    No redirects, cookies or authentication are wanted, and looking for them costs a quarter of a request's
    CPU (measured: 200 of 850 µs).
    """

    def __init__(
        self,
        like: httpx2.AsyncClient,
        trust: ssl.SSLContext | bool,
        limits: httpx2.Limits,
        timeout: float,
    ) -> None:
        self._headers = [(name.lower(), (name, value)) for name, value in like.headers.raw]
        self._transport = httpx2.AsyncHTTPTransport(verify=trust, trust_env=False, limits=limits)
        self._extensions = {"timeout": httpx2.Timeout(timeout).as_dict()}

    async def send(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str] | None
    ) -> httpx2.Response:
        own = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        said = {name.lower() for name, _ in own}
        whole = [pair for name, pair in self._headers if name not in said] + own
        request = httpx2.Request(
            method, url, headers=whole, content=content, extensions=dict(self._extensions)
        )
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


def redact(document: Any) -> Any:
    """A copy in which the values of secret keys are hidden, at any depth."""
    if isinstance(document, dict):
        return {
            key: _REDACTED if str(key).lower() in _SECRET_KEYS else redact(value)
            for key, value in document.items()
        }
    if isinstance(document, list):
        return [redact(value) for value in document]
    return document


def _in_words(error: Exception, host: str) -> str:
    text = str(error)
    if "CERTIFICATE" in text.upper():
        return f"The certificate of {host} was not accepted: {text}"
    if isinstance(error, httpx2.ConnectError):
        return f"No connection to {host}: {text}"
    return f"The connection to {host} broke off: {text or type(error).__name__}"
