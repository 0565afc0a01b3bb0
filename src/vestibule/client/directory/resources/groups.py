"""Groups of the directory."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class GroupShown:
    """A group."""

    id: str
    name: str
    description: str
    #: How many people are in it.
    members: int
    #: The names of the groups in it.
    groups: list[str]


class Groups:
    """Groups of the directory."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> Iterator[GroupShown]:
        """Every group, in order of ids."""
        return self._carrier.items(Ask("GET", "/groups", page_of(GroupShown), query={"count": count}))


class AsyncGroups:
    """Groups of the directory."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> AsyncIterator[GroupShown]:
        """Every group, in order of ids."""
        return self._carrier.items(Ask("GET", "/groups", page_of(GroupShown), query={"count": count}))
