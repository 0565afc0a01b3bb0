"""A mapping for one person: each attribute with its value, where it comes from, and when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.provisioning.application import Application
from vestibule.provisioning.assignment import effective_values
from vestibule.provisioning.expression import UnfitValue
from vestibule.provisioning.mapping import MappingRow, mapped_values
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.source import Person
from vestibule.provisioning.store import ProvisioningStore


async def preview_for(store: ProvisioningStore, application: Application, login: str) -> list[dict[str, Any]]:
    """Every attribute as it would be for that person, assigned or not. Raises UnknownName."""
    person = await store.person(login)
    facts = await store.person_facts(application.id, person.id)
    return previewed(application, await store.mapping(application.id), facts)


def previewed(
    application: Application, rows: Sequence[MappingRow], facts: PersonFacts
) -> list[dict[str, Any]]:
    """A row for each attribute; one that cannot be evaluated says why and does not hide the others."""
    assigned = effective_values(facts.assignments, rows)
    found: list[dict[str, Any]] = []
    app_user: dict[str, str] = dict(assigned)
    for row in rows:
        value, fault = _one(application, row, facts.person, app_user, row.variable in assigned)
        if isinstance(value, str):
            app_user[row.variable] = value
        found.append(
            {
                "variable": row.variable,
                "external_name": row.external_name,
                "namespace": row.namespace,
                "value": value,
                "from": _origin(application, row, assigned),
                "sent_on": "never: no namespace" if not row.namespace else str(row.applies_on),
                "fault": fault,
            }
        )
    return found


def _one(
    application: Application, row: MappingRow, person: Person, app_user: Mapping[str, str], given: bool
) -> tuple[Any, str]:
    """The value of one row; what rows further up gave counts as the application's own."""
    others = {name: value for name, value in app_user.items() if given or name != row.variable}
    try:
        user_name = application.username_of(person) if row.is_user_name else ""
        ((_, value),) = mapped_values([row], person, user_name, others)
    except UnfitValue as fault:
        return None, str(fault)
    missing = row.required and value.value in (None, "")
    return value.value, "mandatory and without a value" if missing else ""


def _origin(application: Application, row: MappingRow, assigned: Mapping[str, str]) -> str:
    if row.is_user_name:
        return f"application username format: {application.username_expression}"
    if row.variable in assigned:
        return "assignment"
    return row.expression or "nothing: set it on an assignment"
