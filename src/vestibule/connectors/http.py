"""The one way out: every request to an outside service goes through here.

Time-outs, no redirects, a limit on what is read, and nothing secret in a message.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2
import orjson

from vestibule.connectors.answer import Answer, NoAnswer
from vestibule.connectors.lines import Lines, plain

__all__ = ["LONGEST_ANSWER", "LONGEST_SECONDS", "TIMEOUT_SECONDS", "Answer", "NoAnswer", "Outbound", "redact"]

#: Okta's socket time-out: 60 seconds without data, then the request has failed (W15).
TIMEOUT_SECONDS = 60.0
#: However it drips: after so long a request has failed.
LONGEST_SECONDS = 600.0
#: More than this of an answer is not read: no service makes us hold what it likes.
LONGEST_ANSWER = 64 * 1024 * 1024

#: What goes without a client, and what is unpacked without one.
_BY_LINES = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNPACKED = frozenset({"", "identity", "gzip", "deflate"})

_SECRET_KEYS = frozenset({"password", "token", "access_token", "client_secret", "authorization"})
_REDACTED = "[redacted]"


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
        self._client: httpx2.AsyncClient | None = None
        self._lines: Lines | None = None
        self._is_secure = False

    async def send(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status; redirects are answers. Raises NoAnswer.

        A body that is bytes is sent as it is, any other as JSON.
        """
        content = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        secure = url[:6].lower() == "https:"
        if self._client is not None and secure and not self._is_secure:
            await self.close()  # opened for plain HTTP: no certificate is looked at
        if self._client is None:
            self._open(secure)
        try:
            async with asyncio.timeout(self._longest_seconds):
                if self._lines is not None and method in _BY_LINES and (way := plain(url)) is not None:
                    return await self._lines.ask(way[0], method, way[1], content, headers or {})
                return await self._by_client(method, url, content, headers)
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
        client, lines = self._client, self._lines
        self._client = self._lines = None
        if lines is not None:
            await lines.aclose()
        if client is not None:
            await client.aclose()

    async def _by_client(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str] | None
    ) -> Answer:
        assert self._client is not None, "it was opened"
        request = self._client.build_request(method, url, content=content, headers=headers)
        response = await self._client.send(request, stream=True)
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

    def _open(self, secure: bool) -> None:
        # Plain HTTP goes to this machine alone (check_base_url): no proxy, and no certificates to load.
        trust = ssl.create_default_context() if secure else None
        self._is_secure = secure
        limits = httpx2.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
        self._client = client = httpx2.AsyncClient(
            headers=self._headers,
            timeout=self._timeout,
            follow_redirects=False,
            limits=limits,
            transport=self._transport,
            trust_env=secure,
            verify=trust or False,
        )
        offered = {one.strip() for one in client.headers.get("accept-encoding", "").split(",")}
        is_direct = self._transport is None and not (secure and getproxies())
        if is_direct and offered <= _UNPACKED:
            self._lines = Lines(
                client.headers.raw,
                trust,
                connections=self._connections,
                timeout=self._timeout,
                longest_answer=self._longest_answer,
            )


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
