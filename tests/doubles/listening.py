"""A double on a real socket of this machine, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.requests import Request


async def form_of(request: Request) -> dict[str, str]:
    """A form's fields, as a browser and OAuth clients send them."""
    return dict(parse_qsl((await request.body()).decode()))


class Prompt(uvicorn.Server):
    """Ends when it is told, where uvicorn looks ten times a second and then waits for those who may be reading."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Until ``end``."""
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        if not self.should_exit:
            await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Whoever is still connected is cut off."""
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # type: ignore[union-attr]
        for task in self.server_state.tasks:
            task.cancel()
        for listener in self.servers:
            await listener.wait_closed()
        await asyncio.sleep(0)

    def end(self) -> None:
        """From any thread; ``serve`` and ``run`` return soon after."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)


@contextmanager
def listening(application: Any) -> Iterator[str]:
    """Its address while it serves."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen(128)
    server = Prompt(
        uvicorn.Config(application, log_level="warning", lifespan="off", loop="asyncio", ws="none")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.end()
        thread.join(10)
        bound.close()
