"""Issuing, finding and ending API tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from vestibule.scim.fold import fold
from vestibule.tenancy.access_tokens import later
from vestibule.tenancy.api_token import ApiToken
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import AmbiguousToken, NameTaken, TokenEnded, UnknownAccount, UnknownApiToken
from vestibule.tenancy.scopes import checked_scopes
from vestibule.tenancy.store import ApiTokenStore
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.token import (
    DEFAULT_LIFETIME,
    TokenKind,
    make_token,
    read_authorization,
    token_hash,
    token_id,
)

_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class IssuedApiToken:
    """A new API token with its secret, which is shown this once and kept nowhere."""

    secret: str
    record: ApiToken


async def issue_api_token(
    desk: Desk,
    store: ApiTokenStore,
    scopes: Iterable[str],
    *,
    name: str = "",
    account: str | None = None,
    tenant: Tenant | None = None,
    lifetime: timedelta | None = DEFAULT_LIFETIME,
) -> IssuedApiToken:
    """A new API token: of one tenant, of one account, or of the installation where neither is given.

    ``lifetime`` None never expires. ``UnknownScope``, ``UnknownAccount``, ``NameTaken``.
    """
    granted = checked_scopes(scopes)
    if account is not None:
        account = await _known_account(desk, account)
    name = name.strip()
    while True:
        secret, now = make_token(desk.random(_RANDOM_BYTES), TokenKind.API), desk.clock()
        id = token_id(secret, TokenKind.API)
        record = ApiToken(
            id,
            name or id,
            granted,
            now,
            desk.actor,
            account=account,
            tenant=tenant.id if tenant else None,
            tenant_slug=tenant.slug if tenant else None,
            expires_at=later(now, lifetime) if lifetime is not None else None,
        )
        payload = {"name": record.name, "scopes": list(granted), "bound_to": record.bound_to}
        entry = desk.entry("api_token.issued", "ApiToken", id, payload)
        if await store.add_api_token(record, token_hash(secret), entry, now):
            return IssuedApiToken(secret, record)
        if any(one.name == record.name and one.revoked_at is None for one in await store.api_tokens()):
            raise NameTaken(record.name)


async def find_api_token(store: ApiTokenStore, named: str) -> ApiToken:
    """The API token of that id, else the one of that name (a live one before ended ones); the secret does too.

    ``UnknownApiToken``, ``AmbiguousToken``.
    """
    presented = read_authorization(named, TokenKind.API)
    tokens = await store.api_tokens()
    found = [token for token in tokens if token.id in (named, presented.id)] or [
        token for token in tokens if token.name == named
    ]
    found = [token for token in found if token.revoked_at is None] or found
    if not found:
        raise UnknownApiToken(named)
    if len(found) > 1:
        raise AmbiguousToken(named, [token.id for token in found])
    return found[0]


async def revoke_api_token(desk: Desk, store: ApiTokenStore, token: ApiToken) -> None:
    """End it for good, from the next request on, in every process. ``TokenEnded``."""
    entry = desk.entry("api_token.revoked", "ApiToken", token.id, {"name": token.name})
    if not await store.revoke_api_token(token.id, entry, desk.clock()):
        raise TokenEnded(token.id, token.revoked_at or desk.clock())


async def _known_account(desk: Desk, name: str) -> str:
    for account in await desk.store.accounts():
        if fold(account.name) == fold(name):
            return account.name
    raise UnknownAccount(name)
