"""POST: a new person or group, or somebody who was there before under that name."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.adoption import Claim, claim_by_name
from vestibule.directory.change import Change
from vestibule.directory.derived import principal_email
from vestibule.directory.facts import (
    ByDisplayName,
    ByEmail,
    ByUserName,
    FactKey,
    Inactivated,
    Need,
    TenantRoles,
)
from vestibule.directory.membership import first_roll, member_targets
from vestibule.directory.merging import put_over, read_notes
from vestibule.directory.person import Arrival, Wish, refuse_taken_name, write_person
from vestibule.directory.request import Create
from vestibule.directory.requirements import refuse_missing, refuse_no_user_name
from vestibule.directory.resource import Resource, State
from vestibule.directory.situation import Situation
from vestibule.directory.team import TeamWish, refuse_taken_display_name, write_team
from vestibule.directory.waiting import waiting_key
from vestibule.profiles.profile import DeleteRule
from vestibule.scim.absent import ABSENT
from vestibule.scim.checker import Checked, CompiledType
from vestibule.scim.document import Document
from vestibule.scim.fold import fold, fold_user_name


def create_person(situation: Situation, request: Create) -> Change | Need:
    """A new person; the claim on one who existed before; or, as the profile says, a deleted one revived."""
    type = situation.resource_type("User")
    arriving = situation.facts.once("arriving", lambda: _Arriving(situation, type, request))
    checked, document = arriving.checked, arriving.document
    user_name, external_id, known = arriving.user_name, arriving.external_id, arriving.known
    facts = situation.facts
    if unread := facts.unread(arriving.keys):
        return Need(unread)
    named: Sequence[Resource] = facts[known.by_name]
    if named and any(person.state is State.MANAGED for person in named):
        refuse_taken_name(situation, user_name)
    claim = None
    if named:
        claim = claim_by_name(situation, named, user_name, by_user_name=True)
    elif (deleted := known.deleted(situation)) is not None:
        return _revive(situation, type, checked, document, deleted, external_id)
    elif people := known.by_address(situation):
        claim = claim_by_name(situation, people, user_name, by_user_name=False)
    if claim is not None:
        return _claim(situation, type, checked, document, claim, external_id)
    return write_person(
        situation,
        Wish(
            Arrival.CREATED,
            _with_id(document, situation.new_id()),
            external_id,
            201,
            "created",
            "Nobody of that userName or e-mail address was known here.",
            notes=read_notes(checked),
            tolerated=checked.tolerated,
            waiting=known.waiting,
        ),
    )


def create_group(situation: Situation, request: Create) -> Change:
    """A new group with the members named; 409 where the connection has one of that name (W95)."""
    type = situation.resource_type("Group")
    checked = situation.checked(type, request.document)
    document = type.with_defaults(checked.document)
    refuse_missing(situation, type, document, None)
    members = () if checked.members is ABSENT else checked.members or ()
    values = tuple(dict.fromkeys(member["value"] for member in members))
    situation.facts.demand(
        ByDisplayName("Group", fold(document["displayName"]), situation.connection),
        *member_targets(situation, values),
    )
    refuse_taken_display_name(situation, document["displayName"], situation.connection)
    group_id = situation.new_id()
    return write_team(
        situation,
        TeamWish(
            _with_id(document, group_id),
            None if checked.external_id is ABSENT else checked.external_id,
            201,
            first_roll(situation, group_id, values),
            notes=read_notes(checked),
            tolerated=checked.tolerated,
        ),
    )


class _Arriving:
    """A person to be created, as far as the request alone tells; and the facts that tell the rest."""

    __slots__ = ("checked", "document", "external_id", "keys", "known", "user_name")

    def __init__(self, situation: Situation, type: CompiledType, request: Create) -> None:
        self.checked = request.checked or type.check(request.document, strict=situation.standing.strict)
        self.document = type.with_defaults(self.checked.document)
        refuse_no_user_name(self.document)
        self.user_name: str = self.document["userName"]
        self.external_id = None if self.checked.external_id is ABSENT else self.checked.external_id
        email = principal_email(self.document.get("emails"))
        self.known = _KnownAs(situation, self.user_name, email, self.external_id)
        self.keys = self.known.keys(situation)


class _KnownAs:
    """The facts that tell whether a person to be created is already known, asked for at once."""

    __slots__ = ("_addresses", "_deleted", "by_name", "waiting")

    def __init__(
        self, situation: Situation, user_name: str, email: str | None, external_id: str | None
    ) -> None:
        connection = situation.connection
        folded_name = fold_user_name(user_name)
        self.by_name = ByUserName(folded_name, connection)
        self.waiting = waiting_key(None, folded_name, external_id)
        self._addresses: list[ByEmail | ByUserName] = []
        folded = fold(user_name)
        if "@" in user_name:
            self._addresses.append(ByEmail(folded, connection))
        if email and (address := fold(email)) != folded:
            self._addresses += (ByEmail(address, connection), ByUserName(fold_user_name(email), connection))
        revives = situation.profile.delete is DeleteRule.INACTIVATE
        self._deleted = Inactivated(folded_name, connection) if revives else None

    def keys(self, situation: Situation) -> tuple[FactKey, ...]:
        """All that must be read."""
        keys: list[FactKey] = [self.by_name, *self._addresses, self.waiting]
        if self._deleted:
            keys.append(self._deleted)
        if situation.profile.role_sources:
            keys.append(TenantRoles())
        return tuple(keys)

    def deleted(self, situation: Situation) -> Resource | None:
        """The tombstone of that userName that a POST revives, if the profile says so and there is one."""
        if self._deleted is None:
            return None
        found: Resource | None = situation.facts[self._deleted]
        return found

    def by_address(self, situation: Situation) -> list[Resource]:
        """People who existed before and hold that e-mail address."""
        found: dict[str, Resource] = {}
        for key in self._addresses:
            for person in situation.facts[key]:
                if person.state is State.UNCLAIMED:
                    found[person.id] = person
        return list(found.values())


def _claim(
    situation: Situation,
    type: CompiledType,
    checked: Checked,
    document: Document,
    claim: Claim,
    external_id: str | None,
) -> Change:
    held = claim.person.document()
    return write_person(
        situation,
        Wish(
            Arrival.CLAIMED,
            put_over(type, held, document, checked.cleared),
            external_id or claim.person.external_id,
            201,
            claim.rule,
            claim.reason,
            claim.person,
            held,
            claim,
            read_notes(checked),
            checked.tolerated,
        ),
    )


def _revive(
    situation: Situation,
    type: CompiledType,
    checked: Checked,
    document: Document,
    deleted: Resource,
    external_id: str | None,
) -> Change:
    """``delete = "inactivate"``: the same row and id, its data kept and the new values put over it."""
    held = deleted.document()
    return write_person(
        situation,
        Wish(
            Arrival.REVIVED,
            put_over(type, held, document, checked.cleared),
            external_id or deleted.external_id,
            201,
            "revived",
            "A deleted person of that userName came back, with their data.",
            deleted,
            held,
            notes=read_notes(checked),
            tolerated=checked.tolerated,
        ),
    )


def _with_id(document: Document, id: str) -> Document:
    """``schemas`` first, ``id`` second: the order of the served form."""
    schemas = document["schemas"]
    return {"schemas": schemas, "id": id, **document}
