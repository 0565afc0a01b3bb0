"""What the product should hold of each person, and what it says of that."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.resources.people import Access, State


@dataclass(frozen=True, slots=True)
class TeamOfPerson:
    """A team that a person is in."""

    id: str
    name: str
    #: `direct`, or `indirect` through another team.
    type: str


@dataclass(frozen=True, slots=True)
class LinkedAccountShown:
    """An account at another service: as the identity provider named it, and as it was found there."""

    service: str
    #: What the identity provider named.
    account: str
    #: linked, not_found, deactivated, conflict, invalid, pending, stale or not_connected; named: nobody
    #: looks into this service.
    state: str
    #: The service's own id of it; empty until it is linked.
    id: str
    #: The address there; empty until it is linked.
    email: str


@dataclass(frozen=True, slots=True)
class WantedStateShown:
    """What the product should hold of one person."""

    id: str
    tenant: str
    #: The same version is the same state. Say it back to acknowledge.
    version: str
    #: False once the person was deleted.
    exists: bool
    #: What the identity provider said.
    active: bool
    #: What the product applies. `ended`: sessions and keys go too. `held` works still.
    access: Access
    role: str | None
    rights: list[str]
    #: The SCIM document.
    identity: dict[str, Any]
    teams: list[TeamOfPerson]
    linked_accounts: list[LinkedAccountShown]


@dataclass(frozen=True, slots=True)
class TeamShown:
    """A team. Its members stand in `teams.show` alone: a list may be of large ones."""

    id: str
    display_name: str | None
    state: State
    managed_by: str | None
    version: int
    #: The SCIM resource, as its identity provider gets it.
    resource: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SnapshotShown:
    """A part of a tenant's people and teams."""

    people: list[WantedStateShown]
    teams: list[TeamShown]
    #: `cursor` of the next call; null at the end.
    next: str | None
    #: On the last page: `after` of the first read of events (with this `tenant`); nothing is missed.
    feed: str | None


@dataclass(frozen=True, slots=True)
class AnsweredShown:
    """What became of an answer."""

    #: False: the state has changed since; read it again.
    is_current: bool
    #: It settles an end of access.
    confirms_end: bool


Outcome = Literal["applied", "refused"]


@dataclass(frozen=True, slots=True)
class UnconfirmedShown:
    """Access that ended, and the product has not said yet that sessions and keys are gone."""

    id: str
    user_name: str
    ended_at: str
    #: Why the product last refused to, if it did.
    refused: str


@dataclass(frozen=True, slots=True)
class UnconfirmedList:
    """All of them, at most a thousand, the oldest first."""

    items: list[UnconfirmedShown]
    late_after_seconds: int


class States:
    """What the product should hold of each person, and what it says of that."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def show(self, tenant: str, person: str) -> WantedStateShown:
        """The wanted state of one person, deleted ones included."""
        answer: WantedStateShown = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{person}/state",
                WantedStateShown,
                path_values={"tenant": tenant, "person": person},
            )
        )
        return answer

    def snapshot(self, tenant: str, *, cursor: str | None = None, count: int = 200) -> SnapshotShown:
        """All people and teams, page by page, and on the last page the cursor at which events go on.

        That cursor was taken before the first page was read. What changed meanwhile comes as an event once
        more, so that whoever applies states and then events misses nothing.
        """
        answer: SnapshotShown = self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/snapshot",
                SnapshotShown,
                path_values={"tenant": tenant},
                query={"cursor": cursor, "count": count},
            )
        )
        return answer

    def acknowledge(
        self,
        tenant: str,
        person: str,
        *,
        version: str,
        outcome: Outcome,
        reason: str = "",
        idempotency_key: str | None = None,
    ) -> AnsweredShown:
        """Say that a state was applied, or refused and why.

        Access that ended counts as confirmed once its state was applied: that sessions and keys are gone.
        """
        answer: AnsweredShown = self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{person}/acknowledgements",
                AnsweredShown,
                path_values={"tenant": tenant, "person": person},
                body={"version": version, "outcome": outcome, "reason": reason},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def unconfirmed(self, tenant: str) -> UnconfirmedList:
        """People whose access ended, and of whom nobody has said yet that sessions and keys are gone."""
        answer: UnconfirmedList = self._carrier.call(
            Ask("GET", "/tenants/{tenant}/unconfirmed", UnconfirmedList, path_values={"tenant": tenant})
        )
        return answer


class AsyncStates:
    """What the product should hold of each person, and what it says of that."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def show(self, tenant: str, person: str) -> WantedStateShown:
        """The wanted state of one person, deleted ones included."""
        answer: WantedStateShown = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/people/{person}/state",
                WantedStateShown,
                path_values={"tenant": tenant, "person": person},
            )
        )
        return answer

    async def snapshot(self, tenant: str, *, cursor: str | None = None, count: int = 200) -> SnapshotShown:
        """All people and teams, page by page, and on the last page the cursor at which events go on.

        That cursor was taken before the first page was read. What changed meanwhile comes as an event once
        more, so that whoever applies states and then events misses nothing.
        """
        answer: SnapshotShown = await self._carrier.call(
            Ask(
                "GET",
                "/tenants/{tenant}/snapshot",
                SnapshotShown,
                path_values={"tenant": tenant},
                query={"cursor": cursor, "count": count},
            )
        )
        return answer

    async def acknowledge(
        self,
        tenant: str,
        person: str,
        *,
        version: str,
        outcome: Outcome,
        reason: str = "",
        idempotency_key: str | None = None,
    ) -> AnsweredShown:
        """Say that a state was applied, or refused and why.

        Access that ended counts as confirmed once its state was applied: that sessions and keys are gone.
        """
        answer: AnsweredShown = await self._carrier.call(
            Ask(
                "POST",
                "/tenants/{tenant}/people/{person}/acknowledgements",
                AnsweredShown,
                path_values={"tenant": tenant, "person": person},
                body={"version": version, "outcome": outcome, "reason": reason},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def unconfirmed(self, tenant: str) -> UnconfirmedList:
        """People whose access ended, and of whom nobody has said yet that sessions and keys are gone."""
        answer: UnconfirmedList = await self._carrier.call(
            Ask("GET", "/tenants/{tenant}/unconfirmed", UnconfirmedList, path_values={"tenant": tenant})
        )
        return answer
