"""The one way out: every request to an outside service goes through here.

Time-outs, no redirects, a limit on what is read, and nothing secret in a message.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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
        self._client: httpx2.AsyncClient | None = None

    async def send(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status; redirects are answers. Raises NoAnswer.

        A body that is bytes is sent as it is, any other as JSON.
        """
        content = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        client = self._client or self._open(url)
        try:
            async with (
                asyncio.timeout(self._longest_seconds),
                client.stream(method, url, content=content, headers=headers) as response,
            ):
                received = bytearray()
                async for chunk in response.aiter_bytes():
                    received += chunk
                    if len(received) > self._longest_answer:
                        raise NoAnswer(f"The answer is longer than {self._longest_answer >> 20} MiB.")
                return Answer(
                    response.status_code,
                    response.headers,
                    bytes(received),
                )
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
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _open(self, url: str) -> httpx2.AsyncClient:
        secure = urlsplit(url).scheme == "https"
        self._client = httpx2.AsyncClient(
            headers=self._headers,
            timeout=self._timeout,
            follow_redirects=False,
            limits=httpx2.Limits(
                max_connections=self._connections, max_keepalive_connections=self._connections
            ),
            transport=self._transport,
            # Plain HTTP goes to this machine alone (check_base_url): no proxy, and no certificates to load.
            trust_env=secure,
            verify=ssl.create_default_context() if secure else False,
        )
        return self._client


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
