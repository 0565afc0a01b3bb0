"""Erasure: of a person nothing stays but an id, so that what the log says of it can still be counted and followed."""

from __future__ import annotations

from dataclasses import replace

import orjson

from vestibule.directory.access import ended
from vestibule.directory.change import (
    ERASE_JOB,
    Answer,
    AuditEntry,
    Change,
    Explanation,
    ExternalIdWrite,
    GroupTouch,
    Job,
    ResourceWrite,
)
from vestibule.directory.events import Event, TeamMemberRemoved, UserDeleted, UserErased
from vestibule.directory.facts import ById, GroupsOf
from vestibule.directory.refusal import Refusal
from vestibule.directory.request import Erase
from vestibule.directory.resource import Access, Resource, State
from vestibule.directory.situation import Situation
from vestibule.scim.errors import NotFound


def erase_person(situation: Situation, request: Erase) -> Change:
    """A tombstone without a name, whatever the person was before; access ends, memberships go.

    A second time does it again, so that what came in between goes too. Refusal: 404 for an unknown id.
    """
    standing, now = situation.standing, situation.now
    person: Resource | None = situation.facts[ById("User", request.id, situation.connection)]
    if person is None:
        raise Refusal(
            NotFound(f"There is no person with the id {request.id[:80]} here."),
            "unknown_id",
            "No person of that id is known here.",
        )
    groups: tuple[str, ...] = situation.facts[GroupsOf(person.id)]
    access = ended(person)
    was_there = person.state is not State.TOMBSTONE
    events: tuple[Event, ...] = ()
    if was_there:
        events = (
            UserDeleted(person.id),
            *access.events,
            *(TeamMemberRemoved(group, None, person.id, "User") for group in groups),
        )
    tombstone = replace(
        person,
        state=State.TOMBSTONE,
        version=person.version + 1,
        modified=now,
        external_id=None,
        active=False,
        access=Access.ENDED,
        role=None,
        user_name=None,
        display_name=None,
        email=None,
        profile_version=standing.profile.version,
        doc=orjson.dumps({"schemas": person.document().get("schemas", []), "id": person.id}),
    )
    connections = {standing.connection, person.connection} - {None}
    return Change(
        Answer(204),
        Explanation("erased", "Nothing personal of the person stays; the id does."),
        resources=(ResourceWrite(tombstone, b"{}", '""', person.version, person.state, (), person.active),),
        external_ids=tuple(
            ExternalIdWrite(connection, "User", person.id, None)
            for connection in sorted(c for c in connections if c is not None)
        ),
        touches=tuple(GroupTouch(group, now) for group in groups) if was_there else (),
        events=(*events, UserErased(person.id)),
        audit=AuditEntry(standing.actor, UserErased.type, "User", person.id),
        jobs=(Job(ERASE_JOB, {"person": person.id, "values": list(request.values)}),),
    )


def is_erased(person: Resource) -> bool:
    """Whether all that is left of the person is an id."""
    return person.state is State.TOMBSTONE and "userName" not in person.document()
