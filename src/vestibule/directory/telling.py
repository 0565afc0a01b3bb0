"""The story as it is told: what came, which rule decided and why, what changed.

Values of the log in, plain values out, for a terminal, for JSON, for a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vestibule.directory.events import EVENTS
from vestibule.directory.store import Recorded
from vestibule.directory.story import LoggedAudit, LoggedEvent, ProductAnswer, Story

#: What each type of event means: the first line of its declaration.
EVENT_MEANINGS = {event.type: (event.__doc__ or "").splitlines()[0] for event in EVENTS}
#: Payload keys that are no attribute of the person or group.
_NO_ATTRIBUTE = frozenset({"before", "after", "rule"})


def told_request(request: Recorded, events: Iterable[LoggedEvent] = ()) -> dict[str, Any]:
    """One request with what it did; bodies are as they were kept, redacted."""
    payload = request.payload or {}
    return {
        "request": request.id,
        "at": request.at,
        "method": request.method,
        "path": request.path,
        "query": payload.get("query") or "",
        "userAgent": payload.get("user_agent") or "",
        "dialect": request.dialect,
        "token": request.token_name,
        "status": request.status,
        "milliseconds": round(request.duration_us / 1000, 1),
        "rule": request.rule,
        "reason": request.reason,
        "notes": list(request.notes),
        "role": payload.get("role"),
        "subjectType": request.subject_type,
        "subjectId": request.subject_id,
        "body": body_of(payload.get("request")),
        "answer": body_of(payload.get("response")),
        "events": [told_event(event) for event in events],
        "forgotten": request.payload is None,
    }


def told_event(event: LoggedEvent) -> dict[str, Any]:
    """One event: what it means, and what changed from what to what."""
    payload = event.payload or {}
    if "before" in payload or "after" in payload:
        changes = [{"path": "role", "before": payload.get("before"), "after": payload.get("after")}]
    else:
        changes = [
            {"path": path, "before": values[0], "after": values[1]}
            for path, values in payload.items()
            if path not in _NO_ATTRIBUTE and isinstance(values, list) and len(values) == 2
        ]
    return {
        "seq": event.seq,
        "at": event.at,
        "type": event.type,
        "means": EVENT_MEANINGS.get(event.type, ""),
        "subjectType": event.subject_type,
        "subjectId": event.subject_id,
        **dict(event.fields),
        "changes": changes,
        "forgotten": event.payload is None and event.type not in _WITHOUT_PAYLOAD,
    }


#: Their fields and subject say it all.
_WITHOUT_PAYLOAD = frozenset(
    {
        "access.ended",
        "access.granted",
        "access.held",
        "leavers.held",
        "connection.silent",
        "token.expiring",
        "webhook.failing",
        "webhook.recovered",
        "webhook.disabled",
        "webhook.events_forgotten",
        "team.member_added",
        "team.member_removed",
        "user.deleted",
        "user.erased",
        "team.deleted",
    }
)


def told_audit(entry: LoggedAudit) -> dict[str, Any]:
    """What somebody did by hand."""
    payload = dict(entry.payload or {})
    return {
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subjectType": entry.subject_type,
        "subjectId": entry.subject_id,
        "role": payload.pop("role", None),
        "details": payload,
    }


def told_answer(answer: ProductAnswer) -> dict[str, Any]:
    """What the product said of the person's wanted state."""
    return {
        "at": answer.at,
        "outcome": answer.outcome,
        "reason": answer.reason or "",
        "version": answer.version,
        "by": answer.by,
        "confirmsEnd": answer.confirms is not None,
        "forgotten": answer.reason is None,
    }


def timeline(story: Story) -> list[dict[str, Any]]:
    """All of a story in order of time: requests with their events, what was done by hand, what the product said."""
    of_request: dict[str, list[LoggedEvent]] = {}
    alone: list[LoggedEvent] = []
    known = {request.id for request in story.requests}
    for event in story.events:
        if event.request_id in known and event.request_id is not None:
            of_request.setdefault(event.request_id, []).append(event)
        else:
            alone.append(event)
    entries = [
        {"kind": "request", **told_request(request, of_request.get(request.id, ()))}
        for request in story.requests
    ]
    entries += [{"kind": "event", **told_event(event)} for event in alone]
    entries += [{"kind": "product", **told_answer(answer)} for answer in story.answers]
    entries += [
        {"kind": "operator", **told_audit(entry)} for entry in story.audit if entry.request_id not in known
    ]
    return sorted(entries, key=lambda entry: str(entry["at"]))


def role_reason(story: Story) -> Mapping[str, Any] | None:
    """The explanation of the role as it was decided last, with ``at`` and ``request``; None if no longer kept."""
    decided: list[tuple[str, Mapping[str, Any]]] = [
        (request.at, {**request.payload["role"], "at": request.at, "request": request.id})
        for request in story.requests
        if request.payload and request.payload.get("role") and request.status < 300
    ]
    decided += [
        (entry.at, {**entry.payload["role"], "at": entry.at, "request": None})
        for entry in story.audit
        if entry.payload and entry.payload.get("role")
    ]
    return max(decided, key=lambda pair: pair[0])[1] if decided else None


def events_of_request(
    events: Sequence[LoggedEvent], request_id: str, subject_id: str
) -> Sequence[LoggedEvent]:
    """Those of ``events`` that the request caused, the subject's first."""
    mine = [event for event in events if event.request_id == request_id]
    return sorted(mine, key=lambda event: (event.subject_id != subject_id, event.seq))


def body_of(text: str | None) -> Any:
    """A kept body as JSON where it is JSON, else its text; None where there is none."""
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
