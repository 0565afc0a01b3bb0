"""States: what the product should hold of each person; a snapshot of all; the product's answer."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.directory.resource import Access
from vestibule.directory.store import Boundary
from vestibule.feed.acknowledgement import Outcome
from vestibule.feed.errors import NeverTold, UnknownPerson
from vestibule.feed.states import LATE_SECONDS
from vestibule.feed.wanted_state import WantedState
from vestibule.scim.errors import ExpiredCursor, InvalidCursor
from vestibule.tenancy.errors import UnknownTenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import CursorParameter
from vestibule.web.api.parameters import Slug

RESOURCE = Resource(
    "states", "Wanted states", "What the product should hold of each person, and what it says of that."
)

PersonId = Annotated[str, Field(min_length=1, max_length=64, description="The person's id.")]


@message
class TeamOfPerson:
    """A team that a person is in."""

    id: str
    name: str
    type: Annotated[str, Field(description="`direct`, or `indirect` through another team.")]


@message
class LinkedAccountShown:
    """An account at another service: as the identity provider named it, and as it was found there."""

    service: str
    account: Annotated[str, Field(description="What the identity provider named.")]
    state: Annotated[
        str,
        Field(
            description="linked, not_found, deactivated, conflict, invalid, pending, stale or not_connected; "
            "named: nobody looks into this service."
        ),
    ]
    id: Annotated[str, Field(description="The service's own id of it; empty until it is linked.")]
    email: Annotated[str, Field(description="The address there; empty until it is linked.")]


@message
class WantedStateShown:
    """What the product should hold of one person."""

    id: str
    tenant: str
    version: Annotated[
        str, Field(description="The same version is the same state. Say it back to acknowledge.")
    ]
    exists: Annotated[bool, Field(description="False once the person was deleted.")]
    active: Annotated[bool, Field(description="What the identity provider said.")]
    access: Annotated[
        Access,
        Field(description="What the product applies. `ended`: sessions and keys go too. `held` works still."),
    ]
    role: str | None
    rights: list[str]
    identity: Annotated[dict[str, Any], Field(description="The SCIM document.")]
    teams: list[TeamOfPerson]
    linked_accounts: list[LinkedAccountShown]


@message
class TeamShown:
    """A team."""

    id: str
    tenant: str
    name: str
    identity: dict[str, Any]


@message
class SnapshotShown:
    """A part of a tenant's people and teams."""

    people: list[WantedStateShown]
    teams: list[TeamShown]
    next: Annotated[str | None, Field(description="`cursor` of the next call; null at the end.")]
    feed: Annotated[
        str | None,
        Field(
            description="On the last page: `after` of the first read of events (with this `tenant`); nothing is missed."
        ),
    ]


@message
class Answer:
    """What the product did with a state."""

    version: Annotated[str, Field(min_length=1, max_length=100, description="That of the state.")]
    outcome: Annotated[Outcome, Field(strict=False)]
    reason: Annotated[str, Field(max_length=1000, description="Why it was refused, in words for people.")] = (
        ""
    )


@message
class AnsweredShown:
    """What became of an answer."""

    is_current: Annotated[bool, Field(description="False: the state has changed since; read it again.")]
    confirms_end: Annotated[bool, Field(description="It settles an end of access.")]


@message
class UnconfirmedShown:
    """Access that ended, and the product has not said yet that sessions and keys are gone."""

    id: str
    user_name: str
    ended_at: str
    refused: Annotated[str, Field(description="Why the product last refused to, if it did.")]


@message
class UnconfirmedList:
    """All of them, at most a thousand, the oldest first."""

    items: list[UnconfirmedShown]
    late_after_seconds: int


@RESOURCE.get(
    "/tenants/{tenant}/people/{person}/state",
    name="show",
    scope="events:read",
    raises=(UnknownTenant, UnknownPerson),
)
async def show(call: Call, tenant: Slug, person: PersonId) -> WantedStateShown:
    """The wanted state of one person, deleted ones included."""
    found = await call.tenant(tenant)
    call.about("User", person)
    return shown(await call.premises.states.person(found, person))


@RESOURCE.get(
    "/tenants/{tenant}/snapshot",
    name="snapshot",
    scope="events:read",
    raises=(UnknownTenant, InvalidCursor, ExpiredCursor),
)
async def snapshot(
    call: Call,
    tenant: Slug,
    cursor: CursorParameter = None,
    count: Annotated[int, Field(ge=1, le=500, description="At most so many on the page.")] = 200,
) -> SnapshotShown:
    """All people and teams, page by page, and on the last page the cursor at which events go on.

    That cursor was taken before the first page was read. What changed meanwhile comes as an event once
    more, so that whoever applies states and then events misses nothing.
    """
    found = await call.tenant(tenant)
    feed, place = call.premises.feed, await call.places(found.id)
    boundary = place.open(cursor)
    if boundary is None:
        began, at = await feed.place("now", found.id), None
    else:
        kind, _, number = str(boundary.key).partition(" ")
        began, at = int(number), (kind, boundary.seq)
    page = await call.premises.states.snapshot(found, at, count)
    following = None
    if page.place is not None:
        following = place.seal(Boundary(f"{page.place[0]} {began}", page.place[1]))
    return SnapshotShown(
        people=[shown(person) for person in page.people],
        teams=[
            TeamShown(id=team.id, tenant=team.tenant, name=team.name, identity=team.identity)
            for team in page.teams
        ],
        next=following,
        feed=await feed.cursor(began, found.id) if page.place is None else None,
    )


@RESOURCE.post(
    "/tenants/{tenant}/people/{person}/acknowledgements",
    name="acknowledge",
    scope="events:write",
    status=201,
    raises=(UnknownTenant, UnknownPerson, NeverTold),
)
async def acknowledge(call: Call, tenant: Slug, person: PersonId, body: Answer) -> AnsweredShown:
    """Say that a state was applied, or refused and why.

    Access that ended counts as confirmed once its state was applied: that sessions and keys are gone.
    """
    found = await call.tenant(tenant)
    call.about("User", person)
    answered = await call.premises.states.acknowledge(
        found, person, body.version, body.outcome, body.reason, call.actor
    )
    return AnsweredShown(is_current=answered.is_current, confirms_end=answered.confirms_end)


@RESOURCE.get(
    "/tenants/{tenant}/unconfirmed", name="unconfirmed", scope="events:read", raises=(UnknownTenant,)
)
async def unconfirmed(call: Call, tenant: Slug) -> UnconfirmedList:
    """People whose access ended, and of whom nobody has said yet that sessions and keys are gone."""
    found = await call.tenant(tenant)
    return UnconfirmedList(
        items=[
            UnconfirmedShown(
                id=one.person, user_name=one.user_name, ended_at=one.ended_at, refused=one.refused
            )
            for one in await call.premises.states.unconfirmed(found)
        ],
        late_after_seconds=LATE_SECONDS,
    )


def shown(state: WantedState) -> WantedStateShown:
    """The state as the API tells it."""
    return WantedStateShown(
        id=state.id,
        tenant=state.tenant,
        version=state.version,
        exists=state.exists,
        active=state.active,
        access=state.access,
        role=state.role,
        rights=list(state.rights),
        identity=state.identity,
        teams=[TeamOfPerson(**team) for team in state.teams],
        linked_accounts=[LinkedAccountShown(**account) for account in state.linked_accounts],
    )
