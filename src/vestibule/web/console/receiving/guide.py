"""Set-up guides: one file of the folder ``guides`` for each identity provider, in its own words and order.

A step ticks itself when the traffic shows that it was done; one that leaves no trace is done when a
later one is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from vestibule.directory.overview import DirectoryOverview, Numbers, Picked
from vestibule.profiles.profile import ApplicationProfile, UserNameRule
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


def ticked(steps: tuple[Step, ...], shown: frozenset[str]) -> list[bool]:
    """For each step whether it was done, by its own sign or by that of a later one."""
    done = []
    later = False
    for step in reversed(steps):
        own = step.done in shown if step.done else False
        done.append(own or (later and not step.done))
        later = later or own
    return done[::-1]
