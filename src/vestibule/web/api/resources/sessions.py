"""Sessions of people who signed on: what is in force, and ended by hand."""

from __future__ import annotations

from typing import Annotated

from vestibule.sign_on.errors import UnknownSession
from vestibule.sign_on.sessions import revoke, sessions_of
from vestibule.sign_on.store import Session
from vestibule.tenancy.errors import UnknownTenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.parameters import ResourceId, Slug

RESOURCE = Resource("sessions", "Sessions", "Who is signed on, by SAML or OpenID Connect.")


@message
class SessionShown:
    """One sign-in of a person that is in force."""

    id: str
    protocol: str
    subject: Annotated[str, Field(description="What the identity provider calls them.")]
    since: str
    expires: str


@RESOURCE.get(
    "/tenants/{tenant}/people/{id}/sessions", name="list", scope="people:read", raises=(UnknownTenant,)
)
async def list_sessions(call: Call, tenant: Slug, id: ResourceId) -> list[SessionShown]:
    """A person's sign-ins that are in force, newest first."""
    found = await call.tenant(tenant)
    return [_session(one) for one in await sessions_of(call.premises.front(), found, id)]


@RESOURCE.delete(
    "/tenants/{tenant}/people/{id}/sessions/{session}",
    name="revoke",
    scope="people:write",
    raises=(UnknownTenant, UnknownSession),
)
async def revoke_one(
    call: Call,
    tenant: Slug,
    id: ResourceId,
    session: Annotated[str, Field(min_length=1, max_length=64, pattern="^[0-9A-Za-z_-]+$")],
) -> None:
    """End one sign-in of a person: the product hears 401 from now on. They may sign on again."""
    found = await call.tenant(tenant)
    call.about("User", id)
    await revoke(call.premises.front(), found, id, session, call.actor)


def _session(one: Session) -> SessionShown:
    return SessionShown(
        id=one.sign_in,
        protocol=one.protocol,
        subject=one.subject,
        since=one.created_at,
        expires=one.expires_at,
    )
