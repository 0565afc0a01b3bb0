"""Ten thousand people against a Slack and a Google that hold their real rate limits.

``python -m tests.batteries.linking --people 10000 --members 50000``. The doubles run in a process of their own;
engine and doubles share one clock, which moves only while the engine waits for what the limits dictate, ten times as
fast as in the open. SCIM requests go into the same process all the while. Exits 1 where it takes more than 1.1 times
what the limits dictate, where more is asked than has to be, where memory grows, or where lookups wait.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from typing import Any

import uvloop

from tests.cast import CORE_USER
from tests.doubles.google import MOST_A_MINUTE, Google
from tests.doubles.google import user as google_user
from tests.doubles.listening import listening
from tests.doubles.slack import TIERS, Slack
from tests.doubles.slack import user as slack_user
from tests.linking.places import Clock, Place, furnished, place, services_at
from vestibule.serving import collect_less

_SLACK_PAGE, _GOOGLE_PAGE = 200, 500
_MOST_GROWTH_MEBIBYTES = 32
#: A lookup may wait for a step of the run; for more it may not.
_MOST_P99_MS = 10.0
_PROBE_SECONDS = 0.003
#: No turn of the loop takes more of the processor: however busy the machine is, this is what holds requests up.
_MOST_TURN_MS = 20.0
_IDLE_SECONDS = 10.0
#: So much of a second passes for each one of the clock.
_REAL = 0.1


class SharedClock(Clock):
    """The same for two processes."""

    def __init__(self, value: Any) -> None:
        self._value = value

    @property
    def now(self) -> float:  # type: ignore[override]
        """Seconds since 1970."""
        return float(self._value.value)

    @now.setter
    def now(self, seconds: float) -> None:
        self._value.value = seconds


def serve(value: Any, members: int, said: Connection) -> None:
    """The doubles: says where they are, and what was asked of them whenever it is asked itself."""
    clock = SharedClock(value)
    slack, google = Slack(seconds=clock, limited=True), Google(seconds=clock, limited=True)
    furnished(slack, google)
    for number in range(members):
        name, address = f"P {number}", f"p{number}@corp.test"
        slack.add(slack_user(f"U{number:07}", address, name))
        google.add(google_user(str(number + 10), address, name))
    with listening(slack.application()) as there, listening(google.application()) as here:
        said.send((there, here))
        while said.recv():
            said.send(
                [dict(counter) for counter in (slack.calls, slack.refused, google.calls, google.refused)]
            )


@contextmanager
def elsewhere(clock: SharedClock, members: int, said: list[Connection]) -> Iterator[Any]:
    """The doubles in a process of their own."""
    spawn = multiprocessing.get_context("spawn")
    mine, theirs = spawn.Pipe()
    child = spawn.Process(target=serve, args=(clock._value, members, theirs), daemon=True)
    child.start()
    try:
        there, here = mine.recv()
        said.append(mine)
        yield None, None, services_at(there, here, clock)
    finally:
        mine.send(False)
        child.join(10)
        child.kill()


def resident() -> float:
    """Of this process, in MiB."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class Probe:
    """Lookups all the while: how long each took, and how much memory there was at most."""

    def __init__(self, here: Place, people: int) -> None:
        self._here = here
        self._people = people
        self._task: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self.milliseconds: list[float] = []
        #: Of the processor, in milliseconds.
        self.longest_turn = 0.0
        self.most_resident = 0.0

    def start(self) -> None:
        self.milliseconds.clear()
        self.longest_turn = 0.0
        self._watch = asyncio.create_task(self._turns())
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> tuple[float, float, float]:
        """Median, p99 and the longest, in milliseconds."""
        assert self._task is not None
        assert self._watch is not None
        self._task.cancel()
        self._watch.cancel()
        await asyncio.gather(self._task, self._watch, return_exceptions=True)
        cut = quantiles(self.milliseconds, n=100)
        return cut[49], cut[98], max(self.milliseconds)

    async def _turns(self) -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.001)
            self.longest_turn = max(self.longest_turn, (time.thread_time() - began) * 1000)

    async def _run(self) -> None:
        number = 0
        while True:
            number = (number + 7919) % self._people
            began = time.perf_counter()
            # The moment it was due counts: a loop that is held up delays the request as well.
            answer = await self._here.tenant.get(f"/Users?filter=userName%20eq%20%22p{number}@corp.test%22")
            assert answer.json["totalResults"] == 1
            due = time.perf_counter() + _PROBE_SECONDS
            self.milliseconds.append((time.perf_counter() - began) * 1000)
            self.most_resident = max(self.most_resident, resident())
            await asyncio.sleep(_PROBE_SECONDS)
            self.milliseconds[-1] += max(0.0, time.perf_counter() - due - 0.001) * 1000


async def run(people: int, members: int, folder: Path) -> list[str]:
    """The faults, none if all is well."""
    faults: list[str] = []
    clock = SharedClock(multiprocessing.get_context("spawn").Value("d", Clock.now))
    pipe: list[Connection] = []
    async with place(
        lambda _clock: elsewhere(clock, members, pipe),
        clock=clock,
        database=f"sqlite:///{folder / 'linking.db'}",
        pause=lambda: asyncio.sleep(0.01),
    ) as here:
        await here.tenant.post_all("/Users", [_person(number) for number in range(people)])
        collect_less()
        probe = Probe(here, people)
        probe.start()
        await asyncio.sleep(_IDLE_SECONDS)
        before, idle = resident(), await probe.stop()
        for service in ("slack", "google"):
            await here.connect(service)
        probe.most_resident = 0.0
        probe.start()
        began, real = clock.now, time.monotonic()
        await here.settle(20_000, real=_REAL)
        took, real = clock.now - began, time.monotonic() - real
        busy = await probe.stop()
        growth, turn = probe.most_resident - before, probe.longest_turn
        counts = {name: await here.store.counts(here.tenant.record.id, name) for name in ("slack", "google")}
        asked, refused, google_asked, google_refused = _told(pipe[0])
        pages = math.ceil((members + 1) / _SLACK_PAGE)
        dictated = 60 * (math.ceil(pages / TIERS["users.list"]) - 1)
        google_pages = math.ceil((members + 1) / _GOOGLE_PAGE)
        print(
            f"{people:,} people, {members:,} members: {took:,.0f} s, the limits dictate {dictated:,} s ({real:.0f} s here)"
        )
        print(
            f"Slack: {asked['users.list']} lists ({refused.get('users.list', 0)} refused), "
            f"{asked.get('users.lookupByEmail', 0)} look-ups; Google: {google_asked['list']} lists, {google_asked['get']} gets"
        )
        print(f"memory grew by {growth:.1f} MiB at most, from {before:.0f}")
        for name, (median, late, longest) in (("without", idle), ("beside it", busy)):
            print(f"lookups {name}: median {median:.2f} ms, p99 {late:.2f} ms, longest {longest:.1f} ms")
        print(f"the longest turn of the loop took {turn:.1f} ms of the processor")
        known = min(people, members)
        wanted = {"linked": known, "outliving": 0} | ({"not_found": people - known} if people > known else {})
        _expect(faults, counts == {"slack": wanted, "google": wanted}, f"accounts: {counts}")
        _expect(faults, took <= 1.1 * max(dictated, 1), f"it took {took:.0f} s")
        _expect(faults, asked["users.list"] - refused.get("users.list", 0) == pages, "more lists than pages")
        _expect(
            faults, refused.get("users.list", 0) <= math.ceil(pages / TIERS["users.list"]), "asked too soon"
        )
        _expect(faults, not asked.get("users.lookupByEmail"), "look-ups for what the list has")
        _expect(
            faults,
            google_asked["list"] == google_pages and google_asked["get"] == 1,
            "more than Google's pages",
        )
        _expect(faults, not google_refused and google_pages < MOST_A_MINUTE, "Google refused")
        _expect(faults, growth <= _MOST_GROWTH_MEBIBYTES, f"memory grew by {growth:.0f} MiB")
        _expect(faults, turn <= _MOST_TURN_MS, f"a turn of the loop took {turn:.0f} ms")
        _expect(
            faults,
            busy[1] <= max(_MOST_P99_MS, 2 * idle[1]),
            f"p99 of lookups beside it is {busy[1]:.1f} ms",
        )
        await _open_ones(here, pipe[0], faults)
    return faults


async def _open_ones(here: Place, pipe: Connection, faults: list[str]) -> None:
    """Thirty more people: one look-up each, and no list."""
    before = _told(pipe)
    await here.tenant.post_all("/Users", [_person(number + 10_000_000) for number in range(30)])
    here.clock.now += 60
    await here.settle()
    after = _told(pipe)
    lookups = after[0].get("users.lookupByEmail", 0) - after[1].get("users.lookupByEmail", 0)
    print(f"thirty people more: {lookups} look-ups at Slack, {after[2]['get'] - before[2]['get']} at Google")
    _expect(faults, lookups == 30 and after[2]["get"] - before[2]["get"] == 30, "one look-up for each")
    _expect(faults, after[0]["users.list"] == before[0]["users.list"], "no list for thirty")


def _told(pipe: Connection) -> list[dict[str, int]]:
    pipe.send(True)
    told: list[dict[str, int]] = pipe.recv()
    return told


def _expect(faults: list[str], truth: bool, fault: str) -> None:
    if not truth:
        faults.append(fault)


def _person(number: int) -> dict[str, Any]:
    address = f"p{number}@corp.test"
    return {
        "schemas": [CORE_USER],
        "userName": address,
        "name": {"givenName": "P", "familyName": str(number)},
        "accounts": [{"type": "slack", "value": address}, {"type": "google", "value": address}],
    }


def main() -> int:
    """Print the figures; 1 where something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument(
        "--members", type=int, default=0, help="of the workspaces; as many as people by default"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        faults = uvloop.run(run(asked.people, asked.members or asked.people, Path(folder)))
    for fault in faults:
        print(f"FAULT: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
