"""What carries a call over the network: one for plain code, one for asyncio. Both over httpx2."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx2

from vestibule.client.calls import Ask, Came, Pause, Sending, steps
from vestibule.client.pages import Page


class Carrier:
    """Sends calls, one at a time for each thread that asks; reads lists page by page."""

    def __init__(self, url: str, token: str, timeout: float, transport: httpx2.BaseTransport | None) -> None:
        self._timeout = timeout
        self._http = httpx2.Client(
            base_url=url.rstrip("/"), headers=_headers(token), transport=transport, follow_redirects=False
        )

    def call(self, ask: Ask) -> Any:
        """The answer. ``ApiProblem``, ``NoAnswer``."""
        running = steps(ask, self._timeout)
        step = next(running)
        while True:
            came = None
            if isinstance(step, Pause):
                time.sleep(step.seconds)
            else:
                came = self._send(step)
            try:
                step = running.send(came)
            except StopIteration as end:
                return end.value

    def items(self, ask: Ask) -> Iterator[Any]:
        """Every item of a list, its pages read as they are come to."""
        page: Page[Any] = self.call(ask)
        while True:
            yield from page.items
            if page.next is None:
                return
            page = self.call(replace(ask, query={**ask.query, "cursor": page.next}))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, sending: Sending) -> Came:
        try:
            answer = self._http.request(
                sending.method,
                sending.target,
                headers=dict(sending.headers),
                content=sending.body,
                timeout=sending.timeout,
            )
        except httpx2.TransportError as fault:
            return Came(fault=_told(fault))
        return Came(answer.status_code, answer.headers, answer.content)


class AsyncCarrier:
    """The same for asyncio."""

    def __init__(
        self, url: str, token: str, timeout: float, transport: httpx2.AsyncBaseTransport | None
    ) -> None:
        self._timeout = timeout
        self._http = httpx2.AsyncClient(
            base_url=url.rstrip("/"), headers=_headers(token), transport=transport, follow_redirects=False
        )

    async def call(self, ask: Ask) -> Any:
        """The answer. ``ApiProblem``, ``NoAnswer``."""
        running = steps(ask, self._timeout)
        step = next(running)
        while True:
            came = None
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            else:
                came = await self._send(step)
            try:
                step = running.send(came)
            except StopIteration as end:
                return end.value

    async def items(self, ask: Ask) -> AsyncIterator[Any]:
        """Every item of a list, its pages read as they are come to."""
        page: Page[Any] = await self.call(ask)
        while True:
            for item in page.items:
                yield item
            if page.next is None:
                return
            page = await self.call(replace(ask, query={**ask.query, "cursor": page.next}))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, sending: Sending) -> Came:
        try:
            answer = await self._http.request(
                sending.method,
                sending.target,
                headers=dict(sending.headers),
                content=sending.body,
                timeout=sending.timeout,
            )
        except httpx2.TransportError as fault:
            return Came(fault=_told(fault))
        return Came(answer.status_code, answer.headers, answer.content)


def _headers(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "user-agent": "vestibule-client"}


def _told(fault: httpx2.TransportError) -> str:
    return str(fault) or type(fault).__name__
