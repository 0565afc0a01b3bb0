"""A directory of so many people in ten groups, loaded over HTTP as everybody else would."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bench.call import Call, ScimCalls
from bench.lane import Script
from bench.load import drive
from bench.people import person, user_name
from bench.servers import Vestibule
from bench.tally import Tally

GROUPS = 10
#: Members in one PATCH, as identity providers batch them.
_BATCH = 1000
CONNECTIONS = 32


class WrongAnswer(AssertionError):
    """The server answered what it must not; figures of such a run mean nothing."""


class Population:
    """One server with its people; knows their ids, and which numbers are not taken yet."""

    def __init__(
        self, folder: Path, users: int, *, place: Mapping[str, str] | None = None, seed: int = 20
    ) -> None:
        self.wanted = users
        self.server = Vestibule(folder, f"users-{users}", place)
        self.random = random.Random(seed + users)
        self.people: list[tuple[str, str]] = []
        self.groups: list[tuple[str, list[str]]] = []
        self._next = 0
        self.calls: ScimCalls
        self.token = ""

    def start(self) -> None:
        """The server with one empty tenant."""
        self.server.start()
        self.token = self.server.new_tenant("bench")
        self.calls = self.server.calls(self.token)

    def create_calls(self, count: int) -> Iterator[Call]:
        """POSTs of the next ``count`` people; who is created is known here afterwards."""
        for _ in range(count):
            yield self.create_call()

    def create_call(self) -> Call:
        """The POST of the next person."""
        number = self._next
        self._next += 1
        return self.calls.create(
            person(number), lambda body: self.people.append((user_name(number), _id(body)))
        )

    def next_user_name(self) -> str:
        """The name the next ``create_call`` uses."""
        return user_name(self._next)

    def load(self, between: Callable[[Tally, int], None], chunk: int) -> None:
        """Create everybody over 32 connections; after each chunk ``between`` is told how it went."""
        while len(self.people) < self.wanted:
            tally = self.create(min(chunk, self.wanted - len(self.people)))
            between(tally, len(self.people))

    def create(self, count: int) -> Tally:
        """So many more people over 32 connections, all requests ready before the first is sent."""
        ready = iter(list(self.create_calls(count)))
        return self.drive([Script(ready)] * CONNECTIONS)

    def add_group(self, name: str, members: Sequence[str]) -> Tally:
        """One group with those members, added by the thousand; the times of the batches."""
        made: list[str] = []
        self.drive([Script(iter([self.calls.create_group(name, lambda body: made.append(_id(body)))]))])
        batches = [members[at : at + _BATCH] for at in range(0, len(members), _BATCH)]
        calls = (self.calls.add_members(made[0], batch, "add a thousand") for batch in batches)
        tally = self.drive([Script(calls)])
        self.groups.append((made[0], list(members)))
        return tally

    def add_ten_groups(self) -> None:
        """Everybody in one of ten groups."""
        for number in range(GROUPS):
            self.add_group(f"Division {number + 1}", [user_id for _, user_id in self.people[number::GROUPS]])

    def drive(self, scripts: Sequence[Script], *, seconds: float = 600.0, most: int | None = None) -> Tally:
        """Play scripts to this server. WrongAnswer at the first answer that is not as it must be."""
        tally = drive(self.server.port, scripts, seconds=seconds, most=most, pid=self.server.pid)
        if tally.wrong:
            raise WrongAnswer(
                f"{tally.wrong} of {tally.count} answers were wrong; the first: {tally.first_wrong}"
            )
        return tally

    def anyone(self) -> tuple[str, str]:
        """(userName, id) of somebody."""
        return self.random.choice(self.people)


def _id(body: bytes) -> str:
    found: str = json.loads(body)["id"]
    return found
