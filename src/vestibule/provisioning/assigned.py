"""Assignments as they are shown: the list of an application, and why one person is in scope or not."""

from __future__ import annotations

from typing import Any

from vestibule.provisioning.application import Application
from vestibule.provisioning.assignment import Subject
from vestibule.provisioning.scope import Scope, scope_of
from vestibule.provisioning.source import Person
from vestibule.provisioning.store import ProvisioningStore


async def assignment_rows(store: ProvisioningStore, application: Application) -> list[dict[str, Any]]:
    """People and groups that are assigned; groups with how many people that is."""
    groups = {group.id: (group.name, count) for group, count in await store.source_groups()}
    rows: list[dict[str, Any]] = []
    for one in await store.assignments(application.id):
        name, count = groups.get(one.subject_id, ("a group that left the directory", 0))
        if one.subject is Subject.PERSON:
            name, count = (await store.person(one.subject_id)).login, 1
        rows.append(
            {
                "kind": str(one.subject),
                "name": name,
                "priority": one.priority if one.subject is Subject.GROUP else None,
                "values": [f"{key}={value}" for key, value in sorted(one.values.items())],
                "people": count,
                "waits": one.before_provisioning,
            }
        )
    return rows


async def why_in_scope(store: ProvisioningStore, application: Application, login: str) -> Scope:
    """Whether a person is to be at an application, and why. Raises UnknownName."""
    person = await store.person(login)
    facts = await store.person_facts(application.id, person.id)
    rows = await store.mapping(application.id)
    names = await store.group_names()
    assigning = [one.subject_id for one in facts.assignments if one.subject is Subject.GROUP]
    through = await _through(store, person, assigning, names)
    return scope_of(person, facts.assignments, rows, names, through)


async def _through(
    store: ProvisioningStore, person: Person, assigning: list[str], names: dict[str, str]
) -> dict[str, list[str]]:
    """For each group that assigns, the groups directly in it that the person is a member of."""
    nested = await store.nested_groups() if assigning else []
    if not nested:
        return {}
    own = set(await store.groups_of(person.id))
    return {
        group: sorted(names[inner] for outer, inner in nested if outer == group and names.get(inner) in own)
        for group in assigning
    }
