"""PURE · Who is in scope of an application and why, and which assignment gives each attribute (W74)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vestibule.provisioning.assignment import Assignment, Subject, in_order_of_precedence
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.source import Person, Status


@dataclass(frozen=True, slots=True)
class Given:
    """A value that an assignment has for a person, and what became of it."""

    variable: str
    value: str
    by: str
    counts: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """``reasons`` are the assignments that hold for a person, the strongest first, in words."""

    in_scope: bool
    sentence: str
    reasons: tuple[str, ...] = ()
    values: tuple[Given, ...] = ()


def scope_of(
    person: Person,
    assignments: Sequence[Assignment],
    rows: Sequence[MappingRow],
    group_names: Mapping[str, str],
    through: Mapping[str, Sequence[str]],
) -> Scope:
    """Why a person is, or is not, to be at an application.

    ``through`` names, for a group that assigns, the groups in it by which the person is a member.
    """
    ordered = in_order_of_precedence(assignments)
    named = [(one, _name(one, group_names)) for one in ordered]
    reasons = tuple(_reason(one, name, through.get(one.subject_id, ())) for one, name in named)
    values = tuple(_values(named, rows))
    if person.status is not Status.ACTIVE:
        sentence = (
            "suspended: nothing is sent, neither way"
            if person.status is Status.SUSPENDED
            else "left the directory: deactivated there"
        )
        return Scope(False, sentence, reasons, values)
    if not ordered:
        return Scope(False, "no assignment: neither the person nor a group of theirs is assigned")
    if all(one.before_provisioning for one in ordered):
        waiting = "assigned before provisioning was set up: waits for provision-now, unless there already"
        return Scope(True, waiting, reasons, values)
    return Scope(True, f"in scope by {named[0][1]}", reasons, values)


def _name(assignment: Assignment, group_names: Mapping[str, str]) -> str:
    if assignment.subject is Subject.PERSON:
        return "an assignment of their own"
    return f"the group {group_names.get(assignment.subject_id, assignment.subject_id)}"


def _reason(assignment: Assignment, name: str, through: Sequence[str]) -> str:
    said = name
    if assignment.subject is Subject.GROUP:
        said += f" (priority {assignment.priority})"
    if through:
        said += f", through {', '.join(through)} in it"
    return f"{said}, from before provisioning" if assignment.before_provisioning else said


def _values(named: Sequence[tuple[Assignment, str]], rows: Sequence[MappingRow]) -> list[Given]:
    """Each value set anywhere; of one attribute the first that may count does."""
    group_scoped = {row.variable for row in rows if row.scope == "group"}
    known = {row.variable for row in rows}
    taken: dict[str, str] = {}
    found = []
    for assignment, name in named:
        for variable, value in sorted(assignment.values.items()):
            note = ""
            if not value:
                continue
            if variable not in known:
                note = "the application has no such attribute any more"
            elif assignment.subject is Subject.GROUP and variable not in group_scoped:
                note = "the attribute is personal: a group gives it to nobody"
            elif variable in taken:
                note = f"{taken[variable]} is stronger"
            else:
                taken[variable] = name
            found.append(Given(variable, value, name, not note, note))
    return found
