"""The directory source: the people and groups that a company has, before anything is sent.

Pure values, and what a new reading of the directory changes in them. ``attributes`` bear the
names of Okta's user profile (login, email, firstName, lastName, …).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    #: (group, group that is a member of it), by key: the inner one's members are the outer one's too.
    nested: frozenset[tuple[str, str]] = frozenset()
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
    nested: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other sources have told: their names by folded login, by group key and by folded group name."""

    logins: Mapping[str, str] = field(default_factory=dict)
    group_keys: Mapping[str, str] = field(default_factory=dict)
    group_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What a reading changes, as one value for one transaction.

    Memberships are (group id, person id), those by way of a nested group among them; ``nested`` are
    (group id, id of the group in it). ``source`` is whose people and groups they are.
    """

    people_added: tuple[Person, ...] = ()
    people_changed: tuple[Person, ...] = ()
    people_gone: tuple[Person, ...] = ()
    groups_added: tuple[SourceGroup, ...] = ()
    groups_changed: tuple[SourceGroup, ...] = ()
    groups_gone: tuple[SourceGroup, ...] = ()
    members_added: frozenset[tuple[str, str]] = frozenset()
    members_removed: frozenset[tuple[str, str]] = frozenset()
    nested_added: frozenset[tuple[str, str]] = frozenset()
    nested_removed: frozenset[tuple[str, str]] = frozenset()
    source: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__ if name != "source")


def fold_login(login: str) -> str:
    """Logins are one in any letter case."""
    return login.strip().casefold()


def difference(
    known: Known, reading: Reading, new_id: Callable[[str], str], source: str = ""
) -> SourceChange:
    """What must change for the directory to be as read; ``known`` is what that source told before.

    A person whose login is new, but whose ``sourceId`` or employeeNumber belongs to somebody whose
    login is gone, is that person renamed. Whoever is no longer there is deprovisioned, and kept:
    their deactivation still has to be sent. ``new_id`` is given the prefix (``00u``, ``00g``).
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
        for group, login in with_nested(reading.memberships, reading.nested)
        if group in groups and login in kept_people
    }
    nested = frozenset(
        (groups[outer].id, groups[inner].id)
        for outer, inner in reading.nested
        if outer in groups and inner in groups
    )
    return SourceChange(
        people_added=tuple(added),
        people_changed=tuple(changed),
        people_gone=tuple(gone),
        **group_changes,
        members_added=frozenset(wanted - known.memberships),
        members_removed=_removed_members(known, reading, wanted),
        nested_added=nested - known.nested,
        nested_removed=known.nested - nested if reading.memberships_complete else frozenset(),
        source=source,
    )


def with_nested(
    memberships: frozenset[tuple[str, str]], nested: Iterable[tuple[str, str]]
) -> frozenset[tuple[str, str]]:
    """The memberships with those by way of nested groups: (group, member) either way.

    Groups that contain each other in a circle all have the same members.
    """
    inner: dict[str, list[str]] = {}
    for outer, member in nested:
        inner.setdefault(outer, []).append(member)
    if not inner:
        return memberships
    direct: dict[str, list[str]] = {}
    for group, member in memberships:
        direct.setdefault(group, []).append(member)
    found = set(memberships)
    for outer in inner:
        for group in _reached(outer, inner):
            found.update((outer, member) for member in direct.get(group, ()))
    return frozenset(found)


def _reached(outer: str, inner: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [outer]
    while waiting:
        group = waiting.pop()
        if group not in seen:
            seen.add(group)
            waiting += inner.get(group, ())
    return seen


#: What tells a person whose login has changed, the surest first.
_LASTING = ("sourceId", "employeeNumber")


def _renamed(known: Known, reading: Reading) -> dict[str, str]:
    """Their former logins by the new ones; a number that two people have on either side tells nothing."""
    found: dict[str, str] = {}
    for name in _LASTING:
        gone = _by_number(
            (key, person.attributes.get(name))
            for key, person in known.people.items()
            if key not in reading.people and key not in found.values()
        )
        new = _by_number(
            (key, row.attributes.get(name))
            for key, row in reading.people.items()
            if key not in known.people and key not in found
        )
        found |= {key: gone[number] for number, key in new.items() if number in gone}
    return found


def _by_number(people: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    keys: dict[str, list[str]] = {}
    for key, number in people:
        if number:
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
