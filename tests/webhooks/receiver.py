"""A product's side: a real HTTP server that answers as it is told, and remembers what came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole HTTP answer; ``retry_after`` is the header ``Retry-After``."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Came:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def event(self) -> int:
        """The number of the event in it."""
        return int(self.json["data"]["seq"])

    @property
    def subject(self) -> str:
        """What it is about."""
        return str(self.json["data"]["subjectId"])


#: Bytes to send back; None hangs up; a number hangs for so many seconds first.
Says = Callable[[Came], bytes | float | None]


@dataclass
class Receiver:
    """``says`` decides on every answer; ``came`` is what arrived, in order."""

    port: int = 0
    says: Says = lambda _: OK
    came: list[Came] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    def events(self, path: str = "/hook") -> list[int]:
        """The numbers of the events that came there."""
        return [one.event for one in self.came if one.path == path]

    async def has(self, many: int, seconds: float = 60.0) -> None:
        """Until so many requests came."""
        async with asyncio.timeout(seconds):
            while len(self.came) < many:
                await asyncio.sleep(0.005)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                came = Came(first.split()[1], headers, body)
                self.came.append(came)
                says = self.says(came)
                if isinstance(says, float):
                    await asyncio.sleep(says)
                    says = OK
                if says is None:
                    return
                writer.write(says)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(says: Says = lambda _: OK) -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver(says=says)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(receiver.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
