"""The engine's initial cycle against our own receiver, beside a bare loop of the same requests in the same run.

``python -m bench.cycle --people 10000 --groups 200``. Two tenants of one server: the engine fills one,
the bare loop sends the very requests that the engine sent to the other, with as many in flight. Then a
second run, which sends nothing, and one changed person. Prints a table; exits 1 where the engine
reaches less than 60 % of the loop, a second run sends anything, or a change takes more than 2 s.
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
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from bench.process import Child, python
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.connector import Exchange
from vestibule.provisioning.mapping import TEMPLATE
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.source import Person, SourceChange, SourceGroup
from vestibule.sending import Sending
from vestibule.settings import Settings

_PORT = 8765
_LEAST_SHARE = 0.60
_LONGEST_CHANGE = 2.0
_IN_FLIGHT = 8
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


class Cycle:
    """Server, directory and both senders, in a folder of their own."""

    def __init__(self, folder: Path, people: int, groups: int) -> None:
        self._people, self._groups = people, groups
        self._environment = {**os.environ, "VESTIBULE_DATABASE": f"sqlite:///{folder / 'vestibule.db'}"}
        self._log = folder / "server.log"
        self._sending = Sending(Settings(directory_database=f"sqlite:///{folder / 'directory.db'}"))
        #: What the engine sent: method, path, body.
        self.sent: list[tuple[str, str, Any]] = []
        self._records = False

    async def run(self) -> int:
        """0 where all holds."""
        command = python("-m", "vestibule.cli.main", "serve", "--port", str(_PORT))
        server = Child(
            command, self._log, health=f"http://127.0.0.1:{_PORT}/healthz", environment=self._environment
        )
        await self._sending.start()
        try:
            return await self._measure()
        finally:
            await self._sending.stop()
            server.stop()

    async def _measure(self) -> int:
        engine_token, bare_token = self._tenant("engine"), self._tenant("bare")
        application = await self._directory(engine_token)
        self._records = True
        began = time.monotonic()
        report = await self._cycle(application)
        engine = len(self.sent) / (time.monotonic() - began)
        self._records = False
        said = report.as_document()
        print(
            f"engine: {said['creates']} people, {said['group_changes']} groups, {len(self.sent)} requests, ",
            end="",
        )
        print(f"{engine:.0f} a second; memory {_memory():.0f} MiB", flush=True)
        bare = await self._bare_loop(bare_token)
        print(f"bare loop of the same requests: {bare:.0f} a second; the engine reaches {engine / bare:.0%}")
        count = len(self.sent)
        self._records = True
        second = await self._cycle(application)
        again = len(self.sent) - count
        print(f"second run: {again} requests; memory {_memory():.0f} MiB")
        took = await self._one_change(application)
        print(f"one changed person: {took:.2f} s until it is there")
        whole = said["creates"] == self._people and not report.failures and not second.counts
        return 0 if whole and engine >= _LEAST_SHARE * bare and not again and took < _LONGEST_CHANGE else 1

    def _tenant(self, slug: str) -> str:
        for arguments in (("tenant", "create", slug, "--profile", "generic"), ("token", "issue", slug)):
            command = python("-m", "vestibule.cli.main", *arguments)
            done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    async def _directory(self, token: str) -> Application:
        store = self._sending.store
        application = await store.add_application(
            Application(
                0, "app", "generic", connection=Connection(f"http://127.0.0.1:{_PORT}/scim/v2", token)
            ),
            TEMPLATE,
        )
        people = tuple(_person(number) for number in range(self._people))
        groups = tuple(SourceGroup(f"00g{n:017d}", f"g{n}", f"Team {n}") for n in range(self._groups))
        pairs = frozenset((groups[n % len(groups)].id, person.id) for n, person in enumerate(people))
        await store.apply_source(SourceChange(people_added=people, groups_added=groups, members_added=pairs))
        await store.assign(application.id, [Assignment(Subject.GROUP, group.id) for group in groups])
        for group in groups:
            await store.put_push_group(application.id, PushGroup(group.id, group.name))
        return application

    async def _cycle(self, application: Application) -> RunReport:
        async with self._sending.worker(application, watch=self._note) as worker:
            return await worker.apply()

    def _note(self, exchange: Exchange) -> None:
        if self._records:
            self.sent.append((exchange.method, exchange.path, exchange.sent))

    async def _bare_loop(self, token: str) -> float:
        """Requests a second: users, then groups, with ids as this tenant has them."""
        ids: dict[str, str] = {}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{_PORT}/scim/v2",
            headers=headers,
            trust_env=False,
            limits=httpx2.Limits(max_connections=_IN_FLIGHT),
        ) as client:
            names = {
                str(one["externalId"]): one["userName"]
                for _, _, one in self.sent
                if one and "externalId" in one
            }
            original = {name: id for id, name in await _ids(self._sending, names)}
            began = time.monotonic()
            users = [one for one in self.sent if one[1].startswith("/Users")]
            groups = [one for one in self.sent if one[1].startswith("/Groups")]
            await _all(client, users, ids, original)
            await _all(client, groups, ids, original)
            return len(self.sent) / (time.monotonic() - began)

    async def _one_change(self, application: Application) -> float:
        told = asyncio.Event()
        watching = self._sending.watching(lambda application, report: told.set())
        task = asyncio.create_task(watching.watch())
        await asyncio.sleep(1.0)
        person = await self._sending.store.person("p000007@corp.test")
        changed = replace(person, attributes={**person.attributes, "title": "Director"})
        began = time.monotonic()
        await self._sending.store.apply_source(SourceChange(people_changed=(changed,)))
        await asyncio.wait_for(told.wait(), 60)
        took = time.monotonic() - began
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return took


async def _all(
    client: httpx2.AsyncClient,
    requests: list[tuple[str, str, Any]],
    ids: dict[str, str],
    original: dict[str, str],
) -> None:
    """Send them in their order, several in flight; ids are put in as this tenant gave them."""
    waiting = iter(requests)

    async def lane() -> None:
        for method, path, body in waiting:
            content = None if body is None else _with_ids(json.dumps(body), ids)
            answer = await client.request(method, _with_ids(path, ids), content=content)
            if method == "POST" and answer.status_code == 201:
                given = answer.json()
                name = given.get("userName") or given.get("displayName")
                ids[original.get(name, name)] = given["id"]

    await asyncio.gather(*(lane() for _ in range(_IN_FLIGHT)))


def _with_ids(text: str, ids: dict[str, str]) -> str:
    return _ID.sub(lambda found: ids.get(found[0], found[0]), text)


async def _ids(sending: Sending, names: dict[str, str]) -> list[tuple[str, str]]:
    """(id in the engine's tenant, name) of everybody and every group."""
    (application,) = await sending.store.applications()
    found = []
    for person_id, name in names.items():
        known = (await sending.store.person_facts(application.id, person_id)).app_user
        if known is not None:
            found.append((known.external_id, name))
    pushed = await sending.store.push_facts(application.id)
    return found + [(facts.group.external_id, facts.group.name) for facts in pushed]


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
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vestibule-cycle-") as folder:
        return asyncio.run(Cycle(Path(folder), given.people, given.groups).run())


if __name__ == "__main__":
    sys.exit(main())
