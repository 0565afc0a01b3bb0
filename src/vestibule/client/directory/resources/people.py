"""People of the directory, as its sources tell them."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class PersonShown:
    """A person, with the attributes that the source gave."""

    id: str
    login: str
    name: str
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """A person, and the names of their groups."""

    person: PersonShown
    groups: list[str]


class People:
    """People of the directory, as its sources tell them."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> Iterator[PersonShown]:
        """People in order of their logins, those who left among them."""
        return self._carrier.items(Ask("GET", "/people", page_of(PersonShown), query={"count": count}))

    def show(self, login: str) -> PersonDetails:
        """One person with their groups."""
        answer: PersonDetails = self._carrier.call(
            Ask("GET", "/people/{login}", PersonDetails, path_values={"login": login})
        )
        return answer


class AsyncPeople:
    """People of the directory, as its sources tell them."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> AsyncIterator[PersonShown]:
        """People in order of their logins, those who left among them."""
        return self._carrier.items(Ask("GET", "/people", page_of(PersonShown), query={"count": count}))

    async def show(self, login: str) -> PersonDetails:
        """One person with their groups."""
        answer: PersonDetails = await self._carrier.call(
            Ask("GET", "/people/{login}", PersonDetails, path_values={"login": login})
        )
        return answer
