"""Set-up guides: one file of the folder ``guides`` for each identity provider, in its own words and order.

A step ticks itself when the traffic shows that it was done; one that leaves no trace is done when a
later one is. Whoever does it may mark a step by hand as well (``tenancy.set_up_steps``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from vestibule.directory.overview import DirectoryOverview, Numbers, Picked
from vestibule.profiles.profile import ApplicationProfile, UserNameRule
from vestibule.tenancy.api_token import MarkedStep
from vestibule.tenancy.store import SetUpStepStore
from vestibule.tenancy.tenant import Tenant

_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: on which screen, what, and which values stand beside it."""

    key: str
    screen: str
    text: str
    shows: tuple[str, ...] = ()
    #: What the traffic must show: connected, created, teams or deactivated; "" leaves no trace.
    done: str = ""
    only_email: bool = False
    only_teams: bool = False


@dataclass(frozen=True, slots=True)
class Guide:
    """The steps at one identity provider."""

    key: str
    name: str
    order: int
    steps: tuple[Step, ...]

    def for_product(self, profile: ApplicationProfile) -> tuple[Step, ...]:
        """Those that the product needs."""
        return tuple(
            step
            for step in self.steps
            if (profile.teams or not step.only_teams)
            and (profile.user_name is UserNameRule.EMAIL or not step.only_email)
        )


@lru_cache(maxsize=1)
def guides() -> Mapping[str, Guide]:
    """All of the folder, in their order."""
    found = []
    for file in (resources.files("vestibule.web.console.receiving") / "guides").iterdir():
        if file.name.endswith(".toml"):
            read = tomllib.loads(file.read_text("utf-8"))
            steps = tuple(Step(**{**step, "shows": tuple(step.get("shows", ()))}) for step in read["steps"])
            key = file.name.removesuffix(".toml")
            found.append(Guide(key, read["name"], read["order"], steps))
    return {guide.key: guide for guide in sorted(found, key=lambda guide: guide.order)}


async def signs(overview: DirectoryOverview, tenant: Tenant) -> frozenset[str]:
    """What the tenant's traffic has shown so far."""
    numbers: Numbers = await overview.numbers(tenant.id)
    requests = await overview.requests(tenant.id, Picked(_LOOKED_AT))
    found = set()
    if any(request.status < 400 for request in requests):
        found.add("connected")
    if numbers.active + numbers.inactive + numbers.deleted:
        found |= {"connected", "created"}
    if numbers.inactive or numbers.deleted:
        found.add("deactivated")
    if numbers.teams:
        found.add("teams")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Tick:
    """Whether a step was done; ``marked`` where somebody said so by hand, and the traffic does not show it."""

    done: bool
    marked: MarkedStep | None = None


def ticked(steps: tuple[Step, ...], shown: frozenset[str], marks: Mapping[str, MarkedStep]) -> list[Tick]:
    """For each step whether it was done: by its own sign, by that of a later one, or by hand."""
    done = []
    later = False
    for step in reversed(steps):
        own = step.done in shown if step.done else False
        by_sign = own or (later and not step.done)
        mark = None if by_sign else marks.get(step.key)
        done.append(Tick(by_sign or mark is not None, mark))
        later = later or own
    return done[::-1]


@dataclass(frozen=True, slots=True)
class Progress:
    """A guide's steps for a tenant, each with its tick; ``next_step`` is a number, 0 where all are done."""

    steps: list[tuple[Step, Tick]]

    @property
    def next_step(self) -> int:
        """The first that is not done."""
        return next((at for at, (_, tick) in enumerate(self.steps, 1) if not tick.done), 0)

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(tick.done for _, tick in self.steps)


async def progress(
    overview: DirectoryOverview, marks: SetUpStepStore, tenant: Tenant, profile: ApplicationProfile
) -> dict[str, Progress]:
    """How far every guide is, by its key."""
    shown, marked = await signs(overview, tenant), await marks.marked_steps(tenant.id)
    found = {}
    for key, guide in guides().items():
        steps = guide.for_product(profile)
        by_hand = {one.step: one for one in marked if one.guide == key}
        found[key] = Progress(list(zip(steps, ticked(steps, shown, by_hand), strict=True)))
    return found
