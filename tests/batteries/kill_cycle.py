"""Kill the engine (SIGKILL) at random moments of its cycles; the end state is that of a run nobody touched.

``python -m tests.batteries.kill_cycle --times 100``. A process sends to a server in this one. In each cycle
it is killed some five times, at moments drawn evenly over all the requests of that cycle, and while it
reads and queues before the first of them. When it has come to its end, the company changes and it
begins anew. What the server holds must be what was wanted, nobody twice. Prints where in their
cycles the kills fell; exits 1 at the first difference, or where a tenth of the cycle was never hit.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from pathlib import Path

from tests.provisioning.company import Company, company
from vestibule.provisioning.source import Status

_SIZE = 60
_PER_CYCLE = 5
#: So many of hundred kills fall before the first request of a cycle.
_BEFORE_PERCENT = 10
#: Reading and queueing a company of this size takes about as long.
_BEFORE_SECONDS = 0.03
#: A kill falls so long after the request that it was drawn for: into its answer, or what is written of it.
_AFTER_SECONDS = 0.02
_TENTHS = 10

_RUN = """
import asyncio, sys
from vestibule.connectors.scim import ScimConnector
from vestibule.provisioning.worker import Worker
from vestibule.stores.sqlite.provisioning import SqliteProvisioningStore

async def main():
    store = SqliteProvisioningStore(sys.argv[1])
    await store.start()
    application = await store.application("app")
    connector = ScimConnector(application)
    print("begun", flush=True)
    await Worker(store, application, connector).apply()
    print("ended", flush=True)
    await connector.close()
    await store.stop()

asyncio.run(main())
"""


class Kills:
    """How often, and where: tenths of a cycle, and before its first request."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.count = 0
        self.before = 0
        self.tenths: Counter[int] = Counter()

    def moments(self, requests: int, most: int) -> list[int]:
        """After how many requests of the cycle to kill, in order; 0 is before the first of them."""
        drawn = [
            0 if self.dice.random() * 100 < _BEFORE_PERCENT else self.dice.randrange(1, requests)
            for _ in range(min(_PER_CYCLE, most))
        ]
        return sorted(drawn)

    def note(self, done: int, requests: int) -> None:
        """One fell after so many of the cycle's requests."""
        self.count += 1
        if done:
            self.tenths[min(_TENTHS - 1, done * _TENTHS // requests)] += 1
        else:
            self.before += 1

    def in_words(self) -> str:
        """Where they fell."""
        spread = " ".join(str(self.tenths[tenth]) for tenth in range(_TENTHS))
        return f"{self.count} kills: {self.before} before the first request, by tenths of the cycle {spread}"


async def battery(times: int, dice: random.Random, size: int = _SIZE) -> tuple[str, Kills]:
    """The first difference, or nothing; and the kills."""
    kills = Kills(dice)
    with tempfile.TemporaryDirectory(prefix="vestibule-kill-cycle-") as folder:
        url = f"sqlite:///{Path(folder) / 'directory.db'}"
        async with company(size, url=url) as firm:
            firm.server.delay = 0.005
            await firm.assign_all()
            await firm.push("Everyone")
            requests = size * 2
            while kills.count < times:
                requests = await _one_cycle(firm, url, kills, requests, times)
                if fault := await _difference(firm):
                    return f"after {kills.count} kills: {fault}", kills
                await _change(firm, dice)
    return "", kills


async def _one_cycle(firm: Company, url: str, kills: Kills, requests: int, times: int) -> int:
    """Run it to its end, killed on the way; how many requests it took without those that a kill repeated."""
    firm.server.forget_requests()
    moments = kills.moments(requests, times - kills.count)
    while True:
        running = await asyncio.create_subprocess_exec(sys.executable, "-c", _RUN, url, stdout=PIPE)
        assert running.stdout is not None
        await running.stdout.readline()
        if not moments:
            if await running.wait():
                raise RuntimeError(f"the engine ended with {running.returncode}")
            break
        if await _is_killed(firm, running, moments.pop(0), kills, requests):
            continue
        moments = []
        break
    return max(2, len(firm.server.requests))


async def _is_killed(firm: Company, running: Process, moment: int, kills: Kills, requests: int) -> bool:
    """Kill it at that moment; False where it had come to its end before."""
    assert running.stdout is not None
    ended = asyncio.create_task(running.stdout.readline())
    if moment == 0:
        await asyncio.sleep(kills.dice.uniform(0, _BEFORE_SECONDS))
    while len(firm.server.requests) < moment and not ended.done():
        await asyncio.sleep(0.001)
    if moment:
        await asyncio.sleep(kills.dice.uniform(0, _AFTER_SECONDS))
    has_ended = ended.done()
    if not has_ended:
        kills.note(len(firm.server.requests), requests)
        running.send_signal(signal.SIGKILL)
    await asyncio.gather(ended, running.wait())
    return not has_ended


async def _change(firm: Company, dice: random.Random) -> None:
    """Everybody has a new title; some leave, and those who had left are back."""
    people = {}
    for login, row in firm.reading.people.items():
        left = row.status is Status.DEPROVISIONED
        status = Status.ACTIVE if left or dice.random() > 0.05 else Status.DEPROVISIONED
        attributes = {**row.attributes, "title": f"T{dice.random()}"}
        people[login] = type(row)(row.login, attributes, status)
    await firm.reads(people=people)


async def _difference(firm: Company) -> str:
    names = Counter(user["userName"] for user in firm.server.users.values())
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        return f"{len(twice)} are there twice, first {twice[0]}"
    wanted = {row.attributes["email"]: row for row in firm.reading.people.values()}
    by_name = {user["userName"]: user for user in firm.server.users.values()}
    for name, row in wanted.items():
        there = by_name.get(name)
        if there is None:
            return f"{name} is not there"
        is_active = row.status is Status.ACTIVE
        if there["active"] is not is_active:
            return f"{name}: active is {there['active']}"
        if is_active and there.get("title") != row.attributes.get("title"):
            return f"{name}: title is {there.get('title')!r}"
    members = firm.server.member_names("Everyone")
    active = {name for name, row in wanted.items() if row.status is Status.ACTIVE}
    return "" if members == active else f"the group has {len(members)} members, not {len(active)}"


def main() -> int:
    """0 where every cycle ended as it should."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.kill_cycle", description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="how many kills (default 100)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="when each kill comes")
    given = parser.parse_args()
    fault, kills = asyncio.run(battery(given.times, random.Random(given.seed)))
    print(kills.in_words())
    missed = [str(tenth + 1) for tenth in range(_TENTHS) if not kills.tenths[tenth]]
    if not fault and given.times >= 100 and missed:
        fault = f"no kill fell into these tenths of the cycle: {', '.join(missed)}"
    if fault:
        print(f"FAULT (--seed {given.seed}): {fault}")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
