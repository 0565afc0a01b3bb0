"""Asking for, handing out, replacing and ending access tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import (
    AmbiguousToken,
    GateClosed,
    TokenEnded,
    UnknownToken,
    UnknownTokenRequest,
)
from vestibule.tenancy.gate import plan_refusal
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.token import (
    DEFAULT_LIFETIME,
    NewToken,
    Token,
    TokenKind,
    make_token,
    read_authorization,
    token_hash,
    token_id,
)

_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token with its secret, which is shown this once and kept nowhere."""

    secret: str
    record: Token


async def request_token(desk: Desk, tenant: Tenant, *, asked_by: str, note: str = "") -> int:
    """Put a request into the operators' queue; its number. ``GateClosed`` where the plan gives no token."""
    await refuse_by_plan(desk, tenant)
    entry = desk.entry("token.requested", "Tenant", tenant.slug, {"asked_by": asked_by, "note": note})
    return await desk.store.add_token_request(tenant.id, asked_by, note, entry, desk.clock())


async def issue_token(
    desk: Desk,
    tenant: Tenant,
    *,
    name: str = "",
    lifetime: timedelta | None = DEFAULT_LIFETIME,
    request: int | None = None,
    draft: bool = False,
) -> Issued:
    """A new token; provisioning is switched on, unless ``draft``. Others of the tenant stay alive.

    ``lifetime`` None never expires. ``GateClosed`` where the plan gives no token;
    ``UnknownTokenRequest`` where ``request`` is not an open one of this tenant.
    """
    await refuse_by_plan(desk, tenant)
    if request is not None:
        queue = await desk.store.token_requests()
        if not any(asked.id == request and asked.tenant == tenant.id for asked in queue):
            raise UnknownTokenRequest(request, tenant.slug)
    connection = (await desk.store.connections(tenant.id))[0].id
    while True:
        new = new_token(desk, tenant.id, connection, name, lifetime)
        entry = desk.entry("token.issued", "Token", new.record.id, {"name": new.record.name})
        if await desk.store.add_token(
            NewToken(new.record, token_hash(new.secret)),
            entry,
            desk.clock(),
            switches_on=not draft,
            answers=request,
        ):
            return new


async def note_answered(desk: Desk, tenant: Tenant, token: Token) -> None:
    """The tenant's open requests are answered by that token, which a set-up link handed over."""
    if any(asked.tenant == tenant.id for asked in await desk.store.token_requests()):
        entry = desk.entry("token.request_answered", "Token", token.id)
        await desk.store.answer_token_requests(tenant.id, token.id, entry, desk.clock())


async def rotate_token(
    desk: Desk,
    token: Token,
    *,
    lifetime: timedelta | None = DEFAULT_LIFETIME,
    keep_old_for: timedelta | None = None,
) -> Issued:
    """A new token in the place of ``token``, under its name.

    The old one ends at once, or after ``keep_old_for``. ``TokenEnded``, ``GateClosed``.
    """
    if token.revoked_at is not None:
        raise TokenEnded(token.id, token.revoked_at)
    tenant = next(tenant for tenant in await desk.store.tenants() if tenant.id == token.tenant)
    await refuse_by_plan(desk, tenant)
    name = "" if token.name == token.id else token.name
    while True:
        new = new_token(desk, token.tenant, token.connection, name, lifetime)
        now = desk.clock()
        entry = desk.entry("token.rotated", "Token", new.record.id, {"replaces": token.id})
        if await desk.store.add_token(
            NewToken(new.record, token_hash(new.secret)),
            entry,
            now,
            replaces=token.id,
            replaced_until=later(now, keep_old_for) if keep_old_for else None,
        ):
            return new


async def revoke_token(desk: Desk, token: Token) -> None:
    """End a token for good, from the next request on, in every process. ``TokenEnded``."""
    if token.revoked_at is not None:
        raise TokenEnded(token.id, token.revoked_at)
    await desk.store.revoke_token(token.id, desk.entry("token.revoked", "Token", token.id), desk.clock())


async def find_token(desk: Desk, named: str, tenant: Tenant | None = None) -> Token:
    """The token of that id, else the only live one of that name; the whole secret does too.

    ``tenant`` limits the search. ``UnknownToken``, ``AmbiguousToken``.
    """
    presented = read_authorization(named)
    found = [
        token
        for token in await desk.store.tokens(tenant.id if tenant else None)
        if token.id in (named, presented.id)
    ] or [
        token
        for token in await desk.store.tokens(tenant.id if tenant else None)
        if token.name == named and token.revoked_at is None
    ]
    if not found:
        raise UnknownToken(named)
    if len(found) > 1:
        raise AmbiguousToken(named, [token.id for token in found])
    return found[0]


async def only_live_token(desk: Desk, tenant: Tenant) -> Token:
    """The one token of a tenant that is neither revoked nor expired. ``UnknownToken``, ``AmbiguousToken``."""
    now = desk.clock()
    live = [token for token in await desk.store.tokens(tenant.id) if token.state(now) == "live"]
    if not live:
        raise UnknownToken(tenant.slug)
    if len(live) > 1:
        raise AmbiguousToken(tenant.slug, [token.id for token in live])
    return live[0]


def later(moment: str, by: timedelta) -> str:
    """A moment so much later than another, both as UTC text with milliseconds."""
    then = datetime.fromisoformat(moment) + by
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_token(desk: Desk, tenant: int, connection: int, name: str, lifetime: timedelta | None) -> Issued:
    """A token that is kept nowhere yet."""
    secret = make_token(desk.random(_RANDOM_BYTES), TokenKind.SCIM)
    id, now = token_id(secret), desk.clock()
    expires_at = later(now, lifetime) if lifetime is not None else None
    return Issued(secret, Token(id, tenant, connection, name.strip() or id, now, expires_at))


async def refuse_by_plan(desk: Desk, tenant: Tenant) -> None:
    """``GateClosed`` where the tenant's plan gives no token."""
    closed = plan_refusal(tenant.plan, await desk.profile_of(tenant))
    if closed is not None:
        raise GateClosed(closed.detail)
