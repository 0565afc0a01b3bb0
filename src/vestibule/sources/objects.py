"""Objects as JSON, SCIM or LDAP have them → rows of people, groups and memberships.

A person's object has the names of Okta's user profile; its values are texts, numbers, truth
values, or lists of these (joined by semicolons, as a string array of an application is read).
``groups`` lists the keys of the person's groups. A group's object has id, name and description;
``members`` lists logins and ``groups`` the keys of the groups in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.provisioning.reading import Fault, Names, Row, reading_of, value_fault, values_fault
from vestibule.provisioning.source import Reading

_NO_OBJECT = "it is no object of names and values"
_GROUP_FIELDS = ("id", "name", "description")


class Collected:
    """Rows gathered from objects, one at a time; ``reading`` is the end of it."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._people: list[Row] = []
        self._groups: list[Row] = []
        self._memberships: list[Row] = []
        self._nested: list[Row] = []
        self.faults: list[Fault] = []

    def person(self, told: Any, *, line: int = 0, place: str = "") -> None:
        """A person's object; anything else is a broken row."""
        place = place or self._names.people
        groups: list[str] = []
        values: dict[str, str] = {}
        reason = "" if isinstance(told, Mapping) else _NO_OBJECT
        if not reason:
            told = dict(told)
            groups, reason = _keys("groups", told.pop("groups", None))
            values, unfit = _texts(told)
            reason = unfit or reason
        if reason:
            self.broken_person(reason, values.get("login", ""), line=line, place=place)
            return
        self._people.append(Row(line, values, place=place))
        for group in groups:
            self.membership(group, values.get("login", ""), line=line, place=place)

    def broken_person(self, reason: str, login: str = "", *, line: int = 0, place: str = "") -> None:
        """Somebody who cannot be read. With a login they stay as they are known."""
        self.faults.append(Fault(place or self._names.people, line, reason))
        login = "" if value_fault("login", login) else login
        self._people.append(Row(line, {"login": login} if login else {}, broken=True))

    def broken_line(self, reason: str, *, line: int) -> None:
        """A line that could be anything: nobody and no group is taken for gone."""
        self.broken_person(reason, line=line)
        self._groups.append(Row(line, {}, broken=True))
        self._memberships.append(Row(line, {}, broken=True))

    def group(self, told: Any, *, line: int = 0, place: str = "") -> None:
        """A group's object, with members and groups in it."""
        place = place or self._names.groups
        reason = _NO_OBJECT
        values: dict[str, str] = {}
        members: list[str] = []
        inner: list[str] = []
        if isinstance(told, Mapping):
            told = dict(told)
            members, reason = _keys("members", told.pop("members", None))
            inner, unfit = _keys("groups", told.pop("groups", None))
            values, unfit_too = _texts({name: told[name] for name in _GROUP_FIELDS if name in told})
            reason = unfit_too or reason or unfit
        if reason:
            self.faults.append(Fault(place, line, reason))
            self._groups.append(Row(line, {}, broken=True))
            self._memberships.append(Row(line, {}, broken=True))
            return
        self._groups.append(Row(line, values, place=place))
        key = values.get("id") or values.get("name", "")
        for member in members:
            self.membership(key, member, line=line, place=place)
        for one in inner:
            self.nested(key, one, line=line, place=place)

    def membership(self, group: str, login: str, *, line: int = 0, place: str = "") -> None:
        """Somebody is in a group."""
        row = Row(line, {"group": group, "login": login}, place=place or self._names.memberships)
        self._memberships.append(row)

    def nested(self, group: str, member: str, *, line: int = 0, place: str = "") -> None:
        """A group is in a group."""
        row = Row(line, {"group": group, "member": member}, place=place or self._names.nested)
        self._nested.append(row)

    def incomplete_memberships(self, reason: str, *, place: str = "") -> None:
        """Not all memberships could be read: nobody is taken for having left a group."""
        self.faults.append(Fault(place or self._names.memberships, 0, reason))
        self._memberships.append(Row(0, {}, broken=True))

    def reading(self) -> Reading:
        """All of it; ``faults`` is complete after that."""
        return reading_of(
            self._people,
            self._groups,
            _once(self._memberships),
            _once(self._nested),
            names=self._names,
            faults=self.faults,
        )


def text_of(value: Any) -> str | None:
    """A value as text; None where it is something that has no text."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        parts = [text_of(one) for one in value if not isinstance(one, list)]
        if len(parts) == len(value) and None not in parts:
            return ";".join(part for part in parts if part)
    return None


def _texts(told: Mapping[Any, Any]) -> tuple[dict[str, str], str]:
    values: dict[str, str] = {}
    reason = ""
    for name, value in told.items():
        text = text_of(value)
        if text is None:
            reason = reason or (
                f"{name} is no value: a text, a number, true or false, or a list of these is one"
            )
        elif text:
            values[str(name)] = text
    return values, reason or values_fault(values)


def _keys(name: str, value: Any) -> tuple[list[str], str]:
    if value is None:
        return [], ""
    if isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value):
        return [one.strip() for one in value], ""
    return [], f"{name} is no list of texts"


def _once(rows: list[Row]) -> list[Row]:
    """A membership that both the person and the group tell is one."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for row in rows:
        key = tuple(row.values.values())
        if row.broken or key not in seen:
            seen.add(key)
            kept.append(row)
    return kept
