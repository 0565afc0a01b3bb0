"""How letters go to endpoints of one kind: what is posted, and what an answer means. A kind is an object that answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.message import Letter
from vestibule.webhooks.poster import Posted


class Verdict(Enum):
    """What an answer means for the letter."""

    TAKEN = "taken"
    #: Tried again later.
    FAILED = "failed"
    #: It was read and will never be taken: a dead letter at once, and the next goes.
    REFUSED = "refused"
    #: The endpoint wants no more.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request about to be posted."""

    headers: Sequence[tuple[str, str]]
    body: bytes


class Sender(Protocol):
    """Makes the requests for one endpoint."""

    @property
    def until(self) -> float:
        """From then on (seconds since 1970) it is to be asked for anew."""
        ...

    async def outgoing(self, letter: Letter, now: float) -> Outgoing:
        """The request that brings the letter. ``Unavailable``, ``KeyRingRefused``."""
        ...


class Manner(Protocol):
    """One kind of endpoint."""

    async def sender(self, endpoint: Endpoint, now: float) -> Sender:
        """Who makes requests for that endpoint. ``KeyRingRefused`` where a key of VESTIBULE_KEYS is missing."""
        ...

    def verdict(self, posted: Posted) -> Verdict:
        """What an answer means."""
        ...

    def fault(self, posted: Posted) -> str:
        """What an answer says of why it was not taken, in words to be kept; "" for nothing."""
        ...
