"""Kill the engine (SIGKILL) at random moments of its cycles; the end state is that of a run nobody touched.

``python -m tests.batteries.kill_cycle --times 100``. A process sends to a server in this one and is
killed again and again; when it has come to its end, the company changes and it begins anew. What
the server holds must be what was wanted, nobody twice. Exits 1 at the first difference.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.provisioning.company import Company, company
from tests.provisioning.test_killed_process import _RUN as RUN
from vestibule.provisioning.source import Status

_SIZE = 150
#: Seconds after its first request; a cycle takes some two.
_KILLS = (0.0, 1.2)


async def battery(times: int, dice: random.Random) -> str:
    """The first difference, or nothing."""
    with tempfile.TemporaryDirectory(prefix="vestibule-kill-cycle-") as folder:
        url = f"sqlite:///{Path(folder) / 'directory.db'}"
        async with company(_SIZE, url=url) as firm:
            firm.server.delay = 0.01
            await firm.assign_all()
            await firm.push("Everyone")
            kills = cycles = 0
            while kills < times:
                cycles += 1
                kills += await _killed_until_done(firm, url, times - kills, dice)
                if fault := await _difference(firm):
                    return f"after {kills} kills: {fault}"
                print(f"{kills} of {times} kills, {cycles} cycles ended as they should", flush=True)
                await _change(firm, dice)
    return ""


async def _killed_until_done(firm: Company, url: str, most: int, dice: random.Random) -> int:
    """How often the cycle was killed before one run came to its end."""
    kills = 0
    while True:
        firm.server.forget_requests()
        running = await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, url)
        while not firm.server.requests and running.returncode is None:
            await asyncio.sleep(0.01)
        try:
            wait = dice.uniform(*_KILLS) if kills < most else 600
            code = await asyncio.wait_for(running.wait(), wait)
            if code:
                raise RuntimeError(f"the engine ended with {code}")
            return kills
        except TimeoutError:
            running.send_signal(signal.SIGKILL)
            await running.wait()
            kills += 1


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
    fault = asyncio.run(battery(given.times, random.Random(given.seed)))
    if fault:
        print(f"FAULT (--seed {given.seed}): {fault}")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
