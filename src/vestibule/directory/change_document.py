"""A Change as JSON: the dry run, the diff that is shown."""

from __future__ import annotations

from typing import Any

from vestibule.directory.change import Change
from vestibule.directory.events import plain_fields


def change_document(change: Change) -> dict[str, Any]:
    """What would be committed, for a person to read: answer, rule, resources after, events, members."""
    answer = change.answer
    return {
        "status": answer.status,
        "error": answer.error.detail if answer.error else None,
        "rule": change.explanation.rule,
        "reason": change.explanation.reason,
        "notes": list(change.explanation.notes),
        "role": dict(change.explanation.role) if change.explanation.role else None,
        "tolerances": dict(change.tolerances),
        "changesSomething": change.changes_something,
        "resources": [
            {
                "id": write.resource.id,
                "type": write.resource.type,
                "action": "create" if write.expected_version is None else "update",
                "state": write.resource.state.value,
                "active": write.resource.active,
                "access": write.resource.access.value,
                "role": write.resource.role,
                "version": write.resource.version,
                "document": write.resource.document(),
            }
            for write in change.resources
        ],
        "members": [
            {"group": m.group_id, "member": m.member_id, "type": m.member_type, "present": m.present}
            for m in change.members
        ],
        "unresolvedMembers": [
            {"group": p.group_id, "value": p.value, "present": p.present} for p in change.pending
        ],
        "reviews": [
            {"id": r.id, "userName": r.user_name, "candidates": list(r.candidates), "reason": r.reason}
            for r in change.reviews
        ],
        "events": [
            {
                "type": event.type,
                "subjectType": event.subject_type,
                "subjectId": event.subject_id,
                **plain_fields(event),
                "payload": dict(event.payload) if event.payload else None,
            }
            for event in change.events
        ],
    }
