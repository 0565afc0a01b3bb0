"""What a tenant has proven to be its own: people under it are linked."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class DomainShown:
    """A proven domain."""

    name: str
    #: When.
    proven: str
    proven_by: str


class Domains:
    """What a tenant has proven to be its own: people under it are linked."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> Iterator[DomainShown]:
        """The proven domains of a tenant, by name."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/domains",
                page_of(DomainShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    def add(self, tenant: str, *, name: str, idempotency_key: str | None = None) -> DomainShown:
        """Note that a tenant has proven a domain; a second time changes nothing."""
        answer: DomainShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/domains",
                DomainShown,
                path_values={"tenant": tenant},
                body={"name": name},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def remove(self, tenant: str, name: str, *, idempotency_key: str | None = None) -> None:
        """Nobody is adopted under that domain from now on."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/domains/{name}",
                None,
                path_values={"tenant": tenant, "name": name},
                idempotency_key=idempotency_key,
            )
        )


class AsyncDomains:
    """What a tenant has proven to be its own: people under it are linked."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> AsyncIterator[DomainShown]:
        """The proven domains of a tenant, by name."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/domains",
                page_of(DomainShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    async def add(self, tenant: str, *, name: str, idempotency_key: str | None = None) -> DomainShown:
        """Note that a tenant has proven a domain; a second time changes nothing."""
        answer: DomainShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/domains",
                DomainShown,
                path_values={"tenant": tenant},
                body={"name": name},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def remove(self, tenant: str, name: str, *, idempotency_key: str | None = None) -> None:
        """Nobody is adopted under that domain from now on."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/domains/{name}",
                None,
                path_values={"tenant": tenant, "name": name},
                idempotency_key=idempotency_key,
            )
        )
