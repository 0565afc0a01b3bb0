"""What an assignment can say of somebody, and what became of it, as the pages show both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vestibule.provisioning.app_user import AppUserState
from vestibule.provisioning.application import Application, Operation
from vestibule.provisioning.assignment import Subject, effective_values, in_order_of_precedence
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.source import Person
from vestibule.web.console.forms import Form

_PREFIX = "value_"


@dataclass(frozen=True, slots=True)
class Assigned:
    """Somebody who is assigned, or was. ``state`` is a word of ``STATES``."""

    person: Person
    by: str
    is_own: bool
    values: Mapping[str, str]
    state: str
    fault: str
    waits: bool


def assignable(rows: Sequence[MappingRow]) -> list[MappingRow]:
    """The attributes that an assignment can give: those with enumerated values, of group scope, or without a mapping."""
    return [
        row
        for row in rows
        if not row.is_user_name and (row.enum or row.scope == "group" or not row.expression)
    ]


def values_of(form: Form, rows: Sequence[MappingRow]) -> dict[str, str]:
    """What was typed for them; what was left empty is not said."""
    given = {row.variable: form.line(f"{_PREFIX}{row.variable}", 500) for row in assignable(rows)}
    return {variable: value for variable, value in given.items() if value}


def assigned(
    application: Application,
    facts: PersonFacts,
    rows: Sequence[MappingRow],
    group_names: Mapping[str, str],
    *,
    needs_approval: bool = False,
) -> Assigned:
    """One row of the list; ``needs_approval``: nothing is sent but by an approved plan."""
    ordered = in_order_of_precedence(facts.assignments)
    first = ordered[0] if ordered else None
    is_own = first is not None and first.subject is Subject.PERSON
    known = facts.app_user
    waits = bool(ordered) and all(one.before_provisioning for one in ordered)
    there = known.state if known else AppUserState.ABSENT
    if known is not None and known.fault:
        state = "failed"
    elif there is not AppUserState.ABSENT:
        state = str(there)
    elif waits:
        state = "waits"
    elif not application.enabled or Operation.CREATE not in application.operations:
        state = "unsent"
    else:
        state = "planned" if needs_approval else "pending"
    return Assigned(
        facts.person,
        "" if first is None or is_own else group_names.get(first.subject_id, first.subject_id),
        is_own,
        effective_values(facts.assignments, rows),
        state,
        known.fault if known else "",
        waits and there is AppUserState.ABSENT,
    )
