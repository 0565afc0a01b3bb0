"""Between the request log and the recording format: what a request met is read, and a recording played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vestibule.refused import Refused

if TYPE_CHECKING:
    from vestibule.cli.tenant_room import TenantRoom
    from vestibule.directory.store import Recorded
    from vestibule.recordings.export import Before
    from vestibule.recordings.format import Recording
    from vestibule.recordings.replay import Report


class CannotExport(Refused):
    """The log does not have enough of the request."""


class CannotReplay(Refused):
    """The recording cannot be played against that server."""


async def recording_of(room: TenantRoom, request: Recorded) -> dict[str, Any]:
    """The request as a recording, as JSON. ``CannotExport``."""
    from vestibule.directory.telling import body_of  # noqa: PLC0415
    from vestibule.recordings.export import Logged, NotExportable, exported, ids_named  # noqa: PLC0415

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
        before = {id: known for id in ids_named(logged) if (known := await _before(room, request, id))}
        return exported(logged, before)
    except NotExportable as refusal:
        raise CannotExport(str(refusal)) from None


async def _before(room: TenantRoom, request: Recorded, id: str) -> Before | None:
    """That resource as it was before the request; None where there was none."""
    from vestibule.directory.facts import ById  # noqa: PLC0415
    from vestibule.directory.undo import Erased, state_before  # noqa: PLC0415
    from vestibule.recordings.export import Before  # noqa: PLC0415

    keys = [ById(type, id, room.connection) for type in room.profile.types]
    facts = await room.directory.facts(room.tenant.id, keys)
    resource = next((facts[key] for key in keys if facts[key] is not None), None)
    if resource is None:
        return None
    story = await room.log.story_of(room.tenant.id, id)
    first = next((event.seq for event in story.events if event.request_id == request.id), None)
    later = [
        event
        for event in story.events
        if (event.seq >= first if first is not None else event.at > request.at)
    ]
    try:
        return Before(resource.type, state_before(resource.document(), later))
    except Erased:
        raise CannotExport(f"Values of {id} were erased, so that nobody knows how it was before.") from None


async def played(recording: Recording, url: str, token: str) -> Report:
    """The recording played against a SCIM base URL. ``Refused`` for one that a token must not be sent to."""
    from vestibule.connectors.http import NoAnswer, Outbound  # noqa: PLC0415
    from vestibule.provisioning.application import check_base_url  # noqa: PLC0415
    from vestibule.recordings.format import RecordingFault  # noqa: PLC0415
    from vestibule.recordings.replay import Reply, Request, replay  # noqa: PLC0415

    check_base_url(url)
    outbound = Outbound({})

    async def send(request: Request) -> Reply:
        target = url.rstrip("/") + request.path
        answer = await outbound.send(request.method, target, request.body or None, request.headers)
        return Reply(answer.status, answer.headers, answer.body)

    try:
        return await replay(recording, send, token)
    except (NoAnswer, RecordingFault) as refusal:
        raise CannotReplay(str(refusal)) from None
    finally:
        await outbound.close()
