"""One person as a request wants them, brought under the product's rules: the one way to write a User.

Create, replace, patch, claim and revive differ in how they arrive at the document; what the
document then means (required values, role, access, uniqueness, events) is said here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import Enum

from vestibule.directory.access import AccessDecision, decide_access, guarded
from vestibule.directory.adoption import Claim
from vestibule.directory.change import Answer, AuditEntry, Change, Explanation, ExternalIdWrite
from vestibule.directory.changed import Changes, changed_paths
from vestibule.directory.derived import Derived, has_keys
from vestibule.directory.events import (
    Event,
    UserCreated,
    UserDeactivated,
    UserLinked,
    UserReactivated,
    UserRoleChanged,
    UserUpdated,
)
from vestibule.directory.facts import ByUserName, Waiting
from vestibule.directory.links import link_notes
from vestibule.directory.merging import counted
from vestibule.directory.refusal import Refusal
from vestibule.directory.requirements import refuse_missing, refuse_user_name
from vestibule.directory.resource import Resource, State
from vestibule.directory.roles import RoleDecision, decide_role, touches_role
from vestibule.directory.same_type import same_type_notes
from vestibule.directory.situation import Situation
from vestibule.directory.unique import keys_taken
from vestibule.directory.waiting import Arrivals, arrivals, waiting_key
from vestibule.scim.document import Document
from vestibule.scim.errors import Uniqueness
from vestibule.scim.fold import fold_user_name
from vestibule.scim.frozen import frozen


class Arrival(Enum):
    """How a person comes to be as the request wants them, and the event that says so."""

    CREATED = UserCreated
    CLAIMED = UserLinked
    REVIVED = UserReactivated
    UPDATED = UserUpdated

    def __init__(self, event: type[Event]) -> None:
        self.event = event


@frozen
class Wish:
    """A person as the request wants them: the whole document in canonical form, ``id`` included."""

    arrival: Arrival
    document: Document
    external_id: str | None
    status: int
    rule: str
    reason: str
    before: Resource | None = None
    before_document: Document | None = None
    claim: Claim | None = None
    notes: tuple[str, ...] = ()
    #: What strict would have refused of the request.
    tolerated: Mapping[str, int] = field(default_factory=dict)
    #: The fact who waits for them, where it was asked already.
    waiting: Waiting | None = None


def write_person(situation: Situation, wish: Wish) -> Change:
    """The Change that makes it so, or one that changes nothing. Refusal where a rule of the product forbids it."""
    standing, before, was = situation.standing, wish.before, wish.before_document
    type = situation.resource_type("User")
    role, changes = _settled(situation, wish)
    document = role.document
    notes = (
        *standing.notes,
        *wish.notes,
        *role.notes,
        *link_notes(situation, type, document, changes),
        *same_type_notes(type, changes),
    )
    explanation = Explanation(wish.rule, wish.reason, notes, role.story)
    is_update = before is not None and wish.arrival is Arrival.UPDATED
    if is_update and not changes:
        unchanged = Explanation("unchanged", "Everything was so already.", explanation.notes)
        return Change(
            Answer(wish.status, before), unchanged, tolerances=counted(standing.tolerances, wish.tolerated)
        )
    if changes.keys() != {"active"}:
        # A POST says the person whole, whoever was there before; other writes answer for what they change.
        excused = None if wish.status == 201 else was
        refuse_missing(situation, type, document, excused)
        refuse_user_name(situation, document, excused)
    person_id: str = document["id"]
    user_name = fold_user_name(document["userName"])
    is_renamed = before is None or before.user_name != user_name
    if is_renamed and before is not None:
        refuse_taken_name(situation, document["userName"], person_id)
    active = document.get("active") is not False
    access = guarded(situation, decide_access(person_id, before, active))
    joins = _joins(situation, wish, changes, person_id, user_name)
    derived = Derived(type, situation.profile, document, before)
    resource = _resource(situation, wish, derived, active, access, role)
    write = derived.write(resource, before, with_keys=_keys_change(situation, wish, changes))
    external_ids: tuple[ExternalIdWrite, ...] = ()
    if "externalId" in changes:
        external_ids = (ExternalIdWrite(situation.connection, "User", person_id, wish.external_id),)
    return Change(
        Answer(wish.status, resource),
        explanation,
        resources=(write,),
        external_ids=external_ids,
        touches=joins.touches,
        members=joins.members,
        pending=joins.pending,
        must_be_free=(("userName", user_name), *joins.must_be_free)
        if is_renamed or not is_update
        else joins.must_be_free,
        unique_keys=keys_taken(situation, type, document, was if is_update else None),
        closures=wish.claim.closures if wish.claim else (),
        events=(*_events(wish, person_id, changes, active, role), *access.events, *joins.events),
        audit=AuditEntry(
            standing.actor, wish.arrival.event.type, "User", person_id, {"userName": document["userName"]}
        ),
        leavers=access.leavers,
        held_until=access.held_until,
        tolerances=counted(standing.tolerances, wish.tolerated),
    )


def refuse_taken_name(situation: Situation, user_name: str, own_id: str | None = None) -> None:
    """Refusal (409) where somebody else of the tenant has that userName, in any letter case (R38)."""
    people: tuple[Resource, ...] = situation.facts[
        ByUserName(fold_user_name(user_name), situation.connection)
    ]
    for person in people:
        if person.id != own_id:
            raise Refusal(
                Uniqueness(
                    f'The userName "{user_name}" is taken by the user with the id {person.id}. Letter case makes '
                    "no difference. Choose another userName, or link to that user."
                ),
                "unique.user_name",
                "Another person of this tenant has that userName.",
            )


def _settled(situation: Situation, wish: Wish) -> tuple[RoleDecision, Changes]:
    """The role, and what changes once its value is spelled as the product does."""
    before, was = wish.before, wish.before_document or {}
    changes = changed_paths(was, wish.document)
    if before is not None and wish.arrival is Arrival.UPDATED and not touches_role(situation, changes):
        role = RoleDecision(before.role, wish.document)
    else:
        role = decide_role(situation, wish.document, wish.before_document, before.role if before else None)
        if role.document is not wish.document:
            changes = changed_paths(was, role.document)
    held = before.external_id if before else None
    if wish.external_id != held:
        changes["externalId"] = [held, wish.external_id]
    return role, changes


def _resource(
    situation: Situation,
    wish: Wish,
    derived: Derived,
    active: bool,
    access: AccessDecision,
    role: RoleDecision,
) -> Resource:
    now, before = situation.now, wish.before
    if before is None:
        return Resource(
            id=wish.document["id"],
            type="User",
            version=1,
            created=now,
            modified=now,
            connection=situation.connection,
            external_id=wish.external_id,
            active=active,
            access=access.access,
            role=role.role,
            **derived.columns,
        )
    return replace(
        before,
        version=before.version + 1,
        modified=now,
        state=State.MANAGED,
        connection=situation.connection if wish.claim else before.connection,
        external_id=wish.external_id,
        active=active,
        access=access.access,
        role=role.role,
        **derived.columns,
    )


def _joins(situation: Situation, wish: Wish, changes: Changes, person_id: str, user_name: str) -> Arrivals:
    """Memberships that come with the person; a mere update brings some only where a name changed."""
    is_update = wish.before is not None and wish.arrival is Arrival.UPDATED
    if is_update and "userName" not in changes and "externalId" not in changes:
        return Arrivals()
    return arrivals(
        situation,
        person_id,
        wish.waiting or waiting_key(person_id, user_name, wish.external_id),
        user_name=user_name,
        external_id=wish.external_id,
        is_new=wish.arrival is Arrival.CREATED,
        comes_back=wish.arrival is Arrival.REVIVED,
    )


def _keys_change(situation: Situation, wish: Wish, changes: Changes) -> bool:
    before, profile = wish.before, situation.profile
    if before is None or wish.arrival is not Arrival.UPDATED or before.profile_version != profile.version:
        return True
    type = situation.resource_type("User")
    return any(has_keys(profile, type, path) for path in changes)


def _events(
    wish: Wish, person_id: str, changes: Changes, active: bool, role: RoleDecision
) -> tuple[Event, ...]:
    """What happened, in the order in which a reader wants to hear it."""
    before = wish.before
    role_before = before.role if before else None
    if wish.arrival is Arrival.UPDATED:
        others = {path: values for path, values in changes.items() if path != "active"}
        events: list[Event] = [UserUpdated(person_id, others)] if others else []
    else:
        payload = {**changes, "role": [role_before, role.role]} if role.role is not None else changes
        events = [wish.arrival.event(person_id, payload)]
    if before is None or wish.arrival is Arrival.REVIVED:
        return tuple(events)
    if role.role != role_before:
        story = {"before": role_before, "after": role.role, "rule": (role.story or {}).get("rule")}
        events.append(UserRoleChanged(person_id, story))
    if before.active != active:
        turned: type[Event] = UserReactivated if active else UserDeactivated
        events.append(turned(person_id, {"active": [before.active, active]}))
    return tuple(events)
