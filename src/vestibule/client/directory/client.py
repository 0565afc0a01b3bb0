"""The sending side's clients: opened with an address and a token, closed at the end."""

from __future__ import annotations

import httpx2

from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.client import TIMEOUT
from vestibule.client.directory.clients import AsyncResources, Resources
from vestibule.client.opened import AsyncOpened, Opened


class DirectoryClient(Resources, Opened):
    """The API as one token sees it. ``url`` is where ``vestibule directory serve`` is reached, without ``/api/v1``.

    ``transport`` replaces the network: an application in the same process, say.
    """

    def __init__(
        self, url: str, token: str, *, timeout: float = TIMEOUT, transport: httpx2.BaseTransport | None = None
    ) -> None:
        super().__init__(Carrier(url, token, timeout, transport))


class AsyncDirectoryClient(AsyncResources, AsyncOpened):
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
