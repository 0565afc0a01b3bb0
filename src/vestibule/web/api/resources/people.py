"""People: who there is, one of them with their story, and what an operator may do to one."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.directory.hand import deactivation, reactivation, restoration
from vestibule.directory.request import Request
from vestibule.directory.resource import Access, Resource, State
from vestibule.directory.telling import timeline
from vestibule.erasing.erasure import Eraser, NotNamed
from vestibule.scim.errors import (
    Forbidden,
    InvalidFilter,
    InvalidValue,
    Mutability,
    NotFound,
    PreconditionFailed,
    TooMany,
    Uniqueness,
)
from vestibule.tenancy.errors import UnknownTenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource as ApiResource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page
from vestibule.web.api.parameters import FilterParameter, ResourceId, Slug
from vestibule.web.api.rooms import room_of
from vestibule.web.person_record import UnknownPerson, person_record
from vestibule.web.tenant_room import TenantRoom

RESOURCE = ApiResource("people", "People", "Whom identity providers sent, and those who existed before.")

ScimDocument = Annotated[
    dict[str, Any], Field(description="The SCIM resource, as its identity provider gets it.")
]
_WRITE = (
    UnknownTenant,
    UnknownPerson,
    Forbidden,
    PreconditionFailed,
    Mutability,
    InvalidValue,
    Uniqueness,
    NotFound,
)


@message
class PersonShown:
    """A person: what the identity provider said, and what the product applies."""

    id: str
    user_name: str | None
    email: Annotated[str | None, Field(description="The primary work address.")]
    state: Annotated[
        State, Field(description="managed by an identity provider; unclaimed; tombstone: deleted.")
    ]
    active: Annotated[bool, Field(description="What the identity provider said.")]
    access: Annotated[Access, Field(description="What the product applies.")]
    role: str | None
    managed_by: Annotated[str | None, Field(description="The connection that manages them.")]
    version: int
    resource: ScimDocument


@message
class Unresolved:
    """A group that names somebody of this person's id, userName or externalId as a member, not resolved yet."""

    group: str
    value: str


@message
class PersonDetails:
    """A person with the reason of the role, and what waits for them."""

    person: PersonShown
    role_explanation: Annotated[
        dict[str, Any] | None,
        Field(description="What was sent, which rule decided, what was ignored, and why."),
    ]
    unresolved_in: list[Unresolved]
    open_reviews: list[str]


@message
class TimelineEntry:
    """Something that happened: a request with its events, an event, or what was done by hand."""

    kind: Annotated[str, Field(description="request, event or operator.")]
    at: str
    entry: dict[str, Any]


@message
class ErasurePreview:
    """What erasing a person would do."""

    id: str
    name: Annotated[str, Field(description="What has to be said to erase them: their userName.")]
    attributes: Annotated[list[str], Field(description="The attributes that are kept of them.")]
    goes: Annotated[dict[str, int], Field(description="How many of what would go.")]
    earlier: Annotated[
        list[str],
        Field(description="Ids under which they were here before and were deleted: erased with them."),
    ]
    stays: Annotated[list[str], Field(description="What stays, in words.")]
    comes_back: Annotated[
        bool,
        Field(description="An identity provider manages them still, and its next request makes them anew."),
    ]
    was_erased: bool
    looked_through: Annotated[
        int | None,
        Field(
            description="Erased: so many entries about others were looked through; null once they all were, or before."
        ),
    ]
    to_look_through: Annotated[int | None, Field(description="Of so many.")]


@message
class Erasure:
    """Whom to erase, said once more."""

    name: Annotated[str, Field(max_length=1000, description="The `name` of the preview.")]


@RESOURCE.get(
    "/tenants/{tenant}/people",
    name="list",
    scope="people:read",
    raises=(UnknownTenant, InvalidFilter, TooMany),
)
async def list_people(
    call: Call,
    tenant: Slug,
    filter: FilterParameter = None,
    unclaimed: Annotated[
        bool, Field(description="Also those who existed before and are not linked yet.")
    ] = False,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[PersonShown]:
    """The people of a tenant in order of creation, those that a SCIM filter fits."""
    room = await room_of(call, tenant)
    query = room.query(room.type("User"), filter, count=count, unclaimed=unclaimed)
    place = await call.places(room.tenant.id, room.profile.version, filter, unclaimed, count)
    stretch = await room.directory.walk(room.tenant.id, (query,), place.open(cursor))
    people = [row.resource for row in stretch.rows]
    documents = await room.documents(stretch.rows)
    items = [_shown(room, person, document) for person, document in zip(people, documents, strict=True)]
    return Page(items, place.seal(stretch.next))


@RESOURCE.get(
    "/tenants/{tenant}/people/{id}", name="show", scope="people:read", raises=(UnknownTenant, UnknownPerson)
)
async def show(call: Call, tenant: Slug, id: ResourceId) -> PersonDetails:
    """One person, deleted ones too. The ETag is what If-Match of a change names."""
    room = await room_of(call, tenant)
    person = await _person(room, id)
    record = await person_record(room, person)
    call.versioned(person.version)
    return PersonDetails(
        person=_shown(room, person, await room.rendered(person)),
        role_explanation=record["roleExplanation"],
        unresolved_in=[Unresolved(**one) for one in record["unresolvedIn"]],
        open_reviews=record["openReviews"],
    )


@RESOURCE.get(
    "/tenants/{tenant}/people/{id}/timeline",
    name="timeline",
    scope="people:read",
    raises=(UnknownTenant, UnknownPerson),
)
async def show_timeline(call: Call, tenant: Slug, id: ResourceId) -> list[TimelineEntry]:
    """All that happened to a person, oldest first: requests with their events, and what was done by hand."""
    room = await room_of(call, tenant)
    person = await _person(room, id)
    story = await room.log.story_of(room.tenant.id, person.id)
    return [
        TimelineEntry(kind=entry.pop("kind"), at=str(entry["at"]), entry=entry) for entry in timeline(story)
    ]


@RESOURCE.post(
    "/tenants/{tenant}/people/{id}/deactivate",
    name="deactivate",
    scope="people:write",
    versioned=True,
    raises=_WRITE,
)
async def deactivate(call: Call, tenant: Slug, id: ResourceId) -> PersonShown:
    """End a person's access, as if their identity provider had said `active=false`.

    The identity provider is not told: if it sends `active=true` later, they are active again.
    """
    return await _done(call, tenant, id, deactivation)


@RESOURCE.post(
    "/tenants/{tenant}/people/{id}/reactivate",
    name="reactivate",
    scope="people:write",
    versioned=True,
    raises=_WRITE,
)
async def reactivate(call: Call, tenant: Slug, id: ResourceId) -> PersonShown:
    """Give a person who is inactive their access back."""
    return await _done(call, tenant, id, reactivation)


@RESOURCE.post(
    "/tenants/{tenant}/people/{id}/restore",
    name="restore",
    scope="people:write",
    versioned=True,
    raises=_WRITE,
)
async def restore(call: Call, tenant: Slug, id: ResourceId) -> PersonShown:
    """Bring a deleted person back under the same id, with their data, where the profile keeps them so."""
    return await _done(call, tenant, id, restoration)


@RESOURCE.get(
    "/tenants/{tenant}/people/{id}/erasure",
    name="preview_erasure",
    scope="people:read",
    raises=(UnknownTenant, UnknownPerson),
)
async def preview_erasure(call: Call, tenant: Slug, id: ResourceId) -> ErasurePreview:
    """What erasing a person would take away, and what would stay. Nothing is changed."""
    room = await room_of(call, tenant)
    seen = await _eraser(call, room).preview(await _person(room, id))
    return ErasurePreview(
        id=seen.id,
        name=seen.name,
        attributes=list(seen.attributes),
        goes=dict(seen.goes),
        earlier=list(seen.earlier),
        stays=list(seen.stays),
        comes_back=seen.comes_back,
        was_erased=seen.is_erased,
        looked_through=seen.under_way.looked if seen.under_way else None,
        to_look_through=seen.under_way.rows if seen.under_way else None,
    )


@RESOURCE.post(
    "/tenants/{tenant}/people/{id}/erase",
    name="erase",
    scope="people:write",
    status=202,
    raises=(UnknownTenant, UnknownPerson, NotNamed),
)
async def erase(call: Call, tenant: Slug, id: ResourceId, body: Erasure) -> None:
    """Erase a person: nothing personal of them stays, in no log either. It cannot be undone.

    What is kept of themselves is gone with the answer; what others' entries say of them is looked for within some
    seconds afterwards. Whoever follows the log is told by `user.erased`.
    """
    room = await room_of(call, tenant)
    person = await _person(room, id)
    call.about("User", person.id)
    await _eraser(call, room).erase(person, body.name)


def _eraser(call: Call, room: TenantRoom) -> Eraser:
    premises = call.premises
    return Eraser(premises.erasure, room.directory, room.desk.clock, room.new_id, room.standing())


async def _done(call: Call, slug: str, id: str, asked: Any) -> PersonShown:
    room = await room_of(call, slug)
    person = await _person(room, id)
    call.about("User", person.id)
    call.demand_version(person.version)
    if_match = person.etag if call.request.headers.get("if-match") else None
    request: Request = asked(room.profile, person, if_match)
    await room.carry_out(request, person.connection)
    changed = await _person(room, id)
    call.versioned(changed.version)
    return _shown(room, changed, await room.rendered(changed))


async def _person(room: TenantRoom, id: str) -> Resource:
    found = await room.one("User", id)
    if found is None:
        raise UnknownPerson(f"The tenant {room.tenant.slug!r} has no person of the id {id!r}.")
    return found


def _shown(room: TenantRoom, person: Resource, document: dict[str, Any]) -> PersonShown:
    return PersonShown(
        id=person.id,
        user_name=document.get("userName"),
        email=person.email,
        state=person.state,
        active=person.active,
        access=person.access,
        role=person.role,
        managed_by=room.connection_name(person.connection),
        version=person.version,
        resource=document,
    )
