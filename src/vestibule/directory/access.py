"""``active`` is what the identity provider said, ``access`` is what the product applies."""

from __future__ import annotations

from datetime import datetime, timedelta

from vestibule.directory.events import AccessEnded, AccessGranted, AccessHeld, Event, LeaversHeld
from vestibule.directory.facts import RecentLeavers
from vestibule.directory.resource import Access, Resource
from vestibule.directory.situation import Situation
from vestibule.scim.frozen import frozen

#: The guard rail: whose access ends beyond this share *and* this number of people within this time is held
#: for that long. A single leaver is never held, and neither are the first ones of many.
RAIL_PERCENT = 5
RAIL_PEOPLE = 10
RAIL_WITHIN = timedelta(hours=1)
RAIL_HOLDS = timedelta(minutes=30)


@frozen
class AccessDecision:
    """A person's access afterwards, the events it makes, and who counts as a leaver, held until then or not."""

    access: Access
    events: tuple[Event, ...] = ()
    leavers: tuple[str, ...] = ()
    held_until: str = ""


_AS_EVER = AccessDecision(Access.GRANTED)


def decide_access(person_id: str, before: Resource | None, active: bool) -> AccessDecision:
    """Access follows ``active``: false ends it, true grants it.

    Who had none to lose makes no event, a held leaver who comes back lost nothing. Bulk leavers
    are held by the guard rail, which counts the ``leavers``.
    """
    had = before.access if before else None
    if active:
        return (
            AccessDecision(Access.GRANTED, (AccessGranted(person_id),)) if had is Access.ENDED else _AS_EVER
        )
    if had is Access.GRANTED:
        return AccessDecision(Access.ENDED, (AccessEnded(person_id),), (person_id,))
    return AccessDecision(had or Access.ENDED)


def guarded(situation: Situation, decision: AccessDecision) -> AccessDecision:
    """The same, or held where it is one of too many who leave at once; the first one held gives the alarm."""
    if not decision.leavers:
        return decision
    (person_id,) = decision.leavers
    others, held, people = situation.facts[leavers_beside(situation, person_id)]
    leavers = others + 1
    if leavers <= RAIL_PEOPLE or leavers * 100 <= people * RAIL_PERCENT:
        return decision
    until = _moved(situation.now, RAIL_HOLDS)
    events: tuple[Event, ...] = (AccessHeld(person_id, held_until=until),)
    if not held:
        tenant = str(situation.standing.tenant)
        events = (*events, LeaversHeld(tenant, leavers=leavers, people=people, held_until=until))
    return AccessDecision(Access.HELD, events, decision.leavers, until)


def leavers_beside(situation: Situation, person_id: str) -> RecentLeavers:
    """The fact that the guard rail asks for: to the minute, and the same in each round of a decision."""
    return situation.facts.once(
        f"leavers beside {person_id}",
        lambda: RecentLeavers(f"{_moved(situation.now, -RAIL_WITHIN)[:16]}:00.000Z", person_id),
    )


def ended(person: Resource) -> AccessDecision:
    """Access of a person who is deleted: ended at once, held or not."""
    if person.access is Access.ENDED:
        return AccessDecision(Access.ENDED)
    leavers = (person.id,) if person.access is Access.GRANTED else ()
    return AccessDecision(Access.ENDED, (AccessEnded(person.id),), leavers)


def _moved(now: str, by: timedelta) -> str:
    moment = (datetime.fromisoformat(now) + by).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"
