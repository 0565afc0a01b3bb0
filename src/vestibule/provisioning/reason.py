"""Why an operation is planned, and what changes by it: for whoever reads a plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.provisioning.app_user import AppUser
from vestibule.provisioning.assignment import Subject
from vestibule.provisioning.job import Kind
from vestibule.provisioning.plan import PersonFacts, PlannedUser
from vestibule.provisioning.source import Status

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Difference:
    """An attribute before and after; None is no value."""

    variable: str
    before: Any
    after: Any


def differences(facts: PersonFacts, planned: PlannedUser) -> tuple[Difference, ...]:
    """What an operation changes, in the order of the mapping; ``active`` first."""
    known = facts.app_user or AppUser(facts.person.id)
    match planned.kind:
        case Kind.DEACTIVATE:
            return (Difference(ACTIVE, True, False),)
        case Kind.REACTIVATE:
            return (Difference(ACTIVE, False, True), *_changed(known.sent_values, planned.values))
        case Kind.CREATE:
            return tuple(Difference(name, None, value) for name, value in planned.values.items())
        case Kind.UPDATE:
            return _changed(known.sent_values, planned.values)
    return ()


def reason(facts: PersonFacts, planned: PlannedUser, group_names: Mapping[str, str]) -> str:
    """Why, in a few words. ``group_names`` are the directory's groups by id."""
    match planned.kind:
        case Kind.CREATE:
            return f"{_assigned(facts, group_names)}, not there yet"
        case Kind.REACTIVATE:
            return f"{_assigned(facts, group_names)} again, inactive there"
        case Kind.DEACTIVATE:
            if facts.person.status is not Status.ACTIVE:
                return f"left the directory ({facts.person.status.lower()})"
            return "no longer assigned"
        case Kind.DELETE:
            return f"left the directory, inactive there since {(facts.app_user or AppUser('')).inactive_since[:10]}"
        case Kind.UPDATE:
            changed = [one.variable for one in differences(facts, planned)]
            return f"changed here: {', '.join(changed)}" if changed else "is to be sent again"
    return planned.note


def _assigned(facts: PersonFacts, group_names: Mapping[str, str]) -> str:
    if any(one.subject is Subject.PERSON for one in facts.assignments):
        return "assigned"
    names = [group_names.get(one.subject_id, one.subject_id) for one in facts.assignments]
    return f"assigned through {', '.join(names)}"


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Difference(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )
