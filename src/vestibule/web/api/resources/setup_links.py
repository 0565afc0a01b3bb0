"""One-time links for set-up."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from vestibule.directory.store import Boundary
from vestibule.tenancy.api_token import SetUpLink
from vestibule.tenancy.errors import GateClosed, UnknownSetUpLink, UnknownTenant
from vestibule.tenancy.setup_links import make_set_up_link, revoke_set_up_link, set_up_url
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page
from vestibule.web.api.parameters import Slug

RESOURCE = Resource(
    "setup_links",
    "Set-up links",
    "A link for a customer's administrator: it shows Tenant URL and a new access token, once.",
)


@message
class LinkShown:
    """A set-up link, without its code."""

    id: int
    state: Annotated[str, Field(description="open, used, expired or revoked.")]
    created: str
    created_by: str
    expires: str
    used: str | None
    token: Annotated[str | None, Field(description="The id of the token that it made.")]


@message
class LinkMade:
    """A new set-up link."""

    id: int
    url: Annotated[
        str, Field(description="To be handed to the administrator. Shown this once, and kept nowhere.")
    ]
    expires: str


@message
class NewLink:
    """A link to be made."""

    expires_in_days: Annotated[float, Field(gt=0, le=90)] = 7


@RESOURCE.get("/tenants/{tenant}/setup-links", name="list", scope="tokens:read", raises=(UnknownTenant,))
async def list_links(
    call: Call, tenant: Slug, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[LinkShown]:
    """A tenant's set-up links, newest first."""
    found = await call.tenant(tenant)
    place = await call.places(found.id)
    boundary = place.open(cursor)
    links = await call.premises.set_up_links.set_up_links(found.id)
    rest = [link for link in links if boundary is None or link.id < boundary.seq]
    next = place.seal(Boundary(None, rest[count - 1].id)) if len(rest) > count else None
    return Page([_shown(link, call.at) for link in rest[:count]], next)


@RESOURCE.post(
    "/tenants/{tenant}/setup-links",
    name="make",
    scope="tokens:write",
    status=201,
    raises=(UnknownTenant, GateClosed),
)
async def make(call: Call, tenant: Slug, body: NewLink) -> LinkMade:
    """Make a link. Whoever opens it first sees Tenant URL and token; after that it is over."""
    found = await call.tenant(tenant)
    call.about("Tenant", found.slug)
    lifetime = timedelta(days=body.expires_in_days)
    made = await make_set_up_link(call.desk, call.premises.set_up_links, found, lifetime=lifetime)
    url = set_up_url(call.premises.public_url(), made.code)
    return LinkMade(id=made.record.id, url=url, expires=made.record.expires_at)


@RESOURCE.delete(
    "/tenants/{tenant}/setup-links/{link}",
    name="revoke",
    scope="tokens:write",
    raises=(UnknownTenant, UnknownSetUpLink),
)
async def revoke(
    call: Call, tenant: Slug, link: Annotated[int, Field(ge=1, le=2**53, description="Its number.")]
) -> None:
    """Withdraw a link that nobody has opened yet."""
    found = await call.tenant(tenant)
    call.about("Tenant", found.slug)
    await revoke_set_up_link(call.desk, call.premises.set_up_links, found, link)


def _shown(link: SetUpLink, now: str) -> LinkShown:
    return LinkShown(
        id=link.id,
        state=link.state(now),
        created=link.created_at,
        created_by=link.created_by,
        expires=link.expires_at,
        used=link.used_at,
        token=link.token,
    )
