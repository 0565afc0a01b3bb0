"""What an identity provider shows; each belongs to one tenant."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class TokenShown:
    """An access token, without its secret."""

    id: str
    name: str
    #: live, expired or revoked.
    state: str
    created: str
    expires: str | None
    revoked: str | None
    last_used: str | None


@dataclass(frozen=True, slots=True)
class TokenIssued:
    """A new access token with its secret."""

    id: str
    name: str
    #: Shown this once, and kept nowhere.
    token: str
    expires: str | None
    #: What is entered in the identity provider beside the token.
    scim_url: str
    #: Why the token does not open the door yet, in words; null where it does.
    closed: str | None


@dataclass(frozen=True, slots=True)
class TokenRequestShown:
    """A customer asks for a token; an operator answers."""

    request: int
    tenant: str
    asked: str
    asked_by: str
    note: str
    #: The id of the token that answered it.
    token: str | None
    answered: str | None


class Tokens:
    """What an identity provider shows; each belongs to one tenant."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> Iterator[TokenShown]:
        """A tenant's access tokens, newest first, ended ones included. Secrets cannot be shown."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/tokens",
                page_of(TokenShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    def issue(
        self,
        tenant: str,
        *,
        name: str = "",
        expires_in_days: float | None = 365,
        request: int | None = None,
        draft: bool = False,
        idempotency_key: str | None = None,
    ) -> TokenIssued:
        """Issue an access token and switch provisioning on, unless `draft`. Others of the tenant stay alive."""
        answer: TokenIssued = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/tokens",
                TokenIssued,
                path_values={"tenant": tenant},
                body={"name": name, "expires_in_days": expires_in_days, "request": request, "draft": draft},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def rotate(
        self,
        tenant: str,
        token: str,
        *,
        expires_in_days: float | None = 365,
        keep_old_for_days: float = 0,
        idempotency_key: str | None = None,
    ) -> TokenIssued:
        """Put a new token in the place of one, under its name. The old one ends at once, or a while later."""
        answer: TokenIssued = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/tokens/{token}/rotate",
                TokenIssued,
                path_values={"tenant": tenant, "token": token},
                body={"expires_in_days": expires_in_days, "keep_old_for_days": keep_old_for_days},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def revoke(self, tenant: str, token: str, *, idempotency_key: str | None = None) -> None:
        """End an access token for good; the next request with it is refused."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/tokens/{token}",
                None,
                path_values={"tenant": tenant, "token": token},
                idempotency_key=idempotency_key,
            )
        )

    def requests(self, *, answered: bool = False, count: int = 100) -> Iterator[TokenRequestShown]:
        """The queue of token requests of all tenants that the token may see, oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/token-requests",
                page_of(TokenRequestShown),
                query={"answered": answered, "count": count},
            )
        )

    def ask(
        self, tenant: str, *, asked_by: str, note: str = "", idempotency_key: str | None = None
    ) -> TokenRequestShown:
        """Put a request for a token into the operators' queue. `tokens.issue` with its number answers it."""
        answer: TokenRequestShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/token-requests",
                TokenRequestShown,
                path_values={"tenant": tenant},
                body={"asked_by": asked_by, "note": note},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncTokens:
    """What an identity provider shows; each belongs to one tenant."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> AsyncIterator[TokenShown]:
        """A tenant's access tokens, newest first, ended ones included. Secrets cannot be shown."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/tokens",
                page_of(TokenShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    async def issue(
        self,
        tenant: str,
        *,
        name: str = "",
        expires_in_days: float | None = 365,
        request: int | None = None,
        draft: bool = False,
        idempotency_key: str | None = None,
    ) -> TokenIssued:
        """Issue an access token and switch provisioning on, unless `draft`. Others of the tenant stay alive."""
        answer: TokenIssued = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/tokens",
                TokenIssued,
                path_values={"tenant": tenant},
                body={"name": name, "expires_in_days": expires_in_days, "request": request, "draft": draft},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def rotate(
        self,
        tenant: str,
        token: str,
        *,
        expires_in_days: float | None = 365,
        keep_old_for_days: float = 0,
        idempotency_key: str | None = None,
    ) -> TokenIssued:
        """Put a new token in the place of one, under its name. The old one ends at once, or a while later."""
        answer: TokenIssued = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/tokens/{token}/rotate",
                TokenIssued,
                path_values={"tenant": tenant, "token": token},
                body={"expires_in_days": expires_in_days, "keep_old_for_days": keep_old_for_days},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def revoke(self, tenant: str, token: str, *, idempotency_key: str | None = None) -> None:
        """End an access token for good; the next request with it is refused."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/tokens/{token}",
                None,
                path_values={"tenant": tenant, "token": token},
                idempotency_key=idempotency_key,
            )
        )

    def requests(self, *, answered: bool = False, count: int = 100) -> AsyncIterator[TokenRequestShown]:
        """The queue of token requests of all tenants that the token may see, oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/token-requests",
                page_of(TokenRequestShown),
                query={"answered": answered, "count": count},
            )
        )

    async def ask(
        self, tenant: str, *, asked_by: str, note: str = "", idempotency_key: str | None = None
    ) -> TokenRequestShown:
        """Put a request for a token into the operators' queue. `tokens.issue` with its number answers it."""
        answer: TokenRequestShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/token-requests",
                TokenRequestShown,
                path_values={"tenant": tenant},
                body={"asked_by": asked_by, "note": note},
                idempotency_key=idempotency_key,
            )
        )
        return answer
