"""Directory: people and groups, as the sources tell them."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.provisioning.source import fold_login
from vestibule.provisioning.store import UnknownName
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.assigning import assigned
from vestibule.web.console.sending.pages.application_assignments import STATES
from vestibule.web.console.sending.visit import DirectoryVisit

_ROWS = 50


async def _people(visit: DirectoryVisit) -> Response:
    typed, after = visit.query("q", 100).strip(), visit.query("after", 300)
    found = (
        await visit.store.find_people(typed, after, _ROWS + 1)
        if typed
        else await visit.store.people(after, _ROWS + 1)
    )
    return visit.show(
        "people.html",
        people=found[:_ROWS],
        after=fold_login(found[_ROWS - 1].login) if len(found) > _ROWS else "",
        total=await visit.store.people_count(),
        typed=typed,
    )


async def _person(visit: DirectoryVisit) -> Response:
    try:
        person = await visit.store.person(visit.path("person"))
    except UnknownName:
        raise nothing_there() from None
    names = await visit.store.group_names()
    at = []
    for application in await visit.store.applications():
        facts = await visit.store.person_facts(application.id, person.id)
        if facts.assignments or facts.app_user:
            mapping = await visit.store.mapping(application.id)
            at.append((application, assigned(application, facts, mapping, names)))
    return visit.show(
        "person.html",
        person=person,
        groups=await visit.store.groups_of(person.id),
        at_applications=at,
        states=STATES,
    )


async def _groups(visit: DirectoryVisit) -> Response:
    typed, after = visit.query("q", 100).strip(), visit.query("after", 300)
    groups = await visit.store.find_groups(typed, after, _ROWS + 1)
    return visit.show(
        "groups.html",
        groups=groups[:_ROWS],
        after=groups[_ROWS - 1][0].name.casefold() if len(groups) > _ROWS else "",
        typed=typed,
    )


async def _group(visit: DirectoryVisit) -> Response:
    try:
        group = await visit.store.source_group(visit.path("group"), even_gone=True)
    except UnknownName:
        raise nothing_there() from None
    after = visit.query("after", 300)
    members = await visit.store.members_of(group.id, after, _ROWS + 1)
    names = await visit.store.group_names()
    inner = [names[inner] for outer, inner in await visit.store.nested_groups() if outer == group.id]
    return visit.show(
        "group.html",
        group=group,
        members=members[:_ROWS],
        after=fold_login(members[_ROWS - 1].login) if len(members) > _ROWS else "",
        inner=sorted(inner),
        is_gone=group.id not in names,
    )


PAGES = (
    Page("/people", shows=_people),
    Page("/people/{person}", shows=_person),
    Page("/groups", shows=_groups),
    Page("/groups/{group}", shows=_group),
)
