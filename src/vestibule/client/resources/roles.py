"""What people may do in the product: the profile's roles, and a tenant's own."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class RoleShown:
    """A role, and the access rights it means."""

    name: str
    rights: list[str]
    #: The role of a person for whom nothing was sent.
    default: bool
    #: The tenant's own, not the product's.
    own: bool


class Roles:
    """What people may do in the product: the profile's roles, and a tenant's own."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> Iterator[RoleShown]:
        """Every role that a person of the tenant can have, by name."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/roles",
                page_of(RoleShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    def add(
        self,
        tenant: str,
        *,
        name: str,
        rights: Sequence[str] = (),
        like: str | None = None,
        idempotency_key: str | None = None,
    ) -> RoleShown:
        """Add a role of the tenant's own, or change the one of that name."""
        answer: RoleShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/roles",
                RoleShown,
                path_values={"tenant": tenant},
                body={"rights": list(rights), "name": name, "like": like},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncRoles:
    """What people may do in the product: the profile's roles, and a tenant's own."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> AsyncIterator[RoleShown]:
        """Every role that a person of the tenant can have, by name."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/roles",
                page_of(RoleShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    async def add(
        self,
        tenant: str,
        *,
        name: str,
        rights: Sequence[str] = (),
        like: str | None = None,
        idempotency_key: str | None = None,
    ) -> RoleShown:
        """Add a role of the tenant's own, or change the one of that name."""
        answer: RoleShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/roles",
                RoleShown,
                path_values={"tenant": tenant},
                body={"rights": list(rights), "name": name, "like": like},
                idempotency_key=idempotency_key,
            )
        )
        return answer
