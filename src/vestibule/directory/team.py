"""One group as a request wants it: the one way to write a Group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from vestibule.directory.change import (
    Answer,
    AuditEntry,
    Change,
    Explanation,
    ExternalIdWrite,
    GroupTouch,
    ResourceWrite,
)
from vestibule.directory.changed import Changes, changed_paths
from vestibule.directory.derived import Derived
from vestibule.directory.events import Event, TeamCreated, TeamRenamed, TeamUpdated
from vestibule.directory.facts import ByDisplayName
from vestibule.directory.membership import Roll
from vestibule.directory.merging import counted
from vestibule.directory.refusal import Refusal
from vestibule.directory.requirements import refuse_missing
from vestibule.directory.resource import Resource
from vestibule.directory.situation import Situation
from vestibule.directory.unique import keys_taken
from vestibule.scim.document import Document
from vestibule.scim.errors import Uniqueness
from vestibule.scim.fold import fold
from vestibule.scim.frozen import frozen


@frozen
class TeamWish:
    """A group as the request wants it; ``roll`` is what becomes of its members.

    ``is_bound`` says that the client named a version (If-Match), so that even a change of
    members alone holds only for that version.
    """

    document: Document
    external_id: str | None
    status: int
    roll: Roll
    before: Resource | None = None
    before_document: Document | None = None
    is_bound: bool = False
    notes: tuple[str, ...] = ()
    #: What strict would have refused of the request.
    tolerated: Mapping[str, int] = field(default_factory=dict)


def write_team(situation: Situation, wish: TeamWish) -> Change:
    """The Change that makes it so, or one that changes nothing."""
    standing, before, roll = situation.standing, wish.before, wish.roll
    group_id: str = wish.document["id"]
    changes = changed_paths(wish.before_document or {}, wish.document)
    held = before.external_id if before else None
    if wish.external_id != held:
        changes["externalId"] = [held, wish.external_id]
    writes, touches, resource = _rows(situation, wish, changes)
    free = roll.must_be_free
    if "displayName" in changes and writes:
        free = (("displayName", writes[0].resource.display_name or ""), *free)
    rule, reason = _rule(before, changes, roll)
    return Change(
        Answer(wish.status, resource if wish.status != 204 else None),
        Explanation(rule, reason, (*standing.notes, *wish.notes, *roll.notes)),
        resources=writes,
        external_ids=(ExternalIdWrite(situation.connection, "Group", group_id, wish.external_id),)
        if "externalId" in changes
        else (),
        touches=touches,
        members=roll.members,
        pending=roll.pending,
        must_be_free=free,
        unique_keys=keys_taken(
            situation, situation.resource_type("Group"), wish.document, wish.before_document
        )
        if writes
        else (),
        events=(*_events(group_id, before, changes), *roll.events),
        audit=AuditEntry(
            standing.actor, rule, "Group", group_id, {"displayName": wish.document["displayName"]}
        )
        if changes or roll.members or roll.pending
        else None,
        tolerances=counted(standing.tolerances, dict(roll.tolerances), wish.tolerated),
    )


def refuse_taken_display_name(
    situation: Situation, display_name: str, connection: int, own_id: str | None = None
) -> None:
    """Refusal (409) where another group of that connection has that name, in any letter case (W95)."""
    groups: tuple[Resource, ...] = situation.facts[ByDisplayName("Group", fold(display_name), connection)]
    for group in groups:
        if group.id != own_id:
            raise Refusal(
                Uniqueness(
                    f'The displayName "{display_name[:80]}" is taken by the group with the id {group.id}. Letter case '
                    "makes no difference. Link to that group, or choose another name."
                ),
                "unique.display_name",
                "Another group of this connection has that displayName.",
            )


def _rows(
    situation: Situation, wish: TeamWish, changes: Changes
) -> tuple[tuple[ResourceWrite, ...], tuple[GroupTouch, ...], Resource]:
    """The group's row where its document changes, a touch where only members do, else nothing."""
    before, now, type = wish.before, situation.now, situation.resource_type("Group")
    if before is None:
        derived = Derived(type, situation.profile, wish.document)
        resource = Resource(
            id=wish.document["id"],
            type="Group",
            version=1,
            created=now,
            modified=now,
            connection=situation.connection,
            external_id=wish.external_id,
            **derived.columns,
        )
        return (derived.write(resource, None),), (), resource
    if not changes and not wish.roll.is_visible:
        return (), (), before
    # Two that each say the whole at once would otherwise leave the members of both.
    if not changes and not wish.is_bound and not wish.roll.says_the_whole:
        # Nobody reads the row of a 204, and a copy of it costs a tenth of the whole decision.
        after = before if wish.status == 204 else replace(before, version=before.version + 1, modified=now)
        return (), (GroupTouch(before.id, now),), after
    refuse_missing(situation, type, wish.document, wish.before_document)
    derived = Derived(type, situation.profile, wish.document, before)
    resource = replace(
        before, version=before.version + 1, modified=now, external_id=wish.external_id, **derived.columns
    )
    if "displayName" in changes and resource.display_name != before.display_name:
        refuse_taken_display_name(
            situation, wish.document["displayName"], before.connection or situation.connection, before.id
        )
    return (derived.write(resource, before),), (), resource


def _rule(before: Resource | None, changes: Changes, roll: Roll) -> tuple[str, str]:
    if before is None:
        return "team.created", "No group of that name was known under this connection."
    if "displayName" in changes:
        return "team.renamed", "The name of the group changed."
    if changes:
        return "team.updated", "Attributes of the group changed."
    if roll.members or roll.pending:
        return "team.members_changed", "Only the members that were named are touched."
    return "unchanged", "Everything was so already."


def _events(group_id: str, before: Resource | None, changes: Changes) -> tuple[Event, ...]:
    if before is None:
        return (TeamCreated(group_id, changes),)
    events: list[Event] = []
    if "displayName" in changes:
        events.append(TeamRenamed(group_id, {"displayName": changes["displayName"]}))
    others = {path: values for path, values in changes.items() if path != "displayName"}
    if others:
        events.append(TeamUpdated(group_id, others))
    return tuple(events)
