"""The promises with webhooks and without, in turns: a hundred endpoints, ten of them dead, and the feed followed.

Two servers for each size. One has nothing but its people, and is measured alone and beside a steady trickle of writes: a commit
makes what was read before it cold, whoever hears of it. The other has the endpoints and a reader that follows its feed, and is
measured beside the same writes, whose events go to those endpoints that are its tenant's. What bare uvicorn does is
measured in the same turn, beside the same writes and deliveries: they take from it what they take from the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from rich.progress import Progress

from bench.compared import Memory, Sizes, WithWebhooks, compared, lag
from bench.endpoints import DEAD, ENDPOINTS, SETTINGS, Endpoints, Shop, add_endpoints, product, reached
from bench.feed_reader import Feed, following
from bench.measures import LOOKUP, Measures
from bench.population import Population
from bench.process import resident_megabytes
from bench.results import Bar, Results
from bench.run import Plan, Stage, load, populations, sizes_of_groups, stage
from bench.trickle import Trickle

#: After as long without any delivery what was written has been delivered.
_QUIET_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How much goes on, and how often it is looked."""

    rounds: int
    #: People created in one burst.
    creates: int
    #: Endpoints of the measured tenant.
    near: int = 10
    #: Writes a second on each server, while it or its like is measured.
    pace: float = 20.0
    #: Seconds of them before the first round: the process that delivers starts meanwhile.
    warm_up: float = 3.0


@dataclass(slots=True)
class Busy:
    """The servers with endpoints, and what reached these."""

    populations: list[Population]
    shop: Shop
    pace: float
    endpoints: list[Endpoints] = field(default_factory=list)
    feeds: list[Feed] = field(default_factory=list)
    trickle: Trickle = field(default_factory=Trickle)

    @contextmanager
    def under_way(self, told: list[dict[str, Any]]) -> Iterator[None]:
        """Writes trickle meanwhile; then until everything is delivered. ``told`` gets how late it came."""
        with self.trickle.beside(self.populations, self.pace):
            yield
        told += self.shop.settled(_QUIET_SECONDS)


def run(plan: Plan, surroundings: Surroundings, progress: Progress) -> WithWebhooks:
    """A whole run. Raises WrongAnswer, ConnectionLost or ChildFailed; servers are ended in any case."""
    with ExitStack() as stack:
        set_up = stack.enter_context(stage(plan))
        shop = stack.enter_context(product())
        without = _arm(set_up, plan, stack.enter_context(populations(set_up, plan.users, "without")))
        beside = _arm(set_up, plan, stack.enter_context(populations(set_up, plan.users, "with", SETTINGS)))
        load([*without.populations, *beside.populations], _create, progress)
        for measures in (without, beside):
            measures.add_groups(sizes_of_groups(measures, plan))
        busy = Busy(beside.populations, shop, surroundings.pace)
        busy.endpoints = [add_endpoints(one, shop, surroundings.near) for one in busy.populations]
        found = WithWebhooks(
            set_up.machine,
            set_up.store,
            Sizes(surroundings.rounds, ENDPOINTS, DEAD, surroundings.near, surroundings.pace),
        )
        with ExitStack() as feeds:
            busy.feeds = [feeds.enter_context(following(one)) for one in busy.populations]
            _measure(without, beside, busy, plan, surroundings, found, progress)
            _look_back(busy, found)
        found.read_from_feed = sum(feed.read for feed in busy.feeds)
        found.memory = list(_memory(without, beside))
    return found


def _arm(set_up: Stage, plan: Plan, found: list[Population]) -> Measures:
    return Measures(found, set_up.bare, set_up.folder, plan.effort, Results(), set_up.reads)


def _create(population: Population, progress: Callable[[int], None]) -> None:
    population.load(lambda _, users: progress(users), chunk=1000)


def _measure(
    without: Measures,
    beside: Measures,
    busy: Busy,
    plan: Plan,
    surroundings: Surroundings,
    found: WithWebhooks,
    progress: Progress,
) -> None:
    with busy.under_way([]):
        time.sleep(surroundings.warm_up)
    steady: list[dict[str, Any]] = []
    bursts: list[dict[str, Any]] = []
    plain = Trickle()
    arms: dict[str, Callable[[], list[Bar]]] = {
        "alone": lambda: _turn(without, plan, surroundings, lambda _: nullcontext()),
        "beside writes": lambda: _turn(
            without, plan, surroundings, lambda _: plain.beside(without.populations, surroundings.pace)
        ),
        "with webhooks": lambda: _turn(
            beside, plan, surroundings, lambda is_steady: busy.under_way(steady if is_steady else bursts)
        ),
    }
    bars: dict[str, list[list[Bar]]] = {name: [] for name in arms}
    bar = progress.add_task("Measuring", total=len(arms) * surroundings.rounds)
    for number in range(surroundings.rounds):
        for name in list(arms) if number % 2 == 0 else reversed(list(arms)):
            progress.update(bar, description=f"Round {number + 1} of {surroundings.rounds}, {name}")
            bars[name].append(arms[name]())
            progress.advance(bar)
    found.ratios = compared(*bars.values())
    found.steady, found.bursts = lag(steady), lag(bursts)
    found.writes = busy.trickle.writes


def _turn(
    measures: Measures,
    plan: Plan,
    surroundings: Surroundings,
    meanwhile: Callable[[bool], AbstractContextManager[None]],
) -> list[Bar]:
    """Every promise once; first what only reads, then what writes at full tilt."""
    results = Results()
    measures.begin_anew(results)
    with meanwhile(True):
        measures.lookups_under_load()
        measures.one_connection([LOOKUP])
        measures.imports()
        measures.beside(plan.beside_seconds)
    with meanwhile(False):
        measures.creates(surroundings.creates)
        measures.members()
    measures.bare_limits()
    return results.bars


def _look_back(busy: Busy, found: WithWebhooks) -> None:
    """What reached the endpoints, once all has; at most a minute later."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for population, endpoints in zip(busy.populations, busy.endpoints, strict=True):
        seen = reached(population, busy.shop, endpoints)
        while seen.missing and time.monotonic() < deadline:
            time.sleep(1.0)
            seen = reached(population, busy.shop, endpoints)
        found.missing += seen.missing
        found.events += seen.events
    told = busy.shop.told()
    found.out_of_order, found.again = told["out_of_order"], told["again"]


def _memory(without: Measures, beside: Measures) -> Iterator[Memory]:
    for one, other in zip(without.populations, beside.populations, strict=True):
        plain, busy = resident_megabytes(one.server.pid), resident_megabytes(other.server.pid)
        if plain is not None and busy is not None:
            yield Memory(one.wanted, plain[0], busy[0])
