"""Drift: where an application holds something else than it was told. Pure.

*changed there*: somebody edited it; *unknown there*: it was told, and is not there; *unknown
here*: it is there, and nobody here stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.application import Application
from vestibule.provisioning.assignment import effective_values
from vestibule.provisioning.external_name import value_at
from vestibule.provisioning.mapping import AppliesOn, MappingRow, mapped_values
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.reason import ACTIVE, Difference


class DriftKind(StrEnum):
    """What is wrong."""

    CHANGED_THERE = "changed there"
    UNKNOWN_THERE = "unknown there"
    UNKNOWN_HERE = "unknown here"


@dataclass(frozen=True, slots=True)
class Drift:
    """One finding: ``of`` is "user" or "group"; a difference's *before* is what is there, *after* what was told."""

    kind: DriftKind
    of: str
    label: str
    external_id: str
    sentence: str
    differences: tuple[Difference, ...] = ()


def user_drift(
    application: Application, rows: Sequence[MappingRow], facts: PersonFacts, there: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """In what the user there differs from what was sent last. Only what was sent is compared."""
    known = facts.app_user
    assert known is not None
    found = []
    is_active = there.get("active") is not False
    if is_active is not (known.state is AppUserState.ACTIVE):
        found.append(Difference(ACTIVE, is_active, not is_active))
    if known.state is not AppUserState.ACTIVE:
        return tuple(found)
    assigned = effective_values(facts.assignments, rows)
    mapped = mapped_values(rows, facts.person, application.username_of(facts.person), assigned)
    places = {row.variable: value for row, value in mapped if row.applies_on is AppliesOn.CREATE_AND_UPDATE}
    for variable, sent in known.sent_values.items():
        if variable in places:
            held = value_at(there, places[variable])
            if not _same(held, sent):
                found.append(Difference(variable, held, sent))
    return tuple(found)


def known_as_it_is(known: AppUser, there: Mapping[str, Any], differing: Sequence[Difference]) -> AppUser:
    """What is known, brought in line with what is really there: the next plan sends the difference."""
    state = AppUserState.ACTIVE if there.get("active") is not False else AppUserState.INACTIVE
    changed = {one.variable: one.before for one in differing if one.variable != ACTIVE}
    if not changed:
        return replace(known, state=state, fault="", fault_hash="")
    values = {**known.sent_values, **changed}
    present = {name: value for name, value in values.items() if value is not None}
    return replace(known, state=state, sent_hash="", sent_values=present, fault="", fault_hash="")


def gone_there(known: AppUser) -> AppUser:
    """The counterpart is not there: whoever is assigned is looked up and created again."""
    return AppUser(known.person_id)


def _same(held: Any, sent: Any) -> bool:
    """``true`` and "True" are one, and a number and its text."""
    if held == sent:
        return True
    if isinstance(held, list) or isinstance(sent, list) or held is None or sent is None:
        return False
    return str(held).casefold() == str(sent).casefold()
