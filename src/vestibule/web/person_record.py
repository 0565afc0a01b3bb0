"""One person with what SCIM does not say beside it: access, the role and why it is that one, who manages them."""

from __future__ import annotations

from typing import Any

from vestibule.directory.facts import Waiting
from vestibule.directory.named import people_named
from vestibule.directory.resource import Resource
from vestibule.directory.telling import role_reason
from vestibule.refused import Refused
from vestibule.scim.fold import fold_user_name
from vestibule.web.tenant_room import TenantRoom


class UnknownPerson(Refused):
    """Nobody of the tenant is meant by the word."""

    status = 404


class SeveralPeople(Refused):
    """The word fits several people, and nothing guesses."""

    status = 409


async def one_person(room: TenantRoom, word: str) -> Resource:
    """The one person of the tenant that the word means. ``UnknownPerson``, ``SeveralPeople``."""
    people = await people_named(room.directory, room.tenant.id, room.connection, word)
    if not people:
        raise UnknownPerson(
            f"Nobody in tenant {room.tenant.slug!r} has the id, userName or e-mail address {word[:200]!r}.",
            f"`vestibule user list {room.tenant.slug} --all` shows everybody.",
        )
    if len(people) > 1:
        listed = ", ".join(f"{person.user_name} ({person.id})" for person in people)
        raise SeveralPeople(f"{word!r} fits several people: name one by the id. They are {listed}.")
    return people[0]


async def person_record(room: TenantRoom, person: Resource) -> dict[str, Any]:
    """The SCIM resource with ``state``, ``access``, ``role`` and its reason beside it."""
    story = await room.log.story_of(room.tenant.id, person.id)
    reviews = [review for review in await room.log.reviews(room.tenant.id) if person.id in review.candidates]
    values = {person.id, person.user_name or "", person.external_id or ""} - {""}
    waiting = Waiting(frozenset(fold_user_name(value) for value in values))
    waits = (await room.directory.facts(room.tenant.id, (waiting,)))[waiting]
    return {
        **await room.rendered(person),
        "state": person.state.value,
        "active": person.active,
        "access": person.access.value,
        "role": person.role,
        "roleExplanation": role_reason(story),
        "managedBy": room.connection_name(person.connection),
        "unresolvedIn": [{"group": group, "value": value} for group, value, _ in waits],
        "openReviews": [review.id for review in reviews],
    }
