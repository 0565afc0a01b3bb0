"""A plan changed from the command line holds for the very next request, load or no load."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bench.call import Call, ScimCalls
from bench.lane import Script
from bench.load import drive
from bench.people import person, user_name
from bench.servers import Vestibule
from bench.tally import Tally
from bench.workload import MIX, MIX_CONNECTIONS
from tests.served import Hand

_EFFECT_SECONDS = 2.0


class _Load:
    """The mix of W6 on another tenant, on end, from a thread."""

    def __init__(self, hand: Hand) -> None:
        self._calls = ScimCalls(hand.port, hand.token)
        self._hand = hand
        self._ids = [hand.create(user_name(number)) for number in range(20)]
        self._group = hand.create_group("Busy")
        self._next = 1000
        self._over = False
        self.tally = Tally()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._thread.join()

    def _run(self) -> None:
        self.tally = drive(self._hand.port, [Script(self._mix())] * MIX_CONNECTIONS, seconds=120.0)

    def _mix(self) -> Iterator[Call]:
        order = [kind for kind, share in MIX.items() for _ in range(share)]
        number = 0
        while not self._over:
            number += 37
            user_id = self._ids[number % len(self._ids)]
            match order[number % len(order)]:
                case "lookup":
                    yield self._calls.lookup(user_name(number % len(self._ids)))
                case "get":
                    yield self._calls.get(user_id)
                case "create":
                    self._next += 1
                    yield self._calls.create(person(self._next))
                case "patch active":
                    yield self._calls.patch_active(user_id, number % 2 == 0)
                case "add member":
                    yield self._calls.add_members(self._group, [user_id])
                case "list":
                    yield self._calls.page(1)


@pytest.fixture
def acall(new_hand: Callable[..., Hand]) -> Hand:
    """A tenant of the product whose basic plan has no provisioning."""
    return new_hand("--profile", "acall")


def test_a_change_of_plan_takes_effect_under_load(hand: Hand, acall: Hand, server: Vestibule) -> None:
    assert acall("GET", "/Users").status == 200
    with _Load(hand) as load:
        started = time.monotonic()
        server.command("tenant", "show", acall.slug)
        of_starting_python = time.monotonic() - started
        for plan, status in (("basic", 403), ("business", 200), ("basic", 403), ("enterprise", 200)):
            started = time.monotonic()
            server.command("tenant", "set-plan", acall.slug, plan)
            took = time.monotonic() - started - of_starting_python
            answer = acall("GET", "/Users")
            assert answer.status == status, (plan, answer)
            assert status == 200 or "basic" in answer.json["detail"].lower()
            assert took < _EFFECT_SECONDS
    assert load.tally.count > 100
    assert not load.tally.wrong, load.tally.first_wrong


@pytest.mark.requirement("R184")
def test_a_revoked_token_is_refused_by_the_next_request(hand: Hand, acall: Hand, server: Vestibule) -> None:
    second = server.command("token", "issue", acall.slug, "--name", "second")
    with _Load(hand):
        server.command("token", "revoke", acall.slug, "second")
        answer = Hand(acall.port, second)("GET", "/Users")
    assert answer.status == 401
    assert "revoked" in answer.json["detail"]
    assert acall("GET", "/Users").status == 200
