"""Between the request log and the recording format: what a request met is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vestibule.directory.events import TeamMemberAdded
from vestibule.directory.facts import ById
from vestibule.directory.store import Recorded
from vestibule.directory.telling import body_of
from vestibule.directory.undo import Erased, state_before
from vestibule.recordings.export import LOOKED_UP, After, Before, Logged, NotExportable, exported, ids_named
from vestibule.refused import Refused
from vestibule.web.tenant_room import TenantRoom


class CannotExport(Refused):
    """The log does not have enough of the request."""

    status = 409


async def recording_of(room: TenantRoom, request: Recorded) -> dict[str, Any]:
    """The request as a recording, as JSON. ``CannotExport``."""
    if request.payload is None:
        raise CannotExport("The personal values of this request were erased, so it cannot be exported.")
    if request.rule == "bulk":
        raise CannotExport(
            f"A bulk request is kept as its operations. Export one of them: {request.id}:1 is the first."
        )
    body = body_of(request.payload.get("request"))
    if isinstance(body, str):
        raise CannotExport("The body was no JSON, or too large to be kept whole, so it cannot be exported.")
    logged = Logged(
        request.id,
        request.method,
        request.path,
        request.payload.get("query") or "",
        request.payload.get("user_agent") or "",
        request.status,
        body,
        room.profile.name,
        request.dialect,
        str(request.payload.get("response") or "") if request.status >= 400 else "",
    )
    try:
        named = ids_named(logged)
        around = {id: known for id in named if (known := await _around(room, request, id))}
        after = [known.after for known in around.values() if known.after]
        if request.subject_id and request.subject_id not in around:
            made = await _around(room, request, request.subject_id)
            after += [made.after] if made and made.after else []
        before = {id: known.before for id, known in around.items()}
        return exported(logged, before, after)
    except NotExportable as refusal:
        raise CannotExport(str(refusal)) from None


@dataclass(frozen=True, slots=True)
class _Around:
    """A resource before a request and after it; ``after`` None where the request did nothing to it."""

    before: Before
    after: After | None


async def _around(room: TenantRoom, request: Recorded, id: str) -> _Around | None:
    """That resource before and after the request; None where there was none."""

    keys = [ById(type, id, room.connection) for type in room.profile.types]
    facts = await room.directory.facts(room.tenant.id, keys)
    resource = next((facts[key] for key in keys if facts[key] is not None), None)
    if resource is None:
        return None
    story = await room.log.story_of(room.tenant.id, id)
    own = [event for event in story.events if event.request_id == request.id]
    later = [event for event in story.events if event.seq > own[-1].seq] if own else []
    if not own:
        later = [event for event in story.events if event.at > request.at]
    document = resource.document()
    try:
        left = state_before(document, later)
        before = Before(resource.type, state_before(left, own))
    except Erased:
        raise CannotExport(f"Values of {id} were erased, so that nobody knows how it was before.") from None
    if not own or resource.type not in LOOKED_UP:
        return _Around(before, None)
    joined = tuple(
        str(event.fields["member_id"]) for event in own if event.type == TeamMemberAdded.type and event.fields
    )
    return _Around(before, After(resource.type, left, request.method == "DELETE", joined))
