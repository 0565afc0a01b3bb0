"""PURE · Rows of people, groups and memberships → a reading of the directory; broken rows are told.

Every source brings its rows here, so that what makes a row broken is the same whatever it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from vestibule.provisioning.source import GroupRow, PersonRow, Reading, Status, fold_login
from vestibule.provisioning.wording import number_of
from vestibule.refused import Refused

#: How long one value may be.
LONGEST = 4_096
#: How many values one row may have.
MOST_VALUES = 500

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class UnreadableSource(Refused):
    """The source as a whole is of no use; the message names it and the cure. Nothing was imported."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not imported, and why. ``line`` is 0 where the source has no lines."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line, its values by column, and what its faults are told under.

    ``broken``: it could not be read; a fault has been told, and ``values`` has the login alone,
    or nothing where not even that could be read.
    """

    line: int
    values: dict[str, str]
    broken: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What the four kinds of rows are called in sentences: the names of files, of queries, …"""

    people: str = "people"
    groups: str = "groups"
    memberships: str = "memberships"
    nested: str = "nested groups"


def reading_of(
    people: Iterable[Row],
    groups: Iterable[Row] = (),
    memberships: Iterable[Row] = (),
    nested: Iterable[Row] = (),
    *,
    names: Names,
    faults: list[Fault],
) -> Reading:
    """The directory that the rows tell; what is broken goes to ``faults``.

    People have login, email, status and any further attributes; groups name, id and description;
    memberships group and login; nested groups group and member (the inner one).
    """
    reading = _people(people, names, faults)
    reading = _groups(reading, groups, names, faults)
    reading = _memberships(reading, memberships, names, faults)
    return _nested(reading, nested, names, faults)


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """By file, in the order in which the files were read, then by line."""
    files = list(dict.fromkeys(fault.file for fault in faults))
    return sorted(faults, key=lambda fault: (files.index(fault.file), fault.line))


def value_fault(name: str, value: str) -> str:
    """Why a value cannot be kept, or ""."""
    if _CONTROL.search(value):
        return f"{name} holds a control character"
    if len(value) > LONGEST:
        return f"{name} is {len(value)} characters long; {LONGEST} are allowed"
    return ""


def values_fault(values: dict[str, str]) -> str:
    """Why a row's values cannot be kept, or ""."""
    if len(values) > MOST_VALUES:
        return f"{number_of(len(values), 'value')}; {MOST_VALUES} are allowed"
    for name, value in values.items():
        if reason := value_fault(name, value):
            return reason
    return ""


def person_fault(values: dict[str, str]) -> str:
    """Why such a person cannot be imported, or ""."""
    if not values.get("login"):
        return "login is empty"
    email = values.get("email", "")
    if not _EMAIL.fullmatch(email):
        return f"email {email!r} is no e-mail address"
    status = values.get("status", "").upper()
    if status and status not in Status.__members__:
        return f"status {values['status']!r} is not known; allowed: {', '.join(Status)}"
    return ""


def person_row(values: dict[str, str]) -> PersonRow:
    """The person of a row without fault."""
    status = Status(values.get("status", "").upper() or Status.ACTIVE)
    attributes = {name: value for name, value in values.items() if value and name != "status"}
    return PersonRow(values["login"], attributes, status)


def membership_fault(reading: Reading, row: Row, names: Names) -> str:
    """Why such a membership cannot be imported, or ""."""
    group, login = row.values["group"], row.values["login"]
    if group not in reading.groups and reading.groups_complete:
        return f"group {group!r} is not in {names.groups}"
    if fold_login(login) not in reading.people and fold_login(login) not in reading.unread:
        return f"login {login!r} is not in {names.people}"
    return ""


def _people(rows: Iterable[Row], names: Names, faults: list[Fault]) -> Reading:
    people: dict[str, PersonRow] = {}
    first_line: dict[str, int] = {}
    unread: set[str] = set()
    complete = True
    for row in rows:
        login = row.values.get("login", "")
        key = fold_login(login)
        if row.broken:
            complete = complete and bool(key)
            unread.add(key)
            continue
        reason = person_fault(row.values)
        if not reason and key in people:
            at = f"on line {first_line[key]}" if row.line else "there"
            reason = f"login {login!r} is already {at}"
        if reason:
            faults.append(Fault(row.place or names.people, row.line, reason))
            complete = complete and bool(key)
            if key not in people:
                unread.add(key)
            continue
        people[key] = person_row(row.values)
        first_line[key] = row.line
    return Reading(people=people, unread=frozenset(unread - set(people) - {""}), people_complete=complete)


def _groups(reading: Reading, rows: Iterable[Row], names: Names, faults: list[Fault]) -> Reading:
    groups: dict[str, GroupRow] = {}
    first_line: dict[str, int] = {}
    complete = True
    for row in rows:
        if row.broken:
            complete = False
            continue
        name = row.values.get("name", "")
        key = row.values.get("id") or name
        reason = "name is empty" if not name else ""
        if not reason and key in groups:
            reason = (
                f"group {key!r} is already in the file" if row.line else f"group {key!r} is already there"
            )
        if not reason and name.casefold() in first_line:
            at = f"on line {first_line[name.casefold()]}" if row.line else "there"
            reason = f"name {name!r} is already {at}"
        if reason:
            faults.append(Fault(row.place or names.groups, row.line, reason))
            complete = False
            continue
        groups[key] = GroupRow(key, name, row.values.get("description", ""))
        first_line[name.casefold()] = row.line
    return replace(reading, groups=groups, groups_complete=complete)


def _memberships(reading: Reading, rows: Iterable[Row], names: Names, faults: list[Fault]) -> Reading:
    pairs: set[tuple[str, str]] = set()
    complete = True
    for row in rows:
        if row.broken:
            complete = False
            continue
        pair = (row.values["group"], fold_login(row.values["login"]))
        reason = membership_fault(reading, row, names)
        if not reason and pair in pairs:
            reason = f"{row.values['login']!r} is already in group {row.values['group']!r}"
        if reason:
            faults.append(Fault(row.place or names.memberships, row.line, reason))
        else:
            pairs.add(pair)
    return replace(reading, memberships=frozenset(pairs), memberships_complete=complete)


def _nested(reading: Reading, rows: Iterable[Row], names: Names, faults: list[Fault]) -> Reading:
    pairs: set[tuple[str, str]] = set()
    complete = reading.memberships_complete
    for row in rows:
        if row.broken:
            complete = False
            continue
        outer, inner = row.values["group"], row.values["member"]
        missing = [one for one in (outer, inner) if one not in reading.groups and reading.groups_complete]
        reason = f"group {missing[0]!r} is not in {names.groups}" if missing else ""
        if outer == inner:
            reason = f"group {outer!r} cannot be a member of itself"
        if reason:
            faults.append(Fault(row.place or names.nested, row.line, reason))
        else:
            pairs.add((outer, inner))
    return replace(reading, nested=frozenset(pairs), memberships_complete=complete)
