"""PATCH: the operations on a document, and those on the members of a group."""

from __future__ import annotations

from vestibule.directory.access import leavers_beside
from vestibule.directory.adoption import claim_by_id
from vestibule.directory.change import Change
from vestibule.directory.facts import ById, Need
from vestibule.directory.found import found
from vestibule.directory.membership import roll_of
from vestibule.directory.merging import read_notes, refuse_cleared_active
from vestibule.directory.person import Arrival, Wish, write_person
from vestibule.directory.request import Patch
from vestibule.directory.resource import State
from vestibule.directory.situation import Situation
from vestibule.directory.team import TeamWish, write_team
from vestibule.scim.absent import ABSENT
from vestibule.scim.patch import apply_patch


def patch_person(situation: Situation, request: Patch) -> Change | Need:
    """The person after all operations; the first PATCH on one who existed before is the claim."""
    type, standing = situation.resource_type("User"), situation.standing
    if any("active" in str(operation.path or operation.value).lower() for operation in request.operations):
        # Should the person leave by it: one read brings both.
        person = ById("User", request.id, situation.connection)
        if unread := situation.facts.unread((person, leavers_beside(situation, request.id))):
            return Need(unread)
    before = found(situation, request)
    held = before.document()
    claim = claim_by_id(situation, before, held) if before.state is State.UNCLAIMED else None
    patched = apply_patch(type, held, request.operations, upsert=standing.upsert, strict=standing.strict)
    refuse_cleared_active(held, "active" not in patched.document)
    return write_person(
        situation,
        Wish(
            Arrival.CLAIMED if claim else Arrival.UPDATED,
            patched.document,
            before.external_id if patched.external_id is ABSENT else patched.external_id,
            200,
            claim.rule if claim else "patched",
            claim.reason if claim else "The operations were applied in order.",
            before,
            held,
            claim,
            read_notes(patched),
            patched.tolerated,
        ),
    )


def patch_group(situation: Situation, request: Patch) -> Change:
    """The group after all operations, touching no member rows but those that are named."""
    type, standing = situation.resource_type("Group"), situation.standing
    before = found(situation, request)
    held = before.document()
    patched = apply_patch(type, held, request.operations, upsert=standing.upsert, strict=standing.strict)
    return write_team(
        situation,
        TeamWish(
            patched.document,
            before.external_id if patched.external_id is ABSENT else patched.external_id,
            200 if request.wants_body else 204,
            roll_of(situation, before.id, patched.membership),
            before,
            held,
            request.if_match is not None,
            read_notes(patched),
            patched.tolerated,
        ),
    )
