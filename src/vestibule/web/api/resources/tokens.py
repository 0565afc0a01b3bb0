"""Access tokens of identity providers, and the requests for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from vestibule.directory.store import Boundary
from vestibule.tenancy.access_tokens import (
    Issued,
    find_token,
    issue_token,
    request_token,
    revoke_token,
    rotate_token,
)
from vestibule.tenancy.errors import (
    AmbiguousToken,
    GateClosed,
    TokenEnded,
    UnknownTenant,
    UnknownToken,
    UnknownTokenRequest,
)
from vestibule.tenancy.gate import why_closed
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.token import Token, TokenRequest
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page
from vestibule.web.api.parameters import ExpiresInDays, Slug

RESOURCE = Resource("tokens", "Access tokens", "What an identity provider shows; each belongs to one tenant.")

TokenId = Annotated[
    str,
    Field(
        min_length=8, max_length=8, pattern="^[0-9A-Za-z]+$", description="The token's id: eight characters."
    ),
]
_SECRET = "Shown this once, and kept nowhere."


@message
class TokenShown:
    """An access token, without its secret."""

    id: str
    name: str
    state: Annotated[str, Field(description="live, expired or revoked.")]
    created: str
    expires: str | None
    revoked: str | None
    last_used: str | None


@message
class TokenIssued:
    """A new access token with its secret."""

    id: str
    name: str
    token: Annotated[str, Field(description=_SECRET)]
    expires: str | None
    scim_url: Annotated[str, Field(description="What is entered in the identity provider beside the token.")]
    closed: Annotated[
        str | None,
        Field(description="Why the token does not open the door yet, in words; null where it does."),
    ]


@message
class NewToken:
    """A token to be issued."""

    name: Annotated[str, Field(max_length=200, description="What it is called in lists.")] = ""
    expires_in_days: ExpiresInDays = 365
    request: Annotated[int | None, Field(ge=1, le=2**53, description="The token request it answers.")] = None
    draft: Annotated[bool, Field(description="Leave provisioning as it is; else it is switched on.")] = False


@message
class Rotation:
    """How a token is replaced."""

    expires_in_days: ExpiresInDays = 365
    keep_old_for_days: Annotated[
        float, Field(ge=0, le=366, description="How long the old one lives on; 0 ends it at once.")
    ] = 0


@message
class TokenRequestShown:
    """A customer asks for a token; an operator answers."""

    request: int
    tenant: str
    asked: str
    asked_by: str
    note: str
    token: Annotated[str | None, Field(description="The id of the token that answered it.")]
    answered: str | None


@message
class NewTokenRequest:
    """A request for the operators' queue."""

    asked_by: Annotated[str, Field(min_length=1, max_length=200, description="Who asks.")]
    note: Annotated[str, Field(max_length=1000)] = ""


@RESOURCE.get("/tenants/{tenant}/tokens", name="list", scope="tokens:read", raises=(UnknownTenant,))
async def list_tokens(
    call: Call, tenant: Slug, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[TokenShown]:
    """A tenant's access tokens, newest first, ended ones included. Secrets cannot be shown."""
    found = await call.tenant(tenant)
    place = await call.places(found.id)
    boundary = place.open(cursor)
    after = str(boundary.key) if boundary is not None else None
    newest_first = sorted(
        await call.premises.tenancy.tokens(found.id), key=lambda one: (one.created_at, one.id), reverse=True
    )
    rest = [one for one in newest_first if after is None or f"{one.created_at} {one.id}" < after]
    last = rest[count - 1] if len(rest) > count else None
    next = place.seal(Boundary(f"{last.created_at} {last.id}", 0)) if last else None
    return Page([_shown(one, call.at) for one in rest[:count]], next)


@RESOURCE.post(
    "/tenants/{tenant}/tokens",
    name="issue",
    scope="tokens:write",
    status=201,
    raises=(UnknownTenant, GateClosed, UnknownTokenRequest),
)
async def issue(call: Call, tenant: Slug, body: NewToken) -> TokenIssued:
    """Issue an access token and switch provisioning on, unless `draft`. Others of the tenant stay alive."""
    found = await call.tenant(tenant)
    issued = await issue_token(
        call.desk,
        found,
        name=body.name,
        lifetime=_lifetime(body.expires_in_days),
        request=body.request,
        draft=body.draft,
    )
    return await _issued(call, found, issued)


@RESOURCE.post(
    "/tenants/{tenant}/tokens/{token}/rotate",
    name="rotate",
    scope="tokens:write",
    status=201,
    raises=(UnknownTenant, UnknownToken, AmbiguousToken, TokenEnded, GateClosed),
)
async def rotate(call: Call, tenant: Slug, token: TokenId, body: Rotation) -> TokenIssued:
    """Put a new token in the place of one, under its name. The old one ends at once, or a while later."""
    found = await call.tenant(tenant)
    old = await find_token(call.desk, token, found)
    overlap = timedelta(days=body.keep_old_for_days) if body.keep_old_for_days else None
    issued = await rotate_token(
        call.desk, old, lifetime=_lifetime(body.expires_in_days), keep_old_for=overlap
    )
    return await _issued(call, found, issued)


@RESOURCE.delete(
    "/tenants/{tenant}/tokens/{token}",
    name="revoke",
    scope="tokens:write",
    raises=(UnknownTenant, UnknownToken, AmbiguousToken, TokenEnded),
)
async def revoke(call: Call, tenant: Slug, token: TokenId) -> None:
    """End an access token for good; the next request with it is refused."""
    found = await call.tenant(tenant)
    call.about("Token", token)
    await revoke_token(call.desk, await find_token(call.desk, token, found))


@RESOURCE.get("/token-requests", name="requests", scope="tokens:read")
async def list_requests(
    call: Call,
    answered: Annotated[bool, Field(description="Those that were answered too.")] = False,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[TokenRequestShown]:
    """The queue of token requests of all tenants that the token may see, oldest first."""
    place = await call.places(answered)
    boundary = place.open(cursor)
    after = boundary.seq if boundary is not None else 0
    seen = {tenant.id for tenant in await call.premises.tenancy.tenants() if call.sees(tenant)}
    rest = [
        one
        for one in await call.premises.tenancy.token_requests(answered=answered)
        if one.tenant in seen and one.id > after
    ]
    next = place.seal(Boundary(None, rest[count - 1].id)) if len(rest) > count else None
    return Page([_request(one) for one in rest[:count]], next)


@RESOURCE.post(
    "/tenants/{tenant}/token-requests",
    name="ask",
    scope="tokens:write",
    status=201,
    raises=(UnknownTenant, GateClosed),
)
async def ask(call: Call, tenant: Slug, body: NewTokenRequest) -> TokenRequestShown:
    """Put a request for a token into the operators' queue. `tokens.issue` with its number answers it."""
    found = await call.tenant(tenant)
    call.about("Tenant", found.slug)
    number = await request_token(call.desk, found, asked_by=body.asked_by, note=body.note)
    queue = await call.premises.tenancy.token_requests(answered=True)
    return _request(next(one for one in queue if one.id == number))


async def _issued(call: Call, tenant: Tenant, issued: Issued) -> TokenIssued:
    call.about("Token", issued.record.id)
    now = await call.desk.tenant(tenant.slug)
    product = await call.desk.profile_of(now)
    return TokenIssued(
        id=issued.record.id,
        name=issued.record.name,
        token=issued.secret,
        expires=issued.record.expires_at,
        scim_url=call.premises.public_url() + product.scim_path(now.slug),
        closed=why_closed(now, product),
    )


def _shown(token: Token, now: str) -> TokenShown:
    return TokenShown(
        id=token.id,
        name=token.name,
        state=token.state(now),
        created=token.created_at,
        expires=token.expires_at,
        revoked=token.revoked_at,
        last_used=token.last_used_at,
    )


def _request(request: TokenRequest) -> TokenRequestShown:
    return TokenRequestShown(
        request=request.id,
        tenant=request.tenant_slug,
        asked=request.asked_at,
        asked_by=request.asked_by,
        note=request.note,
        token=request.token,
        answered=request.answered_at,
    )


def _lifetime(days: float | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)
