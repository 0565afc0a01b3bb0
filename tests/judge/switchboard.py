"""Our own server on a loopback socket, into which one fault at a time can be switched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.installation import Site, installation
from tests.judge.faults.fault import Fault, Memory
from vestibule.app import Vestibule
from vestibule.recordings.replay import Reply, Request
from vestibule.web.server import Listening, address_of, open_socket, server

BASE = "/scim/v2"


@dataclass(slots=True)
class Switchboard:
    """ASGI: hands each request to Vestibule, through the fault that is switched in."""

    application: Vestibule
    fault: Fault | None = None
    memory: Memory = field(default_factory=dict)

    def switch(self, fault: Fault | None) -> None:
        """From now on this one, which remembers nothing."""
        self.fault, self.memory = fault, {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        request = await _request(scope, receive)

        async def ask(asked: Request) -> Reply:
            return await _answered(self.application, scope, asked)

        fault = self.fault
        reply = await (fault.twist(request, ask, self.memory) if fault else ask(request))
        headers = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
        kept = [pair for pair in headers if pair[0] not in (b"content-length", b"transfer-encoding")]
        if reply.status not in (204, 304):
            kept.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": kept})
        await send({"type": "http.response.body", "body": reply.body})


@asynccontextmanager
async def switched() -> AsyncIterator[tuple[Site, Switchboard, str]]:
    """A started installation, the board in front of it, and the SCIM base URL."""
    where = Listening("127.0.0.1", 0)
    bound, ready = open_socket(where), asyncio.Event()
    address = address_of(where, bound)
    async with installation(public_url=address) as site:
        board = Switchboard(site.application)
        uvicorn = server(board, where, on_ready=ready.set)
        running = asyncio.create_task(uvicorn.serve(sockets=[bound]))
        await ready.wait()
        try:
            yield site, board, f"{address}{BASE}"
        finally:
            uvicorn.should_exit = True
            await running


async def _request(scope: Mapping[str, Any], receive: Callable[[], Awaitable[Any]]) -> Request:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    path = scope["raw_path"].decode().removeprefix(BASE)
    query = scope["query_string"].decode()
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], f"{path}?{query}" if query else path, headers, body)


async def _answered(application: Vestibule, scope: Mapping[str, Any], request: Request) -> Reply:
    path, _, query = request.path.partition("?")
    headers = {**request.headers, **({"content-length": str(len(request.body))} if request.body else {})}
    asked = {
        **scope,
        "method": request.method,
        "path": unquote(f"{BASE}{path}"),
        "raw_path": f"{BASE}{path}".encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    came: list[MutableMapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        came.append(message)

    await application(asked, receive, send)
    start, *rest = came
    told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], told, b"".join(message.get("body", b"") for message in rest))
