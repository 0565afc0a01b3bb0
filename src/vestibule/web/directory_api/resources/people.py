"""People of the directory, as its sources tell them."""

from __future__ import annotations

from vestibule.directory.store import Boundary
from vestibule.provisioning.source import Person, fold_login
from vestibule.provisioning.store import UnknownName
from vestibule.web.api.message import message
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page
from vestibule.web.directory_api.resource import Login, resource
from vestibule.web.directory_api.side import Call

RESOURCE = resource("people", "People", "People of the directory, as its sources tell them.")


@message
class PersonShown:
    """A person, with the attributes that the source gave."""

    id: str
    login: str
    name: str
    status: str
    attributes: dict[str, str]


@message
class PersonDetails:
    """A person, and the names of their groups."""

    person: PersonShown
    groups: list[str]


@RESOURCE.get("/people", name="list", scope="directory:read")
async def list_people(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[PersonShown]:
    """People in order of their logins, those who left among them."""
    place = await call.places()
    boundary = place.open(cursor)
    found = await call.store.people(str(boundary.key) if boundary else "", count + 1)
    shown = found[:count]
    there_is_more = len(found) > count
    end = Boundary(fold_login(shown[-1].login), 0) if there_is_more else None
    return Page([_shown(person) for person in shown], place.seal(end))


@RESOURCE.get("/people/{login}", name="show", scope="directory:read", raises=(UnknownName,))
async def show(call: Call, login: Login) -> PersonDetails:
    """One person with their groups."""
    person = await call.store.person(login)
    return PersonDetails(person=_shown(person), groups=await call.store.groups_of(person.id))


def _shown(person: Person) -> PersonShown:
    return PersonShown(
        id=person.id,
        login=person.login,
        name=person.shown_name,
        status=str(person.status),
        attributes={name: str(value) for name, value in person.attributes.items()},
    )
