"""Resources of the types that a profile declares beside User and Group (RFC 7643 §6): all four writes.

They have a schema, unique values and a delete rule, and nothing else: no access, no role, no
members, and nobody who existed before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from vestibule.directory.change import Answer, AuditEntry, Change, Explanation, ExternalIdWrite
from vestibule.directory.changed import Changes, changed_paths
from vestibule.directory.derived import Derived, key_value
from vestibule.directory.events import (
    Event,
    ResourceCreated,
    ResourceDeleted,
    ResourceRestored,
    ResourceUpdated,
)
from vestibule.directory.facts import DeletedByKey
from vestibule.directory.found import found
from vestibule.directory.links import link_notes
from vestibule.directory.merging import counted, put_over, read_notes, replaced
from vestibule.directory.request import Create, Delete, Patch, Replace
from vestibule.directory.requirements import refuse_missing
from vestibule.directory.resource import Resource, State
from vestibule.directory.situation import Situation
from vestibule.directory.unique import keys_taken
from vestibule.profiles.profile import DeleteRule
from vestibule.scim.absent import ABSENT, Absent
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.frozen import frozen
from vestibule.scim.patch import apply_patch


@frozen
class _Wish:
    """The resource as the request wants it: the whole document in canonical form, ``id`` included."""

    document: Document
    external_id: str | None
    status: int
    rule: str
    reason: str
    before: Resource | None = None
    before_document: Document | None = None
    notes: tuple[str, ...] = ()
    #: What strict would have refused of the request.
    tolerated: Mapping[str, int] = field(default_factory=dict)


def create_resource(situation: Situation, request: Create) -> Change:
    """A new one; with ``delete = "inactivate"`` the deleted one of that key comes back. 409 for a value taken."""
    type = situation.resource_type(request.type)
    checked = situation.checked(type, request.document)
    document = type.with_defaults(checked.document)
    external_id = None if checked.external_id is ABSENT else checked.external_id
    refuse_missing(situation, type, document, None)
    deleted = _deleted(situation, type, document)
    if deleted is None:
        made = {"schemas": document["schemas"], "id": situation.new_id(), **document}
        wish = _Wish(made, external_id, 201, "resource.created", f"No such {type.name} was known here.")
    else:
        held = deleted.document()
        wish = _Wish(
            put_over(type, held, document, checked.cleared),
            external_id or deleted.external_id,
            201,
            "resource.restored",
            f"A deleted {type.name} of that {situation.profile.declared[type.name].key} came back, with its data.",
            deleted,
            held,
        )
    return _written(situation, type, replace(wish, notes=read_notes(checked), tolerated=checked.tolerated))


def replace_resource(situation: Situation, request: Replace) -> Change:
    """The resource as the document says."""
    type = situation.resource_type(request.type)
    before = found(situation, request)
    held = before.document()
    checked = type.check(request.document, strict=situation.standing.strict, stored=held)
    return _written(
        situation,
        type,
        _Wish(
            replaced(situation, type, held, checked),
            _external_id(before, checked.external_id),
            200,
            "resource.replaced",
            "The document sent replaces the one held.",
            before,
            held,
            read_notes(checked),
            checked.tolerated,
        ),
    )


def patch_resource(situation: Situation, request: Patch) -> Change:
    """The resource after all operations."""
    type, standing = situation.resource_type(request.type), situation.standing
    before = found(situation, request)
    held = before.document()
    patched = apply_patch(type, held, request.operations, upsert=standing.upsert, strict=standing.strict)
    return _written(
        situation,
        type,
        _Wish(
            patched.document,
            _external_id(before, patched.external_id),
            200,
            "resource.patched",
            "The operations were applied in order.",
            before,
            held,
            read_notes(patched),
            patched.tolerated,
        ),
    )


def delete_resource(situation: Situation, request: Delete) -> Change:
    """A tombstone: 404 for every operation, its unique values free (R161, R163)."""
    type, standing = situation.resource_type(request.type), situation.standing
    rules = situation.profile.declared[type.name]
    before = found(situation, request)
    document = before.document()
    tombstone = replace(
        before,
        state=State.TOMBSTONE,
        version=before.version + 1,
        modified=situation.now,
        external_id=None,
    )
    connections = {standing.connection, before.connection or standing.connection}
    payload = {rules.key: [key_value(rules, document), None]} if rules.key else None
    event = ResourceDeleted(before.id, payload, type.name)
    return Change(
        Answer(204),
        Explanation(
            "resource.deleted",
            f"The {type.name} is gone; a POST with the same {rules.key} brings it back, with its data."
            if rules.delete is DeleteRule.INACTIVATE
            else f"The {type.name} is gone.",
            standing.notes,
        ),
        resources=(
            Derived(type, situation.profile, document, before).write(tombstone, before, with_keys=False),
        ),
        external_ids=tuple(ExternalIdWrite(each, type.name, before.id, None) for each in sorted(connections)),
        events=(event,),
        audit=_audit(situation, type, event, document),
        tolerances=standing.tolerances,
    )


def _written(situation: Situation, type: CompiledType, wish: _Wish) -> Change:
    """The Change that makes it so, or one that changes nothing."""
    standing, before = situation.standing, wish.before
    is_update = before is not None and before.state is State.MANAGED
    changes = changed_paths(wish.before_document or {}, wish.document)
    held = before.external_id if before else None
    if wish.external_id != held:
        changes["externalId"] = [held, wish.external_id]
    notes = (*standing.notes, *wish.notes, *link_notes(situation, type, wish.document, changes))
    if is_update and not changes:
        unchanged = Explanation("unchanged", "Everything was so already.", notes)
        return Change(
            Answer(wish.status, before), unchanged, tolerances=counted(standing.tolerances, wish.tolerated)
        )
    refuse_missing(situation, type, wish.document, wish.before_document if is_update else None)
    keys = keys_taken(situation, type, wish.document, wish.before_document if is_update else None)
    derived = Derived(type, situation.profile, wish.document, before)
    resource = _resource(situation, type, wish, derived)
    event = _event(type, resource, before, changes)
    return Change(
        Answer(wish.status, resource),
        Explanation(wish.rule, wish.reason, notes),
        resources=(derived.write(resource, before),),
        external_ids=(ExternalIdWrite(situation.connection, type.name, resource.id, wish.external_id),)
        if "externalId" in changes
        else (),
        unique_keys=keys,
        events=(event,),
        audit=_audit(situation, type, event, wish.document),
        tolerances=counted(standing.tolerances, wish.tolerated),
    )


def _event(type: CompiledType, after: Resource, before: Resource | None, changes: Changes) -> Event:
    if before is None:
        return ResourceCreated(after.id, changes, type.name)
    if before.state is State.TOMBSTONE:
        return ResourceRestored(after.id, changes, type.name)
    return ResourceUpdated(after.id, changes, type.name)


def _resource(situation: Situation, type: CompiledType, wish: _Wish, derived: Derived) -> Resource:
    now, before = situation.now, wish.before
    if before is None:
        return Resource(
            id=wish.document["id"],
            type=type.name,
            version=1,
            created=now,
            modified=now,
            connection=situation.connection,
            external_id=wish.external_id,
            **derived.columns,
        )
    return replace(
        before,
        state=State.MANAGED,
        version=before.version + 1,
        modified=now,
        external_id=wish.external_id,
        **derived.columns,
    )


def _deleted(situation: Situation, type: CompiledType, document: Document) -> Resource | None:
    """The tombstone that a POST brings back, if the profile says so and there is one."""
    rules = situation.profile.declared[type.name]
    if rules.delete is not DeleteRule.INACTIVATE:
        return None
    keys = Derived(type, situation.profile, document).unique_keys()
    named = [key for key in keys if key.attribute == rules.key]
    if not named:
        return None
    asked = DeletedByKey(type.name, rules.key, named[0].value, situation.connection)
    # Whoever has that key now is answered first: with a 409.
    keys_taken(situation, type, {"id": "", **document}, None)
    deleted: Resource | None = situation.facts[asked]
    return deleted


def _external_id(before: Resource, given: str | Absent | None) -> str | None:
    return before.external_id if given is ABSENT else given


def _audit(situation: Situation, type: CompiledType, event: Event, document: Document) -> AuditEntry:
    rules = situation.profile.declared[type.name]
    name = key_value(rules, document)
    return AuditEntry(
        situation.standing.actor, event.type, type.name, event.subject_id, {"name": name} if name else None
    )
