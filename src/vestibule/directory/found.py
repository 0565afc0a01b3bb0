"""The resource that a PUT, PATCH or DELETE names."""

from __future__ import annotations

from vestibule.directory.facts import ById
from vestibule.directory.refusal import Refusal
from vestibule.directory.request import Delete, Patch, Replace
from vestibule.directory.resource import Resource, State
from vestibule.directory.situation import Situation
from vestibule.scim.errors import NotFound, PreconditionFailed
from vestibule.scim.etag import names_version


def found(situation: Situation, request: Replace | Patch | Delete) -> Resource:
    """The managed or unclaimed resource.

    Refusal: 404 for unknown ids and tombstones (R133, R161), 412 by If-Match or If-None-Match (R175).
    """
    resource: Resource | None = situation.facts[ById(request.type, request.id, situation.connection)]
    if resource is None or resource.state is State.TOMBSTONE:
        raise Refusal(
            NotFound(f"There is no {request.type} with the id {request.id[:80]} here."),
            "unknown_id",
            "No resource of that id is known here, or it was deleted.",
        )
    if request.if_match is not None and not names_version(request.if_match, resource.version):
        raise Refusal(
            PreconditionFailed(
                f"If-Match asks for {request.if_match[:80]}, and the {request.type} is at {resource.etag} by now. "
                "Read it again."
            ),
            "if_match",
            "If-Match named another version.",
        )
    if request.if_none_match is not None and names_version(request.if_none_match, resource.version):
        raise Refusal(
            PreconditionFailed(
                f"If-None-Match rules out {request.if_none_match[:80]}, and the {request.type} is at {resource.etag}. "
                "Leave that header out of a write."
            ),
            "if_none_match",
            "If-None-Match ruled out the version that is there.",
        )
    return resource
