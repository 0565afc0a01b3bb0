"""The clients: opened with an address and a token, closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx2

from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.clients import AsyncResources, Resources
from vestibule.client.opened import AsyncOpened, Opened
from vestibule.client.resources.events import EventsShown

#: So many seconds a request may take.
TIMEOUT = 30.0
#: So many seconds the server may wait for the next event before it answers that there is none.
LONG_POLL = 25


class Client(Resources, Opened):
    """The API as one token sees it. ``url`` is the server's address, without ``/api/v1``.

    ``transport`` replaces the network: an application in the same process, say.
    """

    def __init__(
        self, url: str, token: str, *, timeout: float = TIMEOUT, transport: httpx2.BaseTransport | None = None
    ) -> None:
        super().__init__(Carrier(url, token, timeout, transport))

    def follow(
        self,
        *,
        after: str = "oldest",
        types: str | None = None,
        tenant: str | None = None,
        wait: int = LONG_POLL,
    ) -> Iterator[EventsShown]:
        """Events in order as they happen, some at a time, without end.

        Keep ``cursor`` once its ``events`` are dealt with, and begin ``after`` it the next time: each event is
        handed out at least once. ``Gone`` where what comes after the cursor is not kept any more.
        """
        while True:
            page = self.events.list(after=after, types=types, tenant=tenant, wait=wait)
            if page.events:
                yield page
            after = page.cursor


class AsyncClient(AsyncResources, AsyncOpened):
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

    async def follow(
        self,
        *,
        after: str = "oldest",
        types: str | None = None,
        tenant: str | None = None,
        wait: int = LONG_POLL,
    ) -> AsyncIterator[EventsShown]:
        """As ``Client.follow``."""
        while True:
            page = await self.events.list(after=after, types=types, tenant=tenant, wait=wait)
            if page.events:
                yield page
            after = page.cursor
