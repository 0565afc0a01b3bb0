"""A server of an application that answers as a test tells it to, to be met on real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from tests.served import HOST
from vestibule.web.exchange import Exchange, Reply
from vestibule.web.server import Listening, open_socket, server

PATIENCE = 30.0


@dataclass
class Application:
    """Answers as it is told by the path; what it was asked stands in ``asked``."""

    answers: dict[str, Callable[[], Awaitable[Reply]]]
    asked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def begin(self, method: str, path: str, *_: Any) -> Coroutine[Any, Any, tuple[Exchange, Reply]]:
        """Begun at once."""
        return self._answer(method, path)

    def head(self, exchange: Exchange, reply: Reply) -> list[tuple[bytes, bytes]]:
        """Its length and who asked."""
        return [(b"content-length", b"%d" % len(reply.body)), (b"x-path", exchange.path.encode())]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI way."""
        exchange, reply = await self._answer(scope["method"], scope["path"])
        head = self.head(exchange, reply)
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        for piece in [reply.body] if isinstance(reply.body, bytes) else reply.body:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, method: str, path: str) -> tuple[Exchange, Reply]:
        self.asked.append(path)
        try:
            reply = await self.answers.get(path, _plain)()
        finally:
            self.left.append(path)
        return Exchange(method, path, b"", {}, _nothing, "r", "2026-01-01T00:00:00.000Z", 0.0), reply


async def _nothing() -> dict[str, Any]:
    return {}


async def _plain() -> Reply:
    return Reply(200, b"{}")


@dataclass
class Running:
    """A server of that application in this loop."""

    uvicorn: uvicorn.Server
    port: int
    complaints: list[dict[str, Any]]

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A client."""
        return await asyncio.open_connection(HOST, self.port)

    async def is_left_by_all(self) -> bool:
        """Whether, after a while, no connection and no task is there any more."""
        state = self.uvicorn.server_state
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while state.connections or state.tasks:
                    await asyncio.sleep(0.01)
        return not state.connections and not state.tasks


@asynccontextmanager
async def serving_told(application: Any) -> AsyncIterator[Running]:
    """It listens; what the loop complains of stands in ``complaints``."""
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    listening = Listening(HOST, 0)
    bound = open_socket(listening)
    running = server(application, listening)
    running.config.lifespan = "off"
    task = asyncio.create_task(running.serve(sockets=[bound]))
    while not running.started:
        await asyncio.sleep(0.01)
    try:
        yield Running(running, bound.getsockname()[1], complaints)
    finally:
        running.should_exit = True
        await task


def get(path: str, headers: str = "") -> bytes:
    """A request without body."""
    return f"GET {path} HTTP/1.1\r\nHost: here\r\n{headers}\r\n".encode()
