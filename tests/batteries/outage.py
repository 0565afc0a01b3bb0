"""The network is unplugged in the middle of an initial cycle: it ends complete, without duplicates.

``python -m tests.batteries.outage --people 10000 --seconds 60``. Between engine and receiver stands a
proxy. When half of the people are there it is unplugged: ``cut`` breaks every connection and refuses new
ones; ``stall`` lets all bytes wait, as a pulled cable does. Exits 1 where somebody is missing or there twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from bench.cycle import make_directory
from bench.servers import Vestibule
from vestibule.provisioning.connector import Exchange
from vestibule.provisioning.report import RunReport
from vestibule.sending import Sending
from vestibule.settings import Settings

_LONGEST_WAIT = 900.0
_PAGE = 200


class Cable:
    """A proxy on loopback that can be unplugged."""

    def __init__(self, port: int, way: str) -> None:
        self._target = port
        self._way = way
        self._plugged = asyncio.Event()
        self._plugged.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        #: Connections that it broke.
        self.broken = 0

    async def plug(self) -> None:
        """Let through again."""
        self._plugged.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Nothing comes through any more."""
        self._plugged.clear()
        if self._way == "stall":
            return
        await self._stop_listening()
        for writer in list(self._writers):
            self.broken += 1
            writer.transport.abort()

    async def close(self) -> None:
        """End for good."""
        await self._stop_listening()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers |= {writer, there_writer}
            try:
                await asyncio.gather(self._carry(reader, there_writer), self._carry(there_reader, writer))
            finally:
                self._writers -= {writer, there_writer}
                there_writer.close()
                writer.close()
        except OSError:
            writer.close()
        finally:
            self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._plugged.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


async def battery(folder: Path, people: int, groups: int, seconds: float, way: str) -> str:
    """The first fault, or nothing."""
    server = Vestibule(folder)
    server.start()
    try:
        token = server.new_tenant("outage", "--profile", "generic")
        async with _cable(server.port, way) as cable:
            base = f"http://127.0.0.1:{cable.port}/scim/v2"
            await make_directory(folder, base, token, people, groups)
            report, unanswered = await _cycle(folder, cable, people, seconds)
        if report.failures or report.waiting or report.stopped:
            return f"the run did not end complete: {report.as_document()}, {report.stopped}"
        if not unanswered and way == "cut":
            return "no request met the outage: it came too late"
        print(f"{unanswered} requests had no answer; {cable.broken} connections were broken", flush=True)
        return await _difference(f"http://127.0.0.1:{server.port}/scim/v2", token, people, groups)
    finally:
        server.stop()


@asynccontextmanager
async def _cable(port: int, way: str) -> AsyncIterator[Cable]:
    cable = Cable(port, way)
    await cable.plug()
    try:
        yield cable
    finally:
        await cable.close()


async def _cycle(folder: Path, cable: Cable, people: int, seconds: float) -> tuple[RunReport, int]:
    """The run's report, and how many requests had no answer."""
    sending = Sending(Settings(directory_database=f"sqlite:///{folder / 'directory.db'}"))
    await sending.start()
    created, unanswered = 0, 0
    half = asyncio.Event()

    def watch(exchange: Exchange) -> None:
        nonlocal created, unanswered
        created += exchange.method == "POST" and exchange.status == 201
        unanswered += exchange.status == 0
        if created >= people // 2:
            half.set()

    async def outage() -> None:
        await half.wait()
        await cable.unplug()
        await asyncio.sleep(seconds)
        await cable.plug()

    try:
        application = await sending.store.application("app")
        out = asyncio.create_task(outage())
        began = time.monotonic()
        async with sending.worker(application, watch=watch, longest_wait=_LONGEST_WAIT) as worker:
            report = await worker.apply()
        await out
        print(f"{people} people with {seconds:.0f} s of outage: {time.monotonic() - began:.0f} s", flush=True)
        return report, unanswered
    finally:
        await sending.stop()


async def _difference(base: str, token: str, people: int, groups: int) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:
        names = Counter([one["userName"] async for one in _all(client, f"{base}/Users")])
        teams = [one async for one in _all(client, f"{base}/Groups")]
    twice = [name for name, count in names.items() if count > 1]
    if twice or len(names) != people:
        return f"{len(names)} of {people} people are there, {len(twice)} of them twice"
    team_names = Counter(team["displayName"] for team in teams)
    if len(team_names) != groups or max(team_names.values()) > 1:
        return f"{len(team_names)} of {groups} groups are there: {team_names.most_common(3)}"
    members = [member["value"] for team in teams for member in team.get("members", [])]
    if len(members) != people or len(set(members)) != people:
        return f"{len(set(members))} of {people} are members, said {len(members)} times"
    return ""


async def _all(client: httpx2.AsyncClient, url: str) -> AsyncIterator[dict[str, Any]]:
    start = 1
    while True:
        answer = await client.get(f"{url}?startIndex={start}&count={_PAGE}")
        page = json.loads(answer.content)
        for one in page["Resources"]:
            yield one
        start += len(page["Resources"])
        if not page["Resources"] or start > page["totalResults"]:
            return


def main() -> int:
    """0 where it ended complete."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.outage", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long it is unplugged")
    parser.add_argument("--way", choices=("cut", "stall"), default="cut")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vestibule-outage-") as folder:
        fault = asyncio.run(battery(Path(folder), given.people, given.groups, given.seconds, given.way))
    print(f"FAULT: {fault}" if fault else "complete, nobody twice")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
