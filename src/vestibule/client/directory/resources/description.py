"""What the API says of itself, and who is asking."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier


@dataclass(frozen=True, slots=True)
class Caller:
    """Who an API token speaks for, and what it may do."""

    id: str
    name: str
    scopes: list[str]
    expires: str | None


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem."""

    #: Its address.
    type: str
    status: int
    title: str
    #: Which operations may answer with it.
    operations: list[str]


class Description:
    """What the API says of itself, and who is asking."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def me(self) -> Caller:
        """Who the API token speaks for."""
        answer: Caller = self._carrier.call(Ask("GET", "/me", Caller))
        return answer

    def problem(self, slug: str) -> ProblemType:
        """What a type of problem means; its `type` in every answer leads here."""
        answer: ProblemType = self._carrier.call(
            Ask("GET", "/problems/{slug}", ProblemType, path_values={"slug": slug})
        )
        return answer


class AsyncDescription:
    """What the API says of itself, and who is asking."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def me(self) -> Caller:
        """Who the API token speaks for."""
        answer: Caller = await self._carrier.call(Ask("GET", "/me", Caller))
        return answer

    async def problem(self, slug: str) -> ProblemType:
        """What a type of problem means; its `type` in every answer leads here."""
        answer: ProblemType = await self._carrier.call(
            Ask("GET", "/problems/{slug}", ProblemType, path_values={"slug": slug})
        )
        return answer
