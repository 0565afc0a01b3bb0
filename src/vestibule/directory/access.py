"""``active`` is what the identity provider said, ``access`` is what the product applies."""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.directory.events import AccessEnded, AccessGranted, Event
from vestibule.directory.resource import Access, Resource


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """A person's access afterwards, the event it makes, and who counts as a leaver."""

    access: Access
    events: tuple[Event, ...] = ()
    leavers: tuple[str, ...] = ()


def decide_access(person_id: str, before: Resource | None, active: bool) -> AccessDecision:
    """Access follows ``active``: false ends it, true grants it.

    Who had none to lose makes no event, a held leaver who comes back lost nothing. Bulk leavers
    are held by the guard rail, which counts the ``leavers``.
    """
    had = before.access if before else None
    if active:
        granted = had is Access.ENDED
        return AccessDecision(Access.GRANTED, (AccessGranted(person_id),) if granted else ())
    if had is Access.GRANTED:
        return AccessDecision(Access.ENDED, (AccessEnded(person_id),), (person_id,))
    return AccessDecision(had or Access.ENDED)


def ended(person: Resource) -> AccessDecision:
    """Access of a person who is deleted: ended at once, held or not."""
    if person.access is Access.ENDED:
        return AccessDecision(Access.ENDED)
    leavers = (person.id,) if person.access is Access.GRANTED else ()
    return AccessDecision(Access.ENDED, (AccessEnded(person.id),), leavers)
