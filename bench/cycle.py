"""The engine's initial cycle against our own receiver, beside a bare loop of the same requests in the same run.

``python -m bench.cycle --people 10000 --groups 200``. Three tenants of one server: the engine fills one
while its requests are noted, then another with nobody looking, which is measured; the bare loop sends
the noted requests to the third, in the order of each lane, with as many lanes, the same HTTP client and
the same event loop. Each is a process of its own, one after the other. Then a second run of the
engine, which sends nothing, and one changed person. Prints rates and the CPU of
each process; exits 1 where the engine reaches less than 60 % of the loop, its memory grows with the
directory, a second run sends anything, or a change takes more than 2 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import orjson
import uvloop

from bench.process import cpu_seconds, python
from bench.servers import Vestibule
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.connector import Exchange
from vestibule.provisioning.engine_settings import CONCURRENCY
from vestibule.provisioning.mapping import TEMPLATE
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.source import Person, SourceChange, SourceGroup
from vestibule.sending import Sending
from vestibule.settings import Settings

_LEAST_SHARE = 0.60
_LONGEST_CHANGE = 2.0
#: From a tenth of the cycle to its end: caches fill, and no more.
_MOST_GROWTH = 1.15
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_FIRST = "p000007@corp.test"


async def measure(folder: Path, people: int, groups: int) -> bool:
    """Print what was measured; whether all bounds hold."""
    server = Vestibule(folder)
    server.start()
    try:
        parts = ("noted", "engine", "bare")
        tokens = {name: server.new_tenant(name, "--profile", "generic") for name in parts}
        base = f"http://127.0.0.1:{server.port}/scim/v2"
        for name in ("noted", "engine"):
            (folder / name).mkdir()
            await make_directory(folder / name, base, tokens[name], people, groups)
        noted = _part("noted", folder)
        busy = cpu_seconds(server.pid) or 0.0
        engine = _part("engine", folder)
        server_engine, busy = (cpu_seconds(server.pid) or 0.0) - busy, cpu_seconds(server.pid) or 0.0
        bare = _part("bare", folder, base, tokens["bare"])
        server_bare = (cpu_seconds(server.pid) or 0.0) - busy
    finally:
        server.stop()
    count = engine["requests"] = noted["requests"]
    engine["per_second"] = count / engine["seconds"]
    print(
        f"engine: {engine['creates']} people, {engine['group_changes']} groups; "
        + _line(engine, server_engine)
    )
    print(f"bare loop: {bare['requests']} requests, {bare['refused']} refused; " + _line(bare, server_bare))
    share = engine["per_second"] / bare["per_second"]
    print(
        f"the engine reaches {share:.0%} of the loop, and takes {engine['cpu'] / bare['cpu']:.2f} of its CPU"
    )
    growth = engine["memory"] / engine["early_memory"]
    print(
        f"memory: {engine['early_memory']:.0f} MiB after a tenth, {engine['memory']:.0f} MiB after {count} requests"
    )
    print(f"second run: {engine['again']} requests")
    print(f"one changed person: {engine['change']:.2f} s until it is there", flush=True)
    return (
        engine["creates"] == people
        and not engine["failures"]
        and not bare["refused"]
        and not engine["again"]
        and share >= _LEAST_SHARE
        and growth <= _MOST_GROWTH
        and engine["change"] < _LONGEST_CHANGE
    )


async def make_directory(folder: Path, base: str, token: str, people: int, groups: int) -> None:
    """A directory with an application: everybody in one of the groups, which are assigned and pushed."""
    sending = _sending(folder)
    await sending.start()
    try:
        store = sending.store
        connected = Application(0, "app", "generic", connection=Connection(base, token))
        application = await store.add_application(connected, TEMPLATE)
        everybody = tuple(_person(number) for number in range(people))
        teams = tuple(SourceGroup(f"00g{n:017d}", f"g{n}", f"Team {n}") for n in range(groups))
        pairs = frozenset((teams[n % len(teams)].id, person.id) for n, person in enumerate(everybody))
        await store.apply_source(
            SourceChange(people_added=everybody, groups_added=teams, members_added=pairs)
        )
        await store.assign(application.id, [Assignment(Subject.GROUP, team.id) for team in teams])
        for team in teams:
            await store.put_push_group(application.id, PushGroup(team.id, team.name))
    finally:
        await sending.stop()


class _Recording:
    """What the engine sent, lane by lane, a line for each request; it counts."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._lanes: dict[Any, int] = {}
        self.requests = 0

    def note(self, exchange: Exchange) -> None:
        self.requests += 1
        lane = self._lanes.setdefault(asyncio.current_task(), len(self._lanes))
        id = exchange.answered.get("id") if exchange.method == "POST" else None
        line = [lane % CONCURRENCY, exchange.method, exchange.path, exchange.sent, id]
        self._file.write(orjson.dumps(line) + b"\n")

    def close(self) -> None:
        self._file.close()


async def _noted(folder: Path) -> dict[str, Any]:
    """A cycle whose requests are noted; not measured, as noting costs what no run pays."""
    sending = _sending(folder / "noted")
    await sending.start()
    try:
        recording = _Recording(_recorded(folder))
        await _cycle(sending, await sending.store.application("app"), recording)
        recording.close()
        return {"requests": recording.requests}
    finally:
        await sending.stop()


async def _engine(folder: Path) -> dict[str, Any]:
    sending = _sending(folder / "engine")
    await sending.start()
    try:
        application = await sending.store.application("app")
        looks: list[float] = []
        looking = asyncio.create_task(_look_at_memory(looks))
        began, busy = time.monotonic(), time.process_time()
        report = await _cycle(sending, application)
        seconds, cpu = time.monotonic() - began, time.process_time() - busy
        looking.cancel()
        unused = _Recording(folder / "second.jsonl")
        await _cycle(sending, application, unused)
        unused.close()
        return {
            **report.as_document(),
            "seconds": seconds,
            "cpu": cpu,
            "early_memory": looks[len(looks) // 10],
            "memory": looks[-1],
            "again": unused.requests,
            "change": await _one_change(sending),
        }
    finally:
        await sending.stop()


async def _cycle(
    sending: Sending, application: Application, recording: _Recording | None = None
) -> RunReport:
    async with sending.worker(application, watch=recording.note if recording else None) as worker:
        return await worker.apply()


async def _look_at_memory(looks: list[float]) -> None:
    """Several times a second, from the beginning on."""
    while True:
        looks.append(_memory())
        await asyncio.sleep(0.2)


async def _one_change(sending: Sending) -> float:
    told = asyncio.Event()
    watching = sending.watching(lambda application, report: told.set())
    task = asyncio.create_task(watching.watch())
    await asyncio.sleep(1.0)
    person = await sending.store.person(_FIRST)
    changed = replace(person, attributes={**person.attributes, "title": "Director"})
    began = time.monotonic()
    await sending.store.apply_source(SourceChange(people_changed=(changed,)))
    await asyncio.wait_for(told.wait(), 60)
    took = time.monotonic() - began
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return took


async def _bare(folder: Path, base: str, token: str) -> dict[str, Any]:
    """The recorded requests: users, then groups, with ids as this tenant gives them."""
    stages: dict[str, dict[int, list[Any]]] = {"/Users": defaultdict(list), "/Groups": defaultdict(list)}
    with _recorded(folder).open("rb") as file:
        for line in file:
            lane, method, path, body, id = orjson.loads(line)
            stages["/Users" if path.startswith("/Users") else "/Groups"][lane].append(
                (method, path, body, id)
            )
    ids: dict[str, str] = {}
    refused = 0
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    async with httpx2.AsyncClient(
        headers=headers, trust_env=False, limits=httpx2.Limits(max_connections=CONCURRENCY)
    ) as client:

        async def lane(requests: list[Any]) -> None:
            nonlocal refused
            for method, path, body, id in requests:
                content = None if body is None else _with_ids(json.dumps(body), ids)
                answer = await client.request(method, base + _with_ids(path, ids), content=content)
                refused += answer.status_code >= 400
                if id is not None:
                    ids[id] = answer.json()["id"]

        began, busy = time.monotonic(), time.process_time()
        for lanes in stages.values():
            await asyncio.gather(*(lane(requests) for requests in lanes.values()))
        seconds, cpu = time.monotonic() - began, time.process_time() - busy
    count = sum(len(requests) for lanes in stages.values() for requests in lanes.values())
    return {"requests": count, "refused": refused, "per_second": count / seconds, "cpu": cpu}


def _part(name: str, folder: Path, *more: str) -> dict[str, Any]:
    """What one part says, run in a process of its own."""
    command = python("-m", "bench.cycle", "--part", name, "--folder", str(folder), *more)
    done = subprocess.run(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _line(part: dict[str, Any], server: float) -> str:
    count = part["requests"]
    return (
        f"{count} requests, {part['per_second']:.0f} a second; CPU for each "
        f"{part['cpu'] / count * 1e6:.0f} µs here, {server / count * 1e6:.0f} µs at the server"
    )


def _sending(folder: Path) -> Sending:
    return Sending(Settings(directory_database=f"sqlite:///{folder / 'directory.db'}"))


def _recorded(folder: Path) -> Path:
    return folder / "requests.jsonl"


def _with_ids(text: str, ids: dict[str, str]) -> str:
    return _ID.sub(lambda found: ids.get(found[0], found[0]), text)


def _person(number: int) -> Person:
    login = f"p{number:06d}@corp.test"
    attributes = {
        "login": login, "email": login, "firstName": f"Given{number}", "lastName": f"Family{number}",
        "displayName": f"Given{number} Family{number}", "title": "Engineer", "department": "Research",
        "employeeNumber": str(number), "locale": "en-US",
    }  # fmt: skip
    return Person(f"00u{number:017d}", login, attributes)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """0 where the bounds hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.cycle", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--part", choices=("noted", "engine", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("where", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        parts = {"noted": _noted, "engine": _engine, "bare": _bare}
        print(json.dumps(uvloop.run(parts[given.part](given.folder, *given.where))))
        return 0
    with tempfile.TemporaryDirectory(prefix="vestibule-cycle-") as folder:
        return 0 if asyncio.run(measure(Path(folder), given.people, given.groups)) else 1


if __name__ == "__main__":
    sys.exit(main())
