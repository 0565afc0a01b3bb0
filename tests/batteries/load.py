"""A load of writes over many connections, each answer journalled, until the server goes away."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from tests.batteries.journal import Heard, Journal
from tests.served import Answer, Conversation, Hand, patch, person

LANES = 16
EVERYTHING = {"create": 40, "title": 25, "active": 12, "join": 13, "leave": 6, "delete": 4}
#: On SQLite a process of its own writes groups of these.
CREATES = {"create": 1}


@dataclass(slots=True)
class _Person:
    id: str
    active: bool = True
    joined: bool = False


class Lane(threading.Thread):
    """One connection and the people it made: nobody else writes to them, so their story is known."""

    def __init__(
        self, name: str, hand: Hand, group_id: str, journal: Journal, seed: int, kinds: Mapping[str, int]
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._kinds = kinds
        self._hand = hand
        self._group_id = group_id
        self._journal = journal
        self._dice = random.Random(seed)
        self._people: list[_Person] = []
        self._made = 0
        #: An answer that is neither what was asked for nor the end of the server.
        self.wrong: str = ""

    def run(self) -> None:
        """Write until the connection ends."""
        try:
            self._conversation = Conversation(self._hand.port)
        except OSError:
            return  # the server was killed before this lane began
        try:
            while not self.wrong:
                self._write_something()
        except OSError:
            return  # the server was killed, as it should be
        finally:
            self._conversation.close()

    def _write_something(self) -> None:
        kind = self._dice.choices(list(self._kinds), list(self._kinds.values()))[0]
        someone = self._dice.choice(self._people) if self._people else None
        if someone is None or kind == "create":
            self._create()
        elif kind == "title":
            title = f"title {self._dice.random()}"
            self._patch_user(someone, "title", title)
        elif kind == "active":
            self._patch_user(someone, "active", not someone.active)
            someone.active = not someone.active
        elif kind in ("join", "leave"):
            self._join_or_leave(someone)
        elif not someone.joined:
            self._people.remove(someone)
            wire = self._hand.wire("DELETE", f"/Users/{someone.id}")
            self._send("delete", someone.id, wire, 204)

    def _create(self) -> None:
        self._made += 1
        name = f"{self.name}.{self._made}@people.example"
        wire = self._hand.wire("POST", "/Users", person(name, title="new"))
        number = self._journal.sent(self.name, "create", name)
        answer = self._conversation.ask(wire)
        if answer.status == 201:
            user_id = str(answer.json["id"])
            self._people.append(_Person(user_id))
            self._journal.note(Heard(number, 201, answer.headers["x-request-id"], user_id))
        else:
            self.wrong = f"create: {answer}"

    def _patch_user(self, someone: _Person, attribute: str, value: object) -> None:
        body = patch({"op": "replace", "path": attribute, "value": value})
        self._send(
            attribute, someone.id, self._hand.wire("PATCH", f"/Users/{someone.id}", body), 200, value=value
        )

    def _join_or_leave(self, someone: _Person) -> None:
        if someone.joined:
            kind, operation = "leave", {"op": "remove", "path": f'members[value eq "{someone.id}"]'}
        else:
            kind, operation = "join", {"op": "add", "path": "members", "value": [{"value": someone.id}]}
        wire = self._hand.wire("PATCH", f"/Groups/{self._group_id}", patch(operation))
        self._send(kind, someone.id, wire, 204, group=self._group_id)
        someone.joined = not someone.joined

    def _send(
        self, kind: str, user_id: str, wire: bytes, status: int, *, group: str = "", value: object = None
    ) -> Answer:
        number = self._journal.sent(self.name, kind, user_id, group, value)
        answer = self._conversation.ask(wire)
        if answer.status == status:
            self._journal.note(Heard(number, status, answer.headers["x-request-id"]))
        else:
            self.wrong = f"{kind}: {answer}"
        return answer


def start_lanes(
    round_: int, hand: Hand, group_id: str, journal: Journal, kinds: Mapping[str, int] = EVERYTHING
) -> list[Lane]:
    """All lanes of one round, writing ``kinds`` as often as these say."""
    lanes = [
        Lane(f"round{round_}.lane{n}", hand, group_id, journal, round_ * 1000 + n, kinds)
        for n in range(LANES)
    ]
    for lane in lanes:
        lane.start()
    return lanes
