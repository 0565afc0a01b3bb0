"""Dry run: what would be sent, shown; nothing queued and nothing sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from vestibule.provisioning.application import Application
from vestibule.provisioning.job import Kind
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.plan import plan_group, plan_user
from vestibule.provisioning.source import fold_login
from vestibule.provisioning.store import ProvisioningStore

_PAGE = 500


def shown_mapping(application: Application, rows: Sequence[MappingRow]) -> list[dict[str, Any]]:
    """Each attribute with what fills it, and what decides that: the user name is no affair of the mapping."""
    return [
        {
            "variable": row.variable,
            "external_name": row.external_name,
            "namespace": row.namespace,
            "expression": application.username_expression if row.is_user_name else row.expression,
            "decided_by": _decides(application, row),
            "applies_on": str(row.applies_on),
            "scope": row.scope,
            "enum": list(row.enum),
        }
        for row in rows
    ]


def _decides(application: Application, row: MappingRow) -> str:
    if row.is_user_name:
        return f"application username format: {application.username_format.partition(':')[0]}"
    return "mapping, unless assigned" if row.expression else "assignment"


async def preview(store: ProvisioningStore, application: Application) -> AsyncIterator[dict[str, Any]]:
    """What a run would do, in order, and whom something holds back; whoever is in step is left out."""
    rows = await store.mapping(application.id)
    after = ""
    while page := await store.people_facts(application.id, after, _PAGE):
        for facts in page:
            planned = plan_user(application, rows, facts)
            if planned.kind is not Kind.NOTHING or planned.note:
                yield {
                    "operation": str(planned.kind),
                    "label": facts.person.shown_name,
                    "user_name": planned.user.user_name
                    if planned.user
                    else application.username_of(facts.person),
                    "note": planned.note or planned.fault,
                }
        after = fold_login(page[-1].person.login)
    for push in await store.push_facts(application.id):
        group = plan_group(application, push)
        waiting = push.without_id if application.pushes_groups else 0
        if group.kind is not Kind.NOTHING or group.note or waiting:
            kind = Kind.CHANGE_GROUP if group.kind is Kind.NOTHING and waiting else group.kind
            numbers = f"{push.to_add + waiting} in, {push.to_remove} out"
            yield {
                "operation": str(kind),
                "label": push.group.name,
                "user_name": "",
                "note": numbers if kind is not Kind.NOTHING else group.note,
            }
