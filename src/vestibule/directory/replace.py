"""PUT: the whole resource as the client has it (design: *PUT*)."""

from __future__ import annotations

from vestibule.directory.adoption import claim_by_id
from vestibule.directory.change import Change
from vestibule.directory.found import found
from vestibule.directory.membership import NO_CHANGE, roll_of
from vestibule.directory.merging import read_notes, replaced
from vestibule.directory.person import Arrival, Wish, write_person
from vestibule.directory.request import Replace
from vestibule.directory.resource import State
from vestibule.directory.situation import Situation
from vestibule.directory.team import TeamWish, write_team
from vestibule.scim.absent import ABSENT
from vestibule.scim.patch import ClearMembers, MembershipOperation, ReplaceMembers


def replace_person(situation: Situation, request: Replace) -> Change:
    """The person as the document says; the first PUT on one who existed before is the claim."""
    type = situation.resource_type("User")
    before = found(situation, request)
    held = before.document()
    claim = claim_by_id(situation, before, held) if before.state is State.UNCLAIMED else None
    checked = type.check(request.document, strict=situation.standing.strict, stored=held)
    return write_person(
        situation,
        Wish(
            Arrival.CLAIMED if claim else Arrival.UPDATED,
            replaced(situation, type, held, checked, request.kept),
            before.external_id if checked.external_id is ABSENT else checked.external_id,
            200,
            claim.rule if claim else "replaced",
            claim.reason
            if claim
            else "The document sent replaces the one held, by the owner of each attribute.",
            before,
            held,
            claim,
            read_notes(checked),
            checked.tolerated,
        ),
    )


def replace_group(situation: Situation, request: Replace) -> Change:
    """The group as the document says. ``members`` says the whole; without that key they stay."""
    type = situation.resource_type("Group")
    before = found(situation, request)
    held = before.document()
    checked = type.check(request.document, strict=situation.standing.strict, stored=held)
    roll = NO_CHANGE
    if checked.members is not ABSENT:
        values = tuple(dict.fromkeys(member["value"] for member in checked.members or ()))
        whole: MembershipOperation = ReplaceMembers(values) if values else ClearMembers()
        roll = roll_of(situation, before.id, (whole,))
    return write_team(
        situation,
        TeamWish(
            replaced(situation, type, held, checked),
            before.external_id if checked.external_id is ABSENT else checked.external_id,
            200,
            roll,
            before,
            held,
            request.if_match is not None,
            read_notes(checked),
            checked.tolerated,
        ),
    )
