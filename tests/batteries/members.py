"""32 connections add and remove members of one large group at once; then everything acknowledged must hold.

``python -m tests.batteries.members --store postgresql --members 50000``. Nobody may be answered 409, 412 or
503. The same is done to a group of a hundred, in turns, so that the cost can be compared. Exits 1 at a fault.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.population import Population
from tests.postgresql import running
from tests.served import Conversation, Hand, patch

LANES = 32
SMALL = 100
_STEPS = 12
_TURNS = 6
#: A PostgreSQL that waits for the disk.
_DURABLE = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on", "shared_buffers": "128MB"}


@dataclass(slots=True)
class Group:
    """One group, who must be in it, and how long each change took in seconds, turn by turn."""

    id: str
    members: set[str]
    changes: int = 0
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it."""

    changes: int
    #: The median time of one change to the large group, against the small one: the median of all turns.
    ratio: float
    faults: tuple[str, ...]


class Lane(threading.Thread):
    """One connection with people of its own, whom it puts into the group and takes out of it."""

    def __init__(self, hand: Hand, group: Group, own: Sequence[str], steps: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._hand, self._group, self._own, self._steps = hand, group, own, steps
        self._dice = random.Random(seed)
        self.inside = {one for one in own if one in group.members}
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []

    def run(self) -> None:
        """One change after another, each of somebody who is not there, or is."""
        conversation = Conversation(self._hand.port)
        for _ in range(self._steps):
            who = self._dice.choice(self._own)
            if who in self.inside:
                operation = {"op": "remove", "path": f'members[value eq "{who}"]'}
            else:
                operation = {"op": "add", "path": "members", "value": [{"value": who}]}
            wire = self._hand.wire("PATCH", f"/Groups/{self._group.id}", patch(operation))
            started = time.perf_counter()
            answer = conversation.ask(wire)
            self.seconds.append(time.perf_counter() - started)
            self.statuses[answer.status] += 1
            if answer.status == 204:
                self.inside ^= {who}
        conversation.close()


def members_at_once(
    population: Population, turns: int = _TURNS, steps: int = _STEPS, say: Callable[[str], None] = print
) -> Outcome:
    """Change both groups in turns; ``population`` is loaded, and everybody in it becomes a member of the large one."""
    people = [user_id for _, user_id in population.people]
    small, large = (_grouped(population, people[:many]) for many in (SMALL, len(people)))
    hand = Hand(population.server.port, population.token)
    faults = []
    for turn in range(turns):
        for group in (small, large) if turn % 2 else (large, small):
            faults += _one_turn(hand, group, people, steps, turn)
        say(
            f"turn {turn + 1} of {turns}: {small.seconds[-1] * 1000:.1f} ms / {large.seconds[-1] * 1000:.1f} ms a change"
        )
    for group in (small, large):
        held = hand.member_ids(group.id)
        if len(held) != len(set(held)) or set(held) != group.members:
            lost, odd = len(group.members - set(held)), len(set(held) - group.members)
            faults.append(f"of {len(group.members):,} members {lost} are not there, and {odd} are too many")
        version = hand("GET", f"/Groups/{group.id}?excludedAttributes=members").json["meta"]["version"]
        if version != f'W/"{group.changes}"':
            faults.append(f"the version is {version} after {group.changes} changes")
    ratio = median(b / a for a, b in zip(small.seconds, large.seconds, strict=True))
    return Outcome(small.changes + large.changes, ratio, tuple(faults))


def _one_turn(hand: Hand, group: Group, people: Sequence[str], steps: int, turn: int) -> list[str]:
    own = [people[number::LANES][:steps] for number in range(LANES)]
    lanes = [Lane(hand, group, own[number], steps, turn * LANES + number) for number in range(LANES)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    statuses: Counter[int] = Counter()
    for lane, mine in zip(lanes, own, strict=True):
        statuses += lane.statuses
        group.members = (group.members - set(mine)) | lane.inside
    group.changes += statuses[204]
    group.seconds.append(median(one for lane in lanes for one in lane.seconds))
    return [f"{many} answers were {status}" for status, many in statuses.items() if status != 204]


def _grouped(population: Population, members: Sequence[str]) -> Group:
    tally = population.add_group(f"Of {len(members)}", members)
    return Group(population.groups[-1][0], set(members), 1 + tally.count)


def main() -> int:
    """0 where every change holds, and none was refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.members", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--members", type=int, default=50_000, help="of the large group (default 50,000)")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vestibule-members-"))
        place = None
        if given.store == "postgresql":
            place = stack.enter_context(running(**_DURABLE)).place().environment
        population = Population(Path(folder), given.members, place=place)
        population.start()
        stack.callback(population.server.stop)
        population.load(lambda _, users: print(f"\r{users:,} people", end="", flush=True), chunk=5000)
        print()
        outcome = members_at_once(population)
    for fault in outcome.faults:
        print(f"FAULT: {fault}")
    print(
        f"{outcome.changes:,} changes over {LANES} connections on {given.store}; one to the group of {given.members:,} "
        f"took {outcome.ratio:.2f} times one to a group of {SMALL}."
    )
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
