"""A link for a customer's administrator: it shows Tenant URL and a new access token, once."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class LinkShown:
    """A set-up link, without its code."""

    id: int
    #: open, used, expired or revoked.
    state: str
    created: str
    created_by: str
    expires: str
    used: str | None
    #: The id of the token that it made.
    token: str | None


@dataclass(frozen=True, slots=True)
class LinkMade:
    """A new set-up link."""

    id: int
    #: To be handed to the administrator. Shown this once, and kept nowhere.
    url: str
    expires: str


class SetupLinks:
    """A link for a customer's administrator: it shows Tenant URL and a new access token, once."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> Iterator[LinkShown]:
        """A tenant's set-up links, newest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/setup-links",
                page_of(LinkShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    def make(
        self, tenant: str, *, expires_in_days: float = 7, idempotency_key: str | None = None
    ) -> LinkMade:
        """Make a link. Whoever opens it first sees Tenant URL and token; after that it is over."""
        answer: LinkMade = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/setup-links",
                LinkMade,
                path_values={"tenant": tenant},
                body={"expires_in_days": expires_in_days},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def revoke(self, tenant: str, link: int, *, idempotency_key: str | None = None) -> None:
        """Withdraw a link that nobody has opened yet."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/setup-links/{link}",
                None,
                path_values={"tenant": tenant, "link": link},
                idempotency_key=idempotency_key,
            )
        )


class AsyncSetupLinks:
    """A link for a customer's administrator: it shows Tenant URL and a new access token, once."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> AsyncIterator[LinkShown]:
        """A tenant's set-up links, newest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/setup-links",
                page_of(LinkShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    async def make(
        self, tenant: str, *, expires_in_days: float = 7, idempotency_key: str | None = None
    ) -> LinkMade:
        """Make a link. Whoever opens it first sees Tenant URL and token; after that it is over."""
        answer: LinkMade = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/setup-links",
                LinkMade,
                path_values={"tenant": tenant},
                body={"expires_in_days": expires_in_days},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def revoke(self, tenant: str, link: int, *, idempotency_key: str | None = None) -> None:
        """Withdraw a link that nobody has opened yet."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/setup-links/{link}",
                None,
                path_values={"tenant": tenant, "link": link},
                idempotency_key=idempotency_key,
            )
        )
