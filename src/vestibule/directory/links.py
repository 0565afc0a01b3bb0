"""Whom a manager, or any other attribute that names a resource, means now.

The value is kept as the client sent it (K27), whoever came first: so the order in which two people
are provisioned makes no difference. It means the resource of that id; outside of strict also exactly
one person of that externalId or userName, as a member value does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import orjson

from vestibule.directory.changed import Changes, concerns
from vestibule.directory.derived import key_value, shown_name
from vestibule.directory.facts import ById, FactKey, MemberTarget
from vestibule.directory.request import Standing
from vestibule.directory.resource import Resource, State
from vestibule.directory.situation import Situation
from vestibule.directory.store import DirectoryStore, Row
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.links import Link

_MEMBERS = frozenset({"User", "Group"})
_MOST_NOTED = 5


def link_notes(
    situation: Situation, type: CompiledType, document: Document, changes: Changes
) -> tuple[str, ...]:
    """A note for each value that this request brings and that means nobody here yet."""
    values = [(link, value) for link in type.links for value in link.values(document)]
    if values:
        values = [(link, value) for link, value in values if concerns(changes, link.path)][:_MOST_NOTED]
    if not values:
        return ()
    facts = [_fact(situation.standing, link, value) for link, value in values]
    situation.facts.demand(*facts)
    return tuple(
        f"{link.path} names nobody known here; it is kept as sent, and leads to whoever has that id once they are"
        for (link, _), fact in zip(values, facts, strict=True)
        if _id(situation.facts[fact], link) is None
    )


def has_links(type: CompiledType, rows: Sequence[Row]) -> bool:
    """Whether any of these rows, all of that type, names another resource; quick, as it is asked of every answer."""
    for link in type.links:
        marker = link.marker
        for row in rows:
            if marker in row.resource.doc:
                return True
    return False


async def with_links(
    store: DirectoryStore, standing: Standing, rows: Sequence[Row], base_url: str
) -> Sequence[Row]:
    """The rows with ``$ref`` and name where their documents name other resources; the very same where none does."""
    types = standing.profile.types
    linked = []
    for at, row in enumerate(rows):
        for link in types[row.resource.type].links:
            if link.marker in row.resource.doc:
                linked.append((at, link))
    if not linked:
        return rows
    documents = {at: rows[at].resource.document() for at, _ in linked}
    named = {(link, value) for at, link in linked for value in link.values(documents[at])}
    known = await _known(store, standing, named, base_url)
    for at, link in linked:
        link.fill(documents[at], lambda value, link=link: known.get((link, value)))  # type: ignore[misc]
    filled = list(rows)
    for at, document in documents.items():
        row = rows[at]
        filled[at] = replace(row, resource=replace(row.resource, doc=orjson.dumps(document)))
    return filled


async def _known(
    store: DirectoryStore, standing: Standing, named: set[tuple[Link, str]], base_url: str
) -> Mapping[tuple[Link, str], tuple[str, str]]:
    """URI and name of whom each value means."""
    asked = {(link, value): _fact(standing, link, value) for link, value in named}
    meant = await store.facts(standing.tenant, tuple(set(asked.values())))
    found = {key: _id(meant[fact], key[0]) for key, fact in asked.items()}
    by_id = {
        place: ById(place[0], place[1], standing.connection) for place in found.values() if place is not None
    }
    resources = await store.facts(standing.tenant, tuple(by_id.values())) if by_id else {}
    known: dict[tuple[Link, str], tuple[str, str]] = {}
    for key, place in found.items():
        resource: Resource | None = resources[by_id[place]] if place else None
        if place is not None and resource is not None and resource.state is State.MANAGED:
            endpoint = standing.profile.types[resource.type].endpoint
            known[key] = f"{base_url}{endpoint}/{resource.id}", _name(standing, resource)
    return known


def _fact(standing: Standing, link: Link, value: str) -> FactKey:
    if _MEMBERS.isdisjoint(link.types):
        return ById(link.types[0], value, standing.connection)
    return MemberTarget(value, standing.connection, standing.match_people)


def _id(answer: Resource | tuple[str, str, str] | None, link: Link) -> tuple[str, str] | None:
    """Type and id of what a fact found, None for what is not there, or of a type that is not meant."""
    if isinstance(answer, Resource):
        return (answer.type, answer.id) if answer.state is State.MANAGED else None
    if answer is None or answer[0] in ("unknown", "tombstone") or answer[2] not in link.types:
        return None
    return answer[2], answer[1]


def _name(standing: Standing, resource: Resource) -> str:
    document = resource.document()
    rules = standing.profile.declared.get(resource.type)
    return shown_name(document) if rules is None else key_value(rules, document)
