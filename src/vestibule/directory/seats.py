"""Seats of a plan: so many people whom an identity provider manages may be active; one more is refused in words."""

from __future__ import annotations

from dataclasses import replace

from vestibule.directory.change import Change, Seats, SeatsTaken
from vestibule.directory.facts import SeatsInUse
from vestibule.directory.refusal import Refusal
from vestibule.directory.situation import Situation
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.errors import Forbidden

#: The rule of a refusal.
NO_SEAT = "no_seat"


def seats_of(profile: ApplicationProfile, plan: str, settings_version: int) -> Seats | None:
    """The seats of that plan; None where it has no limit. They are counted anew after a change of plan or product."""
    declared = profile.plans.get(plan)
    if declared is None or declared.seats is None:
        return None
    return Seats(declared.seats, f"{settings_version}/{profile.version}")


def seated(situation: Situation, change: Change, seats: Seats) -> Change:
    """The change with the seats that it takes or frees. Refusal, 403: it takes one and none is free.

    Who has a seat keeps it, also where a plan came to have fewer: only taking one more is refused.
    """
    taken = sum(write.seats for write in change.resources)
    if taken == 0:
        return change
    if taken > 0:
        in_use: int = situation.facts[SeatsInUse(seats)]
        if in_use + taken > seats.limit:
            raise no_seat(situation, seats, in_use)
    return replace(change, seats=SeatsTaken(seats, taken))


def no_seat(situation: Situation, seats: Seats, in_use: int) -> Refusal:
    """What the identity provider's administrator reads."""
    product = situation.profile.product
    contact = product.support_contact or f"the support of {product.name}"
    return Refusal(
        Forbidden(
            f"No seat is free: the plan of this tenant has {seats.limit:,} for active people, and {in_use:,} are taken. "
            f"Deactivate somebody who needs none any more, or contact {contact} for more seats, then try again."
        ),
        NO_SEAT,
        "The plan has no seat free for one more active person.",
    )
