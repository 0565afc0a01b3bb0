"""The clients: opened with an address and a token, closed at the end."""

from __future__ import annotations

from types import TracebackType

import httpx2

from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.clients import AsyncResources, Resources

#: So many seconds a request may take.
TIMEOUT = 30.0


class Client(Resources):
    """The API as one token sees it. ``url`` is the server's address, without ``/api/v1``.

    ``transport`` replaces the network: an application in the same process, say.
    """

    def __init__(
        self, url: str, token: str, *, timeout: float = TIMEOUT, transport: httpx2.BaseTransport | None = None
    ) -> None:
        super().__init__(Carrier(url, token, timeout, transport))

    def close(self) -> None:
        """Close the connections."""
        self.carrier.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(AsyncResources):
    """The same for asyncio."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = TIMEOUT,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(AsyncCarrier(url, token, timeout, transport))

    async def close(self) -> None:
        """Close the connections."""
        await self.carrier.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
