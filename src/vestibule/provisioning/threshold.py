"""Thresholds: what a plan or a run may take away before somebody has to say so. Pure.

Each has a name, by which whoever answers for it lets it pass: ``--accept deactivations``.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from vestibule.provisioning.wording import number_of
from vestibule.refused import Refused


class Threshold(StrEnum):
    """What is counted."""

    DEACTIVATIONS = "deactivations"
    MEMBER_REMOVALS = "member-removals"
    GROUP_DELETIONS = "group-deletions"


@dataclass(frozen=True, slots=True)
class Limits:
    """So many at once need no word; beyond that, so large a share of what is there needs one."""

    number: int = 10
    share: float = 0.20


class Held(Refused):
    """A threshold stopped a plan or a run."""

    status = 409


_SENTENCES = {
    Threshold.DEACTIVATIONS: "would be deactivated",
    Threshold.MEMBER_REMOVALS: "would leave their groups",
    Threshold.GROUP_DELETIONS: "would be deleted",
}
_COUNTED = {
    Threshold.DEACTIVATIONS: ("person", "people"),
    Threshold.MEMBER_REMOVALS: ("member", "members"),
    Threshold.GROUP_DELETIONS: ("group", "groups"),
}


def check_limits(limits: Limits) -> Limits:
    """The limits; raises Refused for a number below 0 or a share that is none."""
    if limits.number < 0 or not 0 <= limits.share <= 1:
        raise Refused("A threshold is a number from 0, and a share between 0 and 1 (0.2 is a fifth).")
    return limits


def held(
    taken: Mapping[Threshold, int], there: Mapping[Threshold, int], limits: Limits, accepted: Set[str]
) -> dict[Threshold, str]:
    """The thresholds that are passed and were not accepted, each with its sentence."""
    found = {}
    for threshold, count in taken.items():
        present = max(there.get(threshold, 0), count)
        if threshold in accepted or count <= limits.number or count <= present * limits.share:
            continue
        one, many = _COUNTED[threshold]
        found[threshold] = (
            f"{number_of(count, one, many)} of {present} {_SENTENCES[threshold]}: more than {limits.number} and more "
            f"than {limits.share:.0%}. If that is meant, say --accept {threshold}."
        )
    return found


def accepted_names(given: list[str]) -> frozenset[str]:
    """The names given, checked; raises Refused naming those there are."""
    for name in given:
        if name not in tuple(Threshold):
            raise Refused(f"There is no threshold {name!r}. There are: {', '.join(Threshold)}.")
    return frozenset(given)
