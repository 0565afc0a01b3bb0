"""People and groups that were given an application."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class AssignmentShown:
    """A person or a group that is assigned."""

    kind: str
    name: str
    priority: int | None
    values: list[str]
    #: How many people that is.
    people: int
    #: From before provisioning: waits for *Provision User*.
    waits: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there were."""

    count: int


@dataclass(frozen=True, slots=True)
class ValueGiven:
    """A value that an assignment has for somebody."""

    variable: str
    value: str
    by: str
    counts: bool
    note: str


@dataclass(frozen=True, slots=True)
class ScopeShown:
    """Whether somebody is to be at the application, and why."""

    in_scope: bool
    sentence: str
    reasons: list[str]
    values: list[ValueGiven]


class Assignments:
    """People and groups that were given an application."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, application: str, *, count: int = 100) -> Iterator[AssignmentShown]:
        """Groups, then people, by name."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/assignments",
                page_of(AssignmentShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    def assign(
        self,
        application: str,
        *,
        people: Sequence[str] = (),
        groups: Sequence[str] = (),
        values: dict[str, str] | None = None,
        priority: int = 0,
        idempotency_key: str | None = None,
    ) -> Counted:
        """Assign people and groups; how many assignments are new or changed."""
        answer: Counted = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/assignments",
                Counted,
                path_values={"application": application},
                body={
                    "people": list(people),
                    "groups": list(groups),
                    "values": dict(values or {}),
                    "priority": priority,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def unassign(
        self,
        application: str,
        *,
        people: Sequence[str] = (),
        groups: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> Counted:
        """Take assignments away: with the next run whoever has no other one is deactivated there."""
        answer: Counted = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/assignments/remove",
                Counted,
                path_values={"application": application},
                body={"people": list(people), "groups": list(groups)},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def why(self, application: str, login: str) -> ScopeShown:
        """Why somebody is in scope or is not, and which assignment gives each value."""
        answer: ScopeShown = self._carrier.call(
            Ask(
                "GET",
                "/applications/{application}/scope/{login}",
                ScopeShown,
                path_values={"application": application, "login": login},
            )
        )
        return answer


class AsyncAssignments:
    """People and groups that were given an application."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, application: str, *, count: int = 100) -> AsyncIterator[AssignmentShown]:
        """Groups, then people, by name."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/assignments",
                page_of(AssignmentShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    async def assign(
        self,
        application: str,
        *,
        people: Sequence[str] = (),
        groups: Sequence[str] = (),
        values: dict[str, str] | None = None,
        priority: int = 0,
        idempotency_key: str | None = None,
    ) -> Counted:
        """Assign people and groups; how many assignments are new or changed."""
        answer: Counted = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/assignments",
                Counted,
                path_values={"application": application},
                body={
                    "people": list(people),
                    "groups": list(groups),
                    "values": dict(values or {}),
                    "priority": priority,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def unassign(
        self,
        application: str,
        *,
        people: Sequence[str] = (),
        groups: Sequence[str] = (),
        idempotency_key: str | None = None,
    ) -> Counted:
        """Take assignments away: with the next run whoever has no other one is deactivated there."""
        answer: Counted = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/assignments/remove",
                Counted,
                path_values={"application": application},
                body={"people": list(people), "groups": list(groups)},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def why(self, application: str, login: str) -> ScopeShown:
        """Why somebody is in scope or is not, and which assignment gives each value."""
        answer: ScopeShown = await self._carrier.call(
            Ask(
                "GET",
                "/applications/{application}/scope/{login}",
                ScopeShown,
                path_values={"application": application, "login": login},
            )
        )
        return answer
