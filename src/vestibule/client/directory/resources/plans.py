"""What a run would send, kept to be read, approved and applied so."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class PlanShown:
    """What a plan says of itself."""

    id: int
    state: str
    made_at: str
    made_by: str
    decided_at: str
    decided_by: str
    refreshed: bool
    operations: int
    requests: int
    #: How long it takes at that rate.
    seconds: float
    per_second: float
    rate_from: str
    counts: dict[str, int]
    #: The thresholds that stop it, by name.
    held: dict[str, str]


@dataclass(frozen=True, slots=True)
class DifferenceShown:
    """An attribute before and after."""

    attribute: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class OperationShown:
    """An operation of a plan."""

    position: int
    stage: str
    operation: str
    label: str
    reason: str
    differences: list[DifferenceShown]
    requests: int
    people_in: int
    people_out: int


class Plans:
    """What a run would send, kept to be read, approved and applied so."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, application: str, *, count: int = 100) -> Iterator[PlanShown]:
        """The plans of an application, the oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/plans",
                page_of(PlanShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    def make(
        self, application: str, *, refresh: bool = False, idempotency_key: str | None = None
    ) -> PlanShown:
        """Make a plan and keep it. Nothing is sent."""
        answer: PlanShown = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/plans",
                PlanShown,
                path_values={"application": application},
                body={"refresh": refresh},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def show(self, application: str, plan: int) -> PlanShown:
        """One plan."""
        answer: PlanShown = self._carrier.call(
            Ask(
                "GET",
                "/applications/{application}/plans/{plan}",
                PlanShown,
                path_values={"application": application, "plan": plan},
            )
        )
        return answer

    def drop(self, application: str, plan: int, *, idempotency_key: str | None = None) -> None:
        """Forget a plan that nobody wants."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/applications/{application}/plans/{plan}",
                None,
                path_values={"application": application, "plan": plan},
                idempotency_key=idempotency_key,
            )
        )

    def operations(self, application: str, plan: int, *, count: int = 100) -> Iterator[OperationShown]:
        """A plan's operations in their order, and who is held back for a reason worth a word."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/plans/{plan}/operations",
                page_of(OperationShown),
                path_values={"application": application, "plan": plan},
                query={"count": count},
            )
        )

    def approve(self, application: str, plan: int, *, idempotency_key: str | None = None) -> PlanShown:
        """Approve a plan: what it says may be sent."""
        answer: PlanShown = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/plans/{plan}/approve",
                PlanShown,
                path_values={"application": application, "plan": plan},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncPlans:
    """What a run would send, kept to be read, approved and applied so."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, application: str, *, count: int = 100) -> AsyncIterator[PlanShown]:
        """The plans of an application, the oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/plans",
                page_of(PlanShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    async def make(
        self, application: str, *, refresh: bool = False, idempotency_key: str | None = None
    ) -> PlanShown:
        """Make a plan and keep it. Nothing is sent."""
        answer: PlanShown = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/plans",
                PlanShown,
                path_values={"application": application},
                body={"refresh": refresh},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def show(self, application: str, plan: int) -> PlanShown:
        """One plan."""
        answer: PlanShown = await self._carrier.call(
            Ask(
                "GET",
                "/applications/{application}/plans/{plan}",
                PlanShown,
                path_values={"application": application, "plan": plan},
            )
        )
        return answer

    async def drop(self, application: str, plan: int, *, idempotency_key: str | None = None) -> None:
        """Forget a plan that nobody wants."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/applications/{application}/plans/{plan}",
                None,
                path_values={"application": application, "plan": plan},
                idempotency_key=idempotency_key,
            )
        )

    def operations(self, application: str, plan: int, *, count: int = 100) -> AsyncIterator[OperationShown]:
        """A plan's operations in their order, and who is held back for a reason worth a word."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/plans/{plan}/operations",
                page_of(OperationShown),
                path_values={"application": application, "plan": plan},
                query={"count": count},
            )
        )

    async def approve(self, application: str, plan: int, *, idempotency_key: str | None = None) -> PlanShown:
        """Approve a plan: what it says may be sent."""
        answer: PlanShown = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/plans/{plan}/approve",
                PlanShown,
                path_values={"application": application, "plan": plan},
                idempotency_key=idempotency_key,
            )
        )
        return answer
