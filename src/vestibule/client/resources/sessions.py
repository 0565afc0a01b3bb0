"""Who is signed on, by SAML or OpenID Connect."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier


@dataclass(frozen=True, slots=True)
class SessionShown:
    """One sign-in of a person that is in force."""

    id: str
    protocol: str
    #: What the identity provider calls them.
    subject: str
    since: str
    expires: str


class Sessions:
    """Who is signed on, by SAML or OpenID Connect."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, id: str) -> Sequence[SessionShown]:
        """A person's sign-ins that are in force, newest first."""
        answer: list[SessionShown] = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{id}/sessions",
                list[SessionShown],
                path_values={"tenant": tenant, "id": id},
            )
        )
        return answer

    def revoke(self, tenant: str, id: str, session: str, *, idempotency_key: str | None = None) -> None:
        """End one sign-in of a person: the product hears 401 from now on. They may sign on again."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/people/{id}/sessions/{session}",
                None,
                path_values={"tenant": tenant, "id": id, "session": session},
                idempotency_key=idempotency_key,
            )
        )


class AsyncSessions:
    """Who is signed on, by SAML or OpenID Connect."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def list(self, tenant: str, id: str) -> Sequence[SessionShown]:
        """A person's sign-ins that are in force, newest first."""
        answer: list[SessionShown] = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{id}/sessions",
                list[SessionShown],
                path_values={"tenant": tenant, "id": id},
            )
        )
        return answer

    async def revoke(self, tenant: str, id: str, session: str, *, idempotency_key: str | None = None) -> None:
        """End one sign-in of a person: the product hears 401 from now on. They may sign on again."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/tenants/{tenant}/people/{id}/sessions/{session}",
                None,
                path_values={"tenant": tenant, "id": id, "session": session},
                idempotency_key=idempotency_key,
            )
        )
