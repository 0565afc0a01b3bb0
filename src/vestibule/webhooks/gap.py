"""Events that were forgotten before an endpoint had them: noted as they are forgotten, told of, and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Gap:
    """What an endpoint (or stream) will not get any more, between two of its deliveries."""

    #: The numbers of the first and of the last of these events.
    first: int
    last: int
    #: How many the endpoint would have got.
    events: int
    #: When the first and the last of them happened; UTC text.
    since: str
    until: str

    @property
    def sentence(self) -> str:
        """In words."""
        many = "1 event was" if self.events == 1 else f"{self.events:,} events were"
        return (
            f"{many} forgotten before delivery: numbers {self.first} to {self.last}, from {self.since} to {self.until}. "
            "Load a snapshot to have what they changed."
        )

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Gap:
        """From the fields of ``webhook.events_forgotten``."""
        return cls(*(told[name] for name in cls.__slots__))


class GapStore(Protocol):
    """Gaps are noted by ``FeedStore.forget_events``, in its transaction. Any method may raise ``Unavailable``."""

    async def gaps(self, endpoints: Sequence[str]) -> Mapping[str, Sequence[Gap]]:
        """The newest gaps by endpoint, newest first; endpoints without are left out."""
        ...

    async def missed(self) -> int:
        """How many events were forgotten before the endpoints there are had them, one by one."""
        ...

    async def bury(self, upto: int, at: str, *, limit: int = 1000) -> int:
        """Held back events up to that number are not in the log any more: dead letters, with the reason; how many."""
        ...

    async def tell(self, again_before: str, at: str) -> int:
        """An event for each gap that has grown since it was told; how many.

        While it goes on growing it is told again only if it was told before ``again_before``.
        """
        ...
