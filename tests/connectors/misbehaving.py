"""A SCIM server on a real socket that misbehaves as it is told: below HTTP where no framework lets it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.scim_server import Recorded, ScimServer

_HTML = b"<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"


@dataclass(frozen=True)
class Fault:
    """What is done in place of the plain answer.

    ``effect``: the request is carried out first. ``status`` and ``body`` replace the answer's;
    ``change`` changes its document. ``cut`` closes the connection in the middle of it, ``silent``
    never answers.
    """

    effect: bool = True
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    cut: bool = False
    silent: bool = False


HTML = Fault(effect=False, status=200, headers={"content-type": "text/html"}, body=_HTML)
EMPTY = Fault(body=b"")
CUT = Fault(cut=True)
SILENT = Fault(silent=True)


def error(status: int, detail: str = "", *, effect: bool = False, **headers: str) -> Fault:
    """An error with a SCIM body."""
    body = json.dumps({"status": str(status), "detail": detail}).encode() if detail else b""
    return Fault(effect, status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


#: method, path and how many such requests came before → the fault, or None.
Misbehaviour = Callable[[str, str, int], Fault | None]


@dataclass
class Misbehaving:
    """The server's memory, and what it does wrong."""

    plain: ScimServer = field(default_factory=ScimServer)
    fault: Misbehaviour = lambda method, path, before: None
    port: int = 0
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/scim/v2"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody answers at the port any more: the network is unplugged."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while request := await _read(reader):
                if not await self._answer(request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, request: Recorded, writer: asyncio.StreamWriter) -> bool:
        collection = "/" + request.path.strip("/").split("/")[0]
        place = collection if request.path == collection else f"{collection}/id"
        before = self._counts.get((request.method, place), 0)
        self._counts[request.method, place] = before + 1
        fault = self.fault(request.method, place, before)
        self.plain.requests.append(request)
        status, headers, document = 200, dict[str, str](), None
        if fault is None or fault.effect:
            status, headers, document = self.plain._answer(request)
        if document is None and fault is not None and fault.change is not None:
            status, document = 200, self.plain.groups.get(request.path.rpartition("/")[2])
        content = b"" if document is None else json.dumps(document).encode()
        if fault is not None:
            if fault.silent:
                await asyncio.sleep(3600)
            status = fault.status or status
            headers = {**headers, **fault.headers}
            if fault.change is not None and isinstance(document, dict):
                content = json.dumps(fault.change(document)).encode()
            content = content if fault.body is None else fault.body
        sent = {"content-type": "application/scim+json", "content-length": str(len(content)), **headers}
        head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        writer.write(head.encode() + b"\r\n")
        if fault is not None and fault.cut:
            writer.write(content[: len(content) // 2])
            await writer.drain()
            return False
        writer.write(content)
        await writer.drain()
        return True


async def _read(reader: asyncio.StreamReader) -> Recorded | None:
    line = await reader.readline()
    if not line:
        return None
    method, target, _ = line.decode().split()
    headers = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    document = json.loads(body) if body else None
    return Recorded(method, path.removeprefix("/scim/v2"), query, headers, document)


@asynccontextmanager
async def misbehaving() -> AsyncIterator[Misbehaving]:
    """Such a server, on a free port."""
    server = Misbehaving()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
