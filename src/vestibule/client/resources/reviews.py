"""Whether a person asked for is one who existed before: a human says."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who existed before and may be meant."""

    id: str
    user_name: str | None
    email: str | None
    display_name: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class ReviewShown:
    """Who was asked for, who may be meant, why nobody knows, and the answer."""

    id: str
    #: Whom the identity provider asked for.
    user_name: str
    candidates: list[Candidate]
    reason: str
    matched_by: str | None
    domains_held: list[str]
    domains_proven: list[str]
    #: The request that asked.
    request: str | None
    connection: str | None
    asked_at: str
    #: open, linked or kept_apart.
    outcome: str
    closed_at: str | None
    #: The id of whom the answer meant.
    person: str | None


class Reviews:
    """Whether a person asked for is one who existed before: a human says."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, closed: bool = False, count: int = 100) -> Iterator[ReviewShown]:
        """Who waits for review in a tenant, oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/reviews",
                page_of(ReviewShown),
                path_values={"tenant": tenant},
                query={"closed": closed, "count": count},
            )
        )

    def link(
        self, tenant: str, id: str, *, person: str | None = None, idempotency_key: str | None = None
    ) -> ReviewShown:
        """Say that the person asked for is the one who existed before; the identity provider's next try links
        them.
        """
        answer: ReviewShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/reviews/{id}/link",
                ReviewShown,
                path_values={"tenant": tenant, "id": id},
                body={"person": person},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def keep_apart(
        self, tenant: str, id: str, *, person: str | None = None, idempotency_key: str | None = None
    ) -> ReviewShown:
        """Say that these are different people: whoever existed before stays untouched."""
        answer: ReviewShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/reviews/{id}/keep-apart",
                ReviewShown,
                path_values={"tenant": tenant, "id": id},
                body={"person": person},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncReviews:
    """Whether a person asked for is one who existed before: a human says."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, closed: bool = False, count: int = 100) -> AsyncIterator[ReviewShown]:
        """Who waits for review in a tenant, oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/reviews",
                page_of(ReviewShown),
                path_values={"tenant": tenant},
                query={"closed": closed, "count": count},
            )
        )

    async def link(
        self, tenant: str, id: str, *, person: str | None = None, idempotency_key: str | None = None
    ) -> ReviewShown:
        """Say that the person asked for is the one who existed before; the identity provider's next try links
        them.
        """
        answer: ReviewShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/reviews/{id}/link",
                ReviewShown,
                path_values={"tenant": tenant, "id": id},
                body={"person": person},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def keep_apart(
        self, tenant: str, id: str, *, person: str | None = None, idempotency_key: str | None = None
    ) -> ReviewShown:
        """Say that these are different people: whoever existed before stays untouched."""
        answer: ReviewShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/reviews/{id}/keep-apart",
                ReviewShown,
                path_values={"tenant": tenant, "id": id},
                body={"person": person},
                idempotency_key=idempotency_key,
            )
        )
        return answer
