"""One person: attributes with their sources, state, teams, the role and why, and all that happened."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from vestibule.directory.facts import Waiting
from vestibule.directory.provenance import lines, state_history
from vestibule.directory.request import Create, Patch
from vestibule.directory.resource import Resource, State
from vestibule.directory.telling import role_reason, timeline
from vestibule.erasing.erasure import Eraser, NotNamed
from vestibule.profiles.profile import DeleteRule
from vestibule.scim.document import Document
from vestibule.scim.errors import ScimError
from vestibule.scim.fold import fold_user_name
from vestibule.scim.patch import parse_patch
from vestibule.sign_on.errors import UnknownSession
from vestibule.sign_on.sessions import revoke, sessions_of
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.pages.people import name_of, state_of
from vestibule.web.console.receiving.services import LABELS, STATES
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#: What no POST carries: the server's own.
_OURS = frozenset({"id", "meta", "groups"})

DONE = {
    "deactivated": message("Deactivated. Access has ended, the data stays."),
    "reactivated": message("Active again."),
    "erased": message(
        "Erased: nothing personal of them is kept. What other entries of the log say of them goes within some seconds."
    ),
    "restored": message("Restored: the same person, with everything they had."),
    "all_signed_off": message("All sessions are ended. They may sign on again."),
    "signed_off": message("The session is ended. They may sign on again."),
}


TYPE_IT = message("Type the name, to say that it is this person who is to be erased. Nothing was changed.")
NOT_THE_NAME = message("This is not the name of this person. Nothing was changed.")
#: What goes, in the words of ``Preview.goes``.
GOES = {
    "requests": message("bodies of requests"),
    "events": message("details of events"),
    "audit entries": message("details of audit entries"),
    "sign-on attempts": message("attempts to sign on"),
    "sessions": message("sessions"),
    "linked accounts": message("linked accounts"),
    "the product's answers": message("reasons that the product gave"),
    "reviews": message("reviews"),
    "memberships": message("memberships of teams"),
}
STAYS = (
    message("The id, and at what time something of what kind happened to it: no name, no value."),
    message("The seals of the audit trail, which hold without what was erased."),
    message("What others say of this person in attributes of their own, such as the name of a manager."),
    message("Backups made before, the identity provider's own log, and what the product keeps: it is told."),
)


async def _person(visit: TenantVisit) -> Response:
    return await _shown(visit, await _meant(visit))


async def _meant(visit: TenantVisit) -> Resource:
    person = await visit.room.one("User", visit.path("id")[:64])
    if person is None:
        raise nothing_there()
    return person


async def _shown(visit: TenantVisit, person: Resource, status: int = 200, fault: str = "") -> Response:
    room = visit.room
    story = await visit.premises.log.story_of(visit.tenant.id, person.id)
    document = await room.shown(person)
    reviews = [
        one for one in await visit.premises.log.reviews(visit.tenant.id) if person.id in one.candidates
    ]
    values = {person.id, person.user_name or "", person.external_id or ""} - {""}
    waiting = Waiting(frozenset(fold_user_name(value) for value in values))
    waits = (await visit.premises.directory.facts(visit.tenant.id, (waiting,)))[waiting]
    entries = timeline(story)
    return visit.show(
        "person.html",
        status,
        person=person,
        document=document,
        name=name_of(document),
        state=state_of(person),
        managed_by=room.connection_name(person.connection),
        lines=lines(document, story),
        history=state_history(story),
        teams=document.get("groups") or [],
        role=role_reason(story),
        timeline=list(reversed(entries)),
        reviews=reviews,
        waits=waits,
        fault=fault,
        can_restore=person.state is State.TOMBSTONE and visit.profile.delete is DeleteRule.INACTIVATE,
        linked=await _linked(visit, person, document),
        signs_on=await visit.premises.sign_on.setup(visit.tenant.id) is not None,
        sessions=await sessions_of(visit.premises.front(), visit.tenant, person.id),
        states=STATES,
        sentences=DONE,
    )


async def _linked(visit: TenantVisit, person: Resource, document: Document) -> list[dict[str, Any]]:
    """Each account that the identity provider names, with what was found of it; and those still kept that it named once."""
    found = {
        one.service: one for one in await visit.premises.linking.accounts(visit.tenant.id, user_id=person.id)
    }
    named = [one for one in document.get("accounts") or () if isinstance(one, dict)]
    told = [(str(one.get("type") or ""), one.get("value")) for one in named]
    told += [(service, kept.value) for service, kept in found.items() if service not in dict(told)]
    return [
        {
            "service": service,
            "label": LABELS.get(service, service),
            "value": value,
            "account": found.get(service),
        }
        for service, value in told
    ]


async def _sign_off(visit: TenantVisit) -> Response:
    """End one of the person's sign-ins, or all of them."""
    person, front = await _meant(visit), visit.premises.front()
    wanted = [visit.form.line("session", 64)]
    if visit.form.has("all"):
        wanted = [one.sign_in for one in await sessions_of(front, visit.tenant, person.id)]
    try:
        for sign_in in wanted:
            await revoke(front, visit.tenant, person.id, sign_in, visit.actor)
    except UnknownSession as refused:
        return await _shown(visit, person, 409, str(refused))
    done = "all_signed_off" if visit.form.has("all") else "signed_off"
    return visit.go(visit.below(f"/people/{person.id}"), done)


async def _change_active(visit: TenantVisit) -> Response:
    """Deactivate or reactivate by hand: what the identity provider's own PATCH would do."""
    person = await _meant(visit)
    active = visit.form.line("active") == "true"
    body: Document = {
        "schemas": [_PATCH_OP],
        "Operations": [{"op": "replace", "path": "active", "value": active}],
    }
    request = Patch(
        "User", person.id, parse_patch(body), f'W/"{visit.form.line("version", 12)}"', wants_body=True
    )
    try:
        await visit.room.carry_out(request, person.connection)
    except ScimError as refusal:
        return await _shown(visit, await _meant(visit), 409, refusal.detail)
    return visit.go(visit.below(f"/people/{person.id}"), "reactivated" if active else "deactivated")


async def _restore(visit: TenantVisit) -> Response:
    """Have a person who was deleted back, where the product keeps them: the way a new POST of their name does."""
    person = await _meant(visit)
    if person.state is not State.TOMBSTONE or visit.profile.delete is not DeleteRule.INACTIVATE:
        raise nothing_there()
    kept = {name: value for name, value in person.document().items() if name not in _OURS}
    try:
        change = await visit.room.carry_out(Create("User", {**kept, "active": True}), person.connection)
    except ScimError as refusal:
        return await _shown(visit, person, 409, refusal.detail)
    back = change.answer.resource.id if change.answer.resource else person.id
    return visit.go(visit.below(f"/people/{back}"), "restored")


async def _erasure(visit: TenantVisit) -> Response:
    return await _previewed(visit, await _meant(visit))


async def _previewed(visit: TenantVisit, person: Resource, status: int = 200, fault: str = "") -> Response:
    return visit.show(
        "erase.html",
        status,
        person=person,
        preview=await _eraser(visit).preview(person),
        fault=fault,
        typed=visit.form.line("name"),
        words=GOES,
        stays=STAYS,
    )


async def _erase(visit: TenantVisit) -> Response:
    person = await _meant(visit)
    try:
        await _eraser(visit).erase(person, visit.form.line("name"))
    except NotNamed:
        typed = visit.form.line("name")
        fault = visit.say(TYPE_IT) if not typed else visit.say(NOT_THE_NAME)
        return await _previewed(visit, person, 409, fault)
    return visit.go(visit.below(f"/people/{person.id}"), "erased")


def _eraser(visit: TenantVisit) -> Eraser:
    room, premises = visit.room, visit.premises
    return Eraser(premises.erasure, premises.directory, premises.clock, premises.new_id, room.standing())


PAGES = (
    Page("/people/{id}", shows=_person),
    Page("/people/{id}/erase", shows=_erasure, does=_erase),
    Page("/people/{id}/active", does=_change_active),
    Page("/people/{id}/restore", does=_restore),
    Page("/people/{id}/session", does=_sign_off),
)
