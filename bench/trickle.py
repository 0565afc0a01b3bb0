"""A steady trickle of writes from a process of its own, while others measure.

``python -m bench.trickle PORT TOKEN PER_SECOND ID…`` gives those people one title after another, over one connection, until
its input ends, and prints how many writes it sent as JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, cycle

from bench.call import Call, ScimCalls
from bench.lane import Script
from bench.load import drive
from bench.population import Population, WrongAnswer
from bench.process import python, when_input_ends

#: So many people are written in turn.
_PEOPLE = 50


class Trickle:
    """The writes so far, of trickles that have ended."""

    def __init__(self) -> None:
        self.writes = 0

    @contextmanager
    def beside(self, populations: list[Population], per_second: float) -> Iterator[None]:
        """So many writes a second to each of them meanwhile. WrongAnswer where one was refused."""
        children = [_start(population, per_second) for population in populations]
        try:
            for child in children:
                assert child.stdout is not None
                child.stdout.readline()
            yield
            for child in children:
                assert child.stdin is not None
                child.stdin.close()
            for child in children:
                assert child.stdout is not None
                said = json.loads(child.stdout.readline())
                if said["wrong"]:
                    raise WrongAnswer(f"writes beside the measures: {said['wrong']}")
                self.writes += said["writes"]
        finally:
            for child in children:
                child.kill()
                child.wait()


def _start(population: Population, per_second: float) -> subprocess.Popen[str]:
    ids = [user_id for _, user_id in population.people[:_PEOPLE]]
    command = python(
        "-m", "bench.trickle", str(population.server.port), population.token, str(per_second), *ids
    )
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def writes(calls: ScimCalls, ids: list[str], ends: threading.Event) -> Iterator[Call]:
    """One person after another gets a title that nobody had: each is an event."""
    for number, user_id in zip(count(time.time_ns()), cycle(ids), strict=False):
        if ends.is_set():
            return
        yield calls.patch_title(user_id, f"Keeper of number {number}")


def main() -> None:
    """Until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m bench.trickle", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("token")
    parser.add_argument("per_second", type=float)
    parser.add_argument("ids", nargs="+")
    asked = parser.parse_args()
    calls = writes(ScimCalls(asked.port, asked.token), asked.ids, when_input_ends())
    print("begun", flush=True)
    tally = drive(asked.port, [Script(calls, 1 / asked.per_second)], seconds=3600.0)
    found = {"writes": tally.count, "wrong": tally.first_wrong}
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
