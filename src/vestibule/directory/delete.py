"""DELETE: gone for SCIM at once, names free (R160–R163); what the profile makes of it shows at the next POST."""

from __future__ import annotations

from dataclasses import replace

from vestibule.directory.access import AccessDecision, ended
from vestibule.directory.adoption import refuse_delete
from vestibule.directory.change import (
    Answer,
    AuditEntry,
    Change,
    Explanation,
    ExternalIdWrite,
    GroupTouch,
)
from vestibule.directory.derived import Derived, shown_name
from vestibule.directory.events import Event, TeamDeleted, TeamMemberRemoved, UserDeleted
from vestibule.directory.facts import GroupsOf
from vestibule.directory.found import found
from vestibule.directory.request import Delete
from vestibule.directory.resource import Access, Resource, State
from vestibule.directory.situation import Situation
from vestibule.profiles.profile import DeleteRule
from vestibule.scim.document import Document


def delete_person(situation: Situation, request: Delete) -> Change:
    """A tombstone with the data and the memberships it had; access ends."""
    situation.resource_type("User")
    person = found(situation, request)
    document = person.document()
    if person.state is State.UNCLAIMED:
        refuse_delete(situation, person, document)
    access = ended(person)
    kept = situation.profile.delete is DeleteRule.INACTIVATE
    return _buried(
        situation,
        replace(person, active=False, access=access.access),
        person.active,
        document,
        UserDeleted(person.id, {"userName": [document.get("userName"), None]}),
        access,
        "deleted.inactivated" if kept else "deleted",
        "The person is gone for SCIM; the same userName revives them, with their data."
        if kept
        else "The person is gone for SCIM; the same userName makes a new person.",
    )


def delete_group(situation: Situation, request: Delete) -> Change:
    """A tombstone; its people stay as they are (W202)."""
    situation.resource_type("Group")
    group = found(situation, request)
    document = group.document()
    return _buried(
        situation,
        group,
        group.active,
        document,
        TeamDeleted(group.id, {"displayName": [document.get("displayName"), None]}),
        AccessDecision(Access.GRANTED),
        "deleted",
        "The group is gone; its people stay.",
    )


def _buried(
    situation: Situation,
    resource: Resource,
    was_active: bool,
    document: Document,
    event: Event,
    access: AccessDecision,
    rule: str,
    reason: str,
) -> Change:
    """The tombstone. The groups it is in show it no more, so they advance and say so."""
    standing, now = situation.standing, situation.now
    groups: tuple[str, ...] = situation.facts[GroupsOf(resource.id)]
    label = shown_name(document) or str(document.get("userName", ""))
    tombstone = replace(
        resource, state=State.TOMBSTONE, version=resource.version + 1, modified=now, external_id=None
    )
    connections = {standing.connection, resource.connection} - {None}
    return Change(
        Answer(204),
        Explanation(rule, reason, standing.notes),
        resources=(
            replace(
                Derived(situation.resource_type(resource.type), situation.profile, document).write(
                    tombstone, resource, with_keys=False
                ),
                active_before=was_active,
            ),
        ),
        external_ids=tuple(
            ExternalIdWrite(connection, resource.type, resource.id, None)
            for connection in sorted(c for c in connections if c is not None)
        ),
        touches=tuple(GroupTouch(group, now) for group in groups),
        events=(
            event,
            *access.events,
            *(TeamMemberRemoved(group, None, resource.id, resource.type) for group in groups),
        ),
        audit=AuditEntry(standing.actor, event.type, resource.type, resource.id, {"name": label}),
        leavers=access.leavers,
        tolerances=standing.tolerances,
    )
