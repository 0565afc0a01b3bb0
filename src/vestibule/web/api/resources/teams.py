"""Teams: the groups that identity providers push."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.directory.resource import Resource, State
from vestibule.refused import Refused
from vestibule.scim.errors import InvalidFilter, TooMany
from vestibule.tenancy.errors import UnknownTenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource as ApiResource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page
from vestibule.web.api.parameters import FilterParameter, ResourceId, Slug
from vestibule.web.api.resources.people import ScimDocument
from vestibule.web.api.rooms import room_of
from vestibule.web.tenant_room import NoSuchType, TenantRoom

RESOURCE = ApiResource("teams", "Teams", "The groups that identity providers push.")


class UnknownTeam(Refused):
    """The tenant has no team of that id."""

    status = 404


@message
class TeamShown:
    """A team. Its members stand in `teams.show` alone: a list may be of large ones."""

    id: str
    display_name: str | None
    state: State
    managed_by: str | None
    version: int
    resource: ScimDocument


@message
class UnresolvedMember:
    """A member value that means nobody yet."""

    value: str
    connection: Annotated[str | None, Field(description="Which connection named it.")]
    since: str


@message
class TeamDetails:
    """A team with its members, and member values that mean nobody yet."""

    team: TeamShown
    unresolved: list[UnresolvedMember]


@RESOURCE.get(
    "/tenants/{tenant}/teams",
    name="list",
    scope="people:read",
    raises=(UnknownTenant, NoSuchType, InvalidFilter, TooMany),
)
async def list_teams(
    call: Call,
    tenant: Slug,
    filter: FilterParameter = None,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[TeamShown]:
    """The teams of a tenant in order of creation, those that a SCIM filter fits, without their members."""
    room = await room_of(call, tenant)
    query = room.query(room.type("Group"), filter, count=count)
    place = await call.places(room.tenant.id, room.profile.version, filter, count)
    stretch = await room.directory.walk(room.tenant.id, (query,), place.open(cursor))
    documents = await room.documents(stretch.rows, members=False)
    items = [
        _shown(room, row.resource, document) for row, document in zip(stretch.rows, documents, strict=True)
    ]
    return Page(items, place.seal(stretch.next))


@RESOURCE.get(
    "/tenants/{tenant}/teams/{id}",
    name="show",
    scope="people:read",
    raises=(UnknownTenant, NoSuchType, UnknownTeam),
)
async def show(call: Call, tenant: Slug, id: ResourceId) -> TeamDetails:
    """One team with its members."""
    room = await room_of(call, tenant)
    room.type("Group")
    team = await room.one("Group", id)
    if team is None:
        raise UnknownTeam(f"The tenant {room.tenant.slug!r} has no team of the id {id!r}.")
    call.versioned(team.version)
    waiting = await room.directory.unresolved_members(room.tenant.id, id)
    return TeamDetails(
        team=_shown(room, team, await room.rendered(team)),
        unresolved=[
            UnresolvedMember(
                value=one.value, connection=room.connection_name(one.connection), since=one.since
            )
            for one in waiting
        ],
    )


def _shown(room: TenantRoom, team: Resource, document: dict[str, Any]) -> TeamShown:
    return TeamShown(
        id=team.id,
        display_name=document.get("displayName"),
        state=team.state,
        managed_by=room.connection_name(team.connection),
        version=team.version,
        resource=document,
    )
