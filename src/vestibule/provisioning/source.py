"""The directory source: the people and groups that a company has, before anything is sent.

Pure values, and what a new reading of the directory changes in them. ``attributes`` bear the
names of Okta's user profile (login, email, firstName, lastName, …).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """Of a person. Suspending sends nothing, neither way (W46)."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DEPROVISIONED = "DEPROVISIONED"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory. ``id`` is ours, stable, 20 characters like Okta's (W22)."""

    id: str
    login: str
    attributes: Mapping[str, str]
    status: Status = Status.ACTIVE

    @property
    def email(self) -> str:
        return self.attributes.get("email", "")

    @property
    def shown_name(self) -> str:
        """What a table prints: the display name, else the login."""
        return self.attributes.get("displayName") or self.login


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """A group of the directory; ``key`` is how files name it, ``name`` what people see."""

    id: str
    key: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as a file tells it."""

    login: str
    attributes: Mapping[str, str]
    status: Status = Status.ACTIVE


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group as a file tells it."""

    key: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole directory as read. ``unread`` are folded logins whose row was broken: they stay as known.

    ``people_complete`` is false where a row was so broken that not even its login could be
    read: then nobody may be taken for gone. The same for ``groups_complete``.
    """

    people: Mapping[str, PersonRow] = field(default_factory=dict)
    groups: Mapping[str, GroupRow] = field(default_factory=dict)
    memberships: frozenset[tuple[str, str]] = frozenset()
    unread: frozenset[str] = frozenset()
    people_complete: bool = True
    groups_complete: bool = True
    memberships_complete: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """The directory as it is kept: people by folded login, groups by key, memberships by both ids."""

    people: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, SourceGroup] = field(default_factory=dict)
    memberships: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What a reading changes, as one value for one transaction. Memberships are (group id, person id)."""

    people_added: tuple[Person, ...] = ()
    people_changed: tuple[Person, ...] = ()
    people_gone: tuple[Person, ...] = ()
    groups_added: tuple[SourceGroup, ...] = ()
    groups_changed: tuple[SourceGroup, ...] = ()
    groups_gone: tuple[SourceGroup, ...] = ()
    members_added: frozenset[tuple[str, str]] = frozenset()
    members_removed: frozenset[tuple[str, str]] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__)


def fold_login(login: str) -> str:
    """Logins are one in any letter case."""
    return login.strip().casefold()


def difference(known: Known, reading: Reading, new_id: Callable[[str], str]) -> SourceChange:
    """What must change for the directory to be as read.

    A person whose login is new, but whose employeeNumber belongs to somebody whose login is
    gone, is that person renamed. Whoever is no longer there is deprovisioned, and kept: their
    deactivation still has to be sent. ``new_id`` is given the prefix (``00u``, ``00g``).
    """
    renamed = _renamed(known, reading)
    people: dict[str, Person] = {}
    added: list[Person] = []
    changed: list[Person] = []
    for key, row in reading.people.items():
        before = known.people.get(renamed.get(key, key))
        person = Person(before.id if before else new_id("00u"), row.login, row.attributes, row.status)
        people[key] = person
        if before is None:
            added.append(person)
        elif person != before:
            changed.append(person)
    returned = {person.id for person in people.values()}
    gone = [
        Person(person.id, person.login, person.attributes, Status.DEPROVISIONED)
        for key, person in known.people.items()
        if reading.people_complete
        and person.id not in returned
        and key not in reading.unread
        and person.status is not Status.DEPROVISIONED
    ]
    groups, group_changes = _groups(known, reading, new_id)
    kept_people = {**known.people, **people}
    wanted = {
        (groups[group].id, kept_people[login].id)
        for group, login in reading.memberships
        if group in groups and login in kept_people
    }
    return SourceChange(
        people_added=tuple(added),
        people_changed=tuple(changed),
        people_gone=tuple(gone),
        **group_changes,
        members_added=frozenset(wanted - known.memberships),
        members_removed=_removed_members(known, reading, wanted),
    )


def _renamed(known: Known, reading: Reading) -> dict[str, str]:
    """Their former logins by the new ones; a number that two people have on either side tells nothing."""
    gone = _by_number(
        (key, known.people[key].attributes) for key in known.people if key not in reading.people
    )
    new = _by_number((key, row.attributes) for key, row in reading.people.items() if key not in known.people)
    return {key: gone[number] for number, key in new.items() if number in gone}


def _by_number(people: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    keys: dict[str, list[str]] = {}
    for key, attributes in people:
        if number := attributes.get("employeeNumber"):
            keys.setdefault(number, []).append(key)
    return {number: found[0] for number, found in keys.items() if len(found) == 1}


def _groups(
    known: Known, reading: Reading, new_id: Callable[[str], str]
) -> tuple[dict[str, SourceGroup], dict[str, tuple[SourceGroup, ...]]]:
    groups = dict(known.groups)
    added: list[SourceGroup] = []
    changed: list[SourceGroup] = []
    for key, row in reading.groups.items():
        before = known.groups.get(key)
        group = SourceGroup(before.id if before else new_id("00g"), key, row.name, row.description)
        groups[key] = group
        if before is None:
            added.append(group)
        elif group != before:
            changed.append(group)
    gone = [
        group for key, group in known.groups.items() if reading.groups_complete and key not in reading.groups
    ]
    for group in gone:
        del groups[group.key]
    return groups, {
        "groups_added": tuple(added),
        "groups_changed": tuple(changed),
        "groups_gone": tuple(gone),
    }


def _removed_members(
    known: Known, reading: Reading, wanted: Iterable[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    if not reading.memberships_complete:
        return frozenset()
    unread = {person.id for key, person in known.people.items() if key in reading.unread}
    wanted = set(wanted)
    return frozenset(pair for pair in known.memberships if pair not in wanted and pair[1] not in unread)


#: Okta's import safeguard (W60): more leavers than this at once need a human's word, and so do all there are.
SAFEGUARD_SHARE = 0.20
SAFEGUARD_PEOPLE = 10


def needs_consent(known: Known, change: SourceChange) -> bool:
    """Whether so many people would leave, or leave their groups, that it looks like a broken file.

    Whoever was assigned by a group is deactivated when the membership goes.
    """
    present = sum(person.status is not Status.DEPROVISIONED for person in known.people.values())
    leaving = len(change.people_gone)
    return (
        1 < present == leaving
        or _are_many(leaving, present)
        or _are_many(len(change.members_removed), len(known.memberships))
    )


def _are_many(leaving: int, present: int) -> bool:
    return leaving > SAFEGUARD_PEOPLE and leaving > present * SAFEGUARD_SHARE
