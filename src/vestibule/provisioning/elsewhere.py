"""A directory of several sources: each tells its own people and groups, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

from vestibule.provisioning.reading import Fault
from vestibule.provisioning.source import Elsewhere, Reading


def without_others(reading: Reading, elsewhere: Elsewhere, where: str) -> tuple[Reading, list[Fault]]:
    """The reading without the people and groups that another source has told, and a fault for each."""
    faults = []
    people = dict(reading.people)
    for key in reading.people.keys() & elsewhere.logins.keys():
        row = people.pop(key)
        faults.append(Fault(where, 0, _taken("login", row.login, elsewhere.logins[key])))
    groups = dict(reading.groups)
    for key, group in reading.groups.items():
        owner = elsewhere.group_keys.get(key)
        said = _taken("group", key, owner) if owner is not None else ""
        if not said and (owner := elsewhere.group_names.get(group.name.casefold())) is not None:
            said = _taken("group name", group.name, owner)
        if said:
            del groups[key]
            faults.append(Fault(where, 0, said))
    kept = replace(
        reading,
        people=people,
        groups=groups,
        memberships=frozenset(
            (group, login) for group, login in reading.memberships if group in groups and login in people
        ),
        nested=frozenset((a, b) for a, b in reading.nested if a in groups and b in groups),
    )
    return kept, sorted(faults, key=lambda fault: fault.reason)


def _taken(what: str, name: str, source: str) -> str:
    return f"{what} {name!r} belongs to the source {source or 'that has no name'!r}"
