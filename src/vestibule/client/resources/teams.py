"""The groups that identity providers push."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of
from vestibule.client.resources.states import TeamShown


@dataclass(frozen=True, slots=True)
class UnresolvedMember:
    """A member value that means nobody yet."""

    value: str
    #: Which connection named it.
    connection: str | None
    since: str


@dataclass(frozen=True, slots=True)
class TeamDetails:
    """A team with its members, and member values that mean nobody yet."""

    team: TeamShown
    unresolved: list[UnresolvedMember]


class Teams:
    """The groups that identity providers push."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, filter: str | None = None, count: int = 100) -> Iterator[TeamShown]:
        """The teams of a tenant in order of creation, those that a SCIM filter fits, without their members."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/teams",
                page_of(TeamShown),
                path_values={"tenant": tenant},
                query={"filter": filter, "count": count},
            )
        )

    def show(self, tenant: str, id: str) -> TeamDetails:
        """One team with its members."""
        answer: TeamDetails = self._carrier.call(
            Ask("GET", "/tenants/{tenant}/teams/{id}", TeamDetails, path_values={"tenant": tenant, "id": id})
        )
        return answer


class AsyncTeams:
    """The groups that identity providers push."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, filter: str | None = None, count: int = 100) -> AsyncIterator[TeamShown]:
        """The teams of a tenant in order of creation, those that a SCIM filter fits, without their members."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/teams",
                page_of(TeamShown),
                path_values={"tenant": tenant},
                query={"filter": filter, "count": count},
            )
        )

    async def show(self, tenant: str, id: str) -> TeamDetails:
        """One team with its members."""
        answer: TeamDetails = await self._carrier.call(
            Ask("GET", "/tenants/{tenant}/teams/{id}", TeamDetails, path_values={"tenant": tenant, "id": id})
        )
        return answer
