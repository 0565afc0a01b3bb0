"""The end of a hold: access of a held leaver ends, or is given back."""

from __future__ import annotations

from dataclasses import replace

from vestibule.directory.change import Answer, AuditEntry, Change, Explanation
from vestibule.directory.derived import Derived
from vestibule.directory.events import AccessEnded, AccessGranted, Event
from vestibule.directory.facts import ById
from vestibule.directory.refusal import Refusal
from vestibule.directory.request import SettleHeld
from vestibule.directory.resource import Access, Resource, State
from vestibule.directory.situation import Situation
from vestibule.scim.errors import NotFound


def settle_held(situation: Situation, request: SettleHeld) -> Change:
    """Access ended, or granted although the identity provider says inactive: until its next word.

    NotFound for nobody; a person whose access is not held (any more) stays as they are.
    """
    person: Resource | None = situation.facts[ById("User", request.id, situation.connection)]
    if person is None or person.state is not State.MANAGED:
        raise Refusal(
            NotFound(f"There is nobody of the id {request.id}."),
            "held.unknown",
            "Nobody of that id is managed.",
        )
    if person.access is not Access.HELD:
        return Change(Answer(200, person), Explanation("held.unchanged", "Access was not held (any more)."))
    event: Event = AccessEnded(person.id) if request.ends else AccessGranted(person.id)
    access = Access.ENDED if request.ends else Access.GRANTED
    after = replace(person, version=person.version + 1, modified=situation.now, access=access)
    type, document = situation.resource_type("User"), person.document()
    return Change(
        Answer(200, after),
        Explanation(
            "held.ended" if request.ends else "held.released",
            "Access had been held with that of many who left at once; it is ended now."
            if request.ends
            else "Access had been held with that of many who left at once; it is given back.",
        ),
        resources=(Derived(type, situation.profile, document, person).write(after, person, with_keys=False),),
        events=(event,),
        audit=AuditEntry(situation.standing.actor, event.type, "User", person.id),
    )
