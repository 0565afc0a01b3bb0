"""What came, which rule decided, what changed and why."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """A request in a list, without what was sent."""

    #: Its number, as in X-Request-Id.
    request: str
    tenant: str | None
    at: str
    method: str
    path: str
    status: int
    milliseconds: float
    dialect: str
    #: The name of the token that was shown; api:… for one of the API.
    token: str
    #: Which rule decided.
    rule: str
    #: Why, in words.
    reason: str
    subject_type: str
    subject_id: str


@dataclass(frozen=True, slots=True)
class RequestDetails:
    """One request with what was sent, answered and done; secrets are left out."""

    summary: RequestSummary
    query: str
    user_agent: str
    #: What was ignored, coerced or kept back.
    notes: list[str]
    #: How the role was decided.
    role: dict[str, Any] | None
    #: What was sent; null where it is not kept.
    body: Any
    #: What was answered, of refusals.
    answer: Any
    #: What happened because of it.
    events: list[dict[str, Any]]
    #: The reviews that its refusal speaks of.
    reviews: list[str]
    #: Its personal values were erased.
    forgotten: bool


@dataclass(frozen=True, slots=True)
class Exported:
    """A request as a recording, with invented texts for all that is personal."""

    recording: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a request would be answered now. Nothing was changed."""

    status: int
    answer: Any


class Requests:
    """What came, which rule decided, what changed and why."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, failed: bool = False, count: int = 100) -> Iterator[RequestSummary]:
        """A tenant's requests, newest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/requests",
                page_of(RequestSummary),
                path_values={"tenant": tenant},
                query={"failed": failed, "count": count},
            )
        )

    def of_strangers(self, *, failed: bool = False, count: int = 100) -> Iterator[RequestSummary]:
        """Requests that no tenant has: nobody was let in, or they concern the installation. Newest first."""
        return self._carrier.items(
            Ask("GET", "/requests", page_of(RequestSummary), query={"failed": failed, "count": count})
        )

    def show(self, id: str) -> RequestDetails:
        """One request, by its number."""
        answer: RequestDetails = self._carrier.call(
            Ask("GET", "/requests/{id}", RequestDetails, path_values={"id": id})
        )
        return answer

    def export(self, id: str) -> Exported:
        """A request as a recording, which `vestibule request replay` plays: no personal value is in it."""
        answer: Exported = self._carrier.call(
            Ask("GET", "/requests/{id}/recording", Exported, path_values={"id": id})
        )
        return answer

    def replay(self, id: str, *, idempotency_key: str | None = None) -> Replayed:
        """Play a SCIM request again as a dry run: what it would be answered, and do, by the rules and facts of
        now.

        Nothing is changed. What the log leaves out (secrets) is left out here too.
        """
        answer: Replayed = self._carrier.call(
            Ask(
                "POST",
                "/requests/{id}/replay",
                Replayed,
                path_values={"id": id},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncRequests:
    """What came, which rule decided, what changed and why."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, failed: bool = False, count: int = 100) -> AsyncIterator[RequestSummary]:
        """A tenant's requests, newest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/requests",
                page_of(RequestSummary),
                path_values={"tenant": tenant},
                query={"failed": failed, "count": count},
            )
        )

    def of_strangers(self, *, failed: bool = False, count: int = 100) -> AsyncIterator[RequestSummary]:
        """Requests that no tenant has: nobody was let in, or they concern the installation. Newest first."""
        return self._carrier.items(
            Ask("GET", "/requests", page_of(RequestSummary), query={"failed": failed, "count": count})
        )

    async def show(self, id: str) -> RequestDetails:
        """One request, by its number."""
        answer: RequestDetails = await self._carrier.call(
            Ask("GET", "/requests/{id}", RequestDetails, path_values={"id": id})
        )
        return answer

    async def export(self, id: str) -> Exported:
        """A request as a recording, which `vestibule request replay` plays: no personal value is in it."""
        answer: Exported = await self._carrier.call(
            Ask("GET", "/requests/{id}/recording", Exported, path_values={"id": id})
        )
        return answer

    async def replay(self, id: str, *, idempotency_key: str | None = None) -> Replayed:
        """Play a SCIM request again as a dry run: what it would be answered, and do, by the rules and facts of
        now.

        Nothing is changed. What the log leaves out (secrets) is left out here too.
        """
        answer: Replayed = await self._carrier.call(
            Ask(
                "POST",
                "/requests/{id}/replay",
                Replayed,
                path_values={"id": id},
                idempotency_key=idempotency_key,
            )
        )
        return answer
