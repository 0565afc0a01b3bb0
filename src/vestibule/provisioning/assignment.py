"""Assignments: people and groups that were given an application, with application attributes.

A value set for a person wins over one set for a group; among groups the one with the highest
priority (the lowest number) wins (W74).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vestibule.provisioning.mapping import MappingRow, check_enum
from vestibule.refused import Refused


class Subject(StrEnum):
    """Who is assigned."""

    PERSON = "person"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Of a person, or of a group with all its members.

    ``before_provisioning``: made while the application had no connection. Such people are not
    created until an administrator provisions them (*Provision User*, W50).
    """

    subject: Subject
    subject_id: str
    priority: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    before_provisioning: bool = False


def effective_values(assignments: Iterable[Assignment], rows: Sequence[MappingRow]) -> dict[str, str]:
    """By variable, the application attribute values that hold for a person with these assignments."""
    group_scoped = {row.variable for row in rows if row.scope == "group"}
    values: dict[str, str] = {}
    for assignment in in_order_of_precedence(assignments):
        for variable, value in assignment.values.items():
            allowed = assignment.subject is Subject.PERSON or variable in group_scoped
            if value and allowed:
                values.setdefault(variable, value)
    return values


def in_order_of_precedence(assignments: Iterable[Assignment]) -> list[Assignment]:
    """The person's own first, then groups by priority, the lowest number first."""
    return sorted(assignments, key=_precedence)


def check_values(values: Mapping[str, str], rows: Sequence[MappingRow], subject: Subject) -> None:
    """Raises Refused for an attribute the application has not, or a value it does not take."""
    by_variable = {row.variable: row for row in rows}
    for variable, value in values.items():
        row = by_variable.get(variable)
        if row is None:
            raise Refused(
                f"The application has no attribute {variable!r}. It has: {', '.join(sorted(by_variable))}."
            )
        check_enum(row, value)
        if subject is Subject.GROUP and row.scope != "group":
            raise Refused(f"{variable} is personal: set it for people, not for a group.")


def _precedence(assignment: Assignment) -> tuple[bool, int, str]:
    return assignment.subject is Subject.GROUP, assignment.priority, assignment.subject_id
