"""What stands in the Authorization header: a token as given, or one fetched for client credentials (W8, W9)."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote, quote_plus

import httpx2

from vestibule.connectors.http import NoAnswer, Outbound
from vestibule.provisioning.application import Connection
from vestibule.provisioning.connector import StopRun, Unreachable

#: A token is fetched anew so long before it ends.
_EARLY_SECONDS = 30
#: What a token is good for where the answer does not say (RFC 6749 §5.1 leaves that open).
_USUAL_SECONDS = 300


class Access(Protocol):
    """Gives the header's value."""

    async def header(self) -> str:
        """Raises Unreachable, or StopRun where no token is given."""
        ...

    def refused(self, header: str) -> bool:
        """The application answered 401 to that header: whether another try with a new one may help."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """What must never stand in a message."""
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


class GivenToken:
    """A token that somebody has entered; ``header`` authentication sends it exactly as typed (W9)."""

    def __init__(self, connection: Connection) -> None:
        self._token = connection.token
        self._prefix = "" if connection.authentication == "header" else "Bearer "

    async def header(self) -> str:
        return f"{self._prefix}{self._token}"

    def refused(self, header: str) -> bool:
        return False

    def secrets(self) -> tuple[str, ...]:
        return (self._token,)

    async def close(self) -> None:
        return


class ClientCredentials:
    """Access tokens for a client's id and secret (RFC 6749 §4.4), kept until shortly before they end."""

    def __init__(
        self,
        connection: Connection,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._outbound = Outbound({"Accept": "application/json"}, connections=1, transport=transport)
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._fetching = asyncio.Lock()

    async def header(self) -> str:
        async with self._fetching:  # all lanes wait for one and the same
            if not self._token or self._clock() >= self._until:
                await self._fetch()
        return f"Bearer {self._token}"

    def refused(self, header: str) -> bool:
        """It may have been revoked before its time; or another lane has a new one by now."""
        if header == f"Bearer {self._token}":
            self._token = ""
        return True

    def secrets(self) -> tuple[str, ...]:
        return tuple(one for one in (self._connection.token, self._token) if one)

    async def close(self) -> None:
        await self._outbound.close()

    async def _fetch(self) -> None:
        connection = self._connection
        pair = f"{quote_plus(connection.client_id)}:{quote_plus(connection.token)}"
        headers = {
            # RFC 6749 §2.3.1: the id and the secret are form-encoded before they are joined.
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = "grant_type=client_credentials"
        if connection.scope:
            body += f"&scope={quote(connection.scope, safe='')}"
        try:
            answer = await self._outbound.send("POST", connection.token_url, body.encode(), headers)
        except NoAnswer as fault:
            raise Unreachable(f"No access token from the token URL: {fault}") from None
        document = answer.document()
        told = document if isinstance(document, dict) else {}
        token = told.get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not token:
            error = told.get("error_description") or told.get("error") or f"it answered {answer.status}"
            message = (
                f"The token URL gave no access token: {error}. Check client id, client secret and scope."
            )
            if answer.status >= 500:
                raise Unreachable(message, answer.status)
            raise StopRun(message.replace(connection.token, "[redacted]"), answer.status)
        seconds = told.get("expires_in")
        lasts = seconds if isinstance(seconds, int) and seconds > 0 else _USUAL_SECONDS
        self._token = token
        self._until = self._clock() + max(lasts - _EARLY_SECONDS, 1)


def access_of(connection: Connection, transport: httpx2.AsyncBaseTransport | None = None) -> Access:
    """By the connection's kind of authentication."""
    if connection.authentication == "oauth":
        return ClientCredentials(connection, transport=transport)
    return GivenToken(connection)
