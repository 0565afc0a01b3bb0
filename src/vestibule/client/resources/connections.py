"""One identity provider's tie to a tenant, and how it is read."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier


@dataclass(frozen=True, slots=True)
class ToleranceShown:
    """A departure from the RFC that the identity provider needed."""

    name: str
    #: Why it is granted.
    facts: list[str]
    #: What was done.
    told: str
    count: int
    last_at: str


@dataclass(frozen=True, slots=True)
class ConnectionShown:
    """A connection, its dialect and why, and what it needed of tolerances lately."""

    connection: str
    dialect: str
    because: str
    pinned: bool
    recognised: str | None
    recognised_because: str | None
    recognised_at: str | None
    #: Of so many days, today among them, tolerances are told.
    days: int
    tolerances: list[ToleranceShown]


class Connections:
    """One identity provider's tie to a tenant, and how it is read."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str) -> Sequence[ConnectionShown]:
        """A tenant's connections, the default one first."""
        answer: list[ConnectionShown] = self._carrier.call(
            Ask("GET", "/tenants/{tenant}/connections", list[ConnectionShown], path_values={"tenant": tenant})
        )
        return answer

    def pin_dialect(
        self, tenant: str, name: str, *, dialect: str, idempotency_key: str | None = None
    ) -> ConnectionShown:
        """Pin the dialect a connection is read in, or have it recognised anew. The next request sees it."""
        answer: ConnectionShown = self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/connections/{name}/dialect",
                ConnectionShown,
                path_values={"tenant": tenant, "name": name},
                body={"dialect": dialect},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncConnections:
    """One identity provider's tie to a tenant, and how it is read."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def list(self, tenant: str) -> Sequence[ConnectionShown]:
        """A tenant's connections, the default one first."""
        answer: list[ConnectionShown] = await self._carrier.call(
            Ask("GET", "/tenants/{tenant}/connections", list[ConnectionShown], path_values={"tenant": tenant})
        )
        return answer

    async def pin_dialect(
        self, tenant: str, name: str, *, dialect: str, idempotency_key: str | None = None
    ) -> ConnectionShown:
        """Pin the dialect a connection is read in, or have it recognised anew. The next request sees it."""
        answer: ConnectionShown = await self._carrier.call(
            Ask(
                "PUT",
                "/tenants/{tenant}/connections/{name}/dialect",
                ConnectionShown,
                path_values={"tenant": tenant, "name": name},
                body={"dialect": dialect},
                idempotency_key=idempotency_key,
            )
        )
        return answer
