"""Dry run: what would be sent, shown; nothing queued and nothing sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from vestibule.provisioning.application import Application
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.planning import Planning


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


async def preview(planning: Planning) -> AsyncIterator[dict[str, Any]]:
    """What a run would do, in order, and whom something holds back; whoever is in step is left out."""
    async for operation in planning.operations():
        yield {
            "operation": str(operation.kind),
            "label": operation.label,
            "note": operation.reason,
            "differences": {
                one.variable: {"before": one.before, "after": one.after} for one in operation.differences
            },
            "requests": operation.requests,
        }
