"""What the feed asks of a store (one Protocol; the contract suite holds every store to it)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from vestibule.directory.change import AuditEntry
from vestibule.directory.events import Event
from vestibule.directory.story import LoggedEvent
from vestibule.feed.acknowledgement import Acknowledgement, Held, Unconfirmed
from vestibule.feed.wanted_state import LinkedRow, StateRow


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in order; everything up to ``last`` was looked at, whether it was asked for or not."""

    events: Sequence[LoggedEvent]
    last: int


@dataclass(frozen=True, slots=True)
class News:
    """What has come since a number: the last number there is now, and whose events came."""

    last: int
    tenants: frozenset[int]


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that a consumer could not deal with, or that waits behind one of the same resource.

    ``until`` is when it is tried again; "" is at once, in its turn.
    """

    seq: int
    tenant: int
    subject: str
    attempts: int
    until: str
    error: str = ""
    #: It is not tried any more, and holds up nobody.
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who follows the log, up to which event, and how many events are parked and given up."""

    name: str
    place: int
    parked: int
    given_up: int


class FeedStore(Protocol):
    """The log on its way out. Numbers are those of ``LoggedEvent.seq``; any method may raise ``Unavailable``."""

    async def events(
        self, after: int, *, tenant: int | None = None, types: Sequence[str] = (), limit: int = 1000
    ) -> EventPage:
        """The events after that number, in order and without gaps; of one tenant or of all, of some types or of all.

        One look goes through so many numbers at most; where nothing is found and ``last`` has
        advanced, there may be more.
        """
        ...

    async def last(self) -> int:
        """The number of the last event there is; 0 before the first."""
        ...

    async def news(self, after: int) -> News:
        """Whether there is something after that number: cheap, and asked often."""
        ...

    async def forgotten(self) -> int:
        """The number up to which events were forgotten; 0 where all are kept."""
        ...

    async def forget_events(self, before: str, *, limit: int = 1000) -> int:
        """Forget events older than that moment, the oldest first, at most ``limit``; how many.

        What was forgotten is kept in mind (``forgotten``), in the same transaction, and of each webhook endpoint and
        stream what it would still have got (``GapStore``).
        """
        ...

    async def tell(
        self, tenant: int, event: Event, at: str, *, audit: AuditEntry | None = None, once: str = ""
    ) -> bool:
        """Append an event that follows from no request, together with its audit entry.

        ``once`` names the occasion within the tenant: what was told under that name is not told
        again, and False comes back.
        """
        ...

    def on_commit(self, ring: Callable[[], None]) -> None:
        """Call ``ring``, which does next to nothing, whenever this process has committed events."""
        ...


class StateStore(Protocol):
    """People and teams as they are, and what the product says of them. Any method may raise ``Unavailable``."""

    async def states(self, tenant: int, ids: Sequence[str]) -> Sequence[StateRow]:
        """Those people of the tenant, deleted and unclaimed ones included, in no order; unknown ids are left out."""
        ...

    async def walk_states(self, tenant: int, type: str, after: int, limit: int) -> Sequence[StateRow]:
        """The managed people ("User") or teams ("Group") after a ``StateRow.seq``, in the order of their making."""
        ...

    async def linked(self, tenant: int, ids: Sequence[str]) -> Sequence[LinkedRow]:
        """The accounts of those people at outside services, by service."""
        ...

    async def acknowledge(
        self, tenant: int, answer: Acknowledgement, *, settles: int | None
    ) -> Acknowledgement:
        """Keep an answer; as it was kept.

        ``settles`` is the number of the person's resource whose ended access it confirms: where the
        resource still has that number and access is ended, ``confirms`` is its last ``access.ended``.
        """
        ...

    async def held(self, tenant: int | None = None, *, due: str | None = None) -> Sequence[Held]:
        """People whose access is held, the first due first; with ``due``, those whose time is over then."""
        ...

    async def forget_leavers(self, before: str) -> int:
        """Forget who left before that moment and is not held; how many."""
        ...

    async def forget_answers(self, before: str, *, limit: int = 1000) -> int:
        """Forget what the product said before that moment, at most ``limit`` answers; how many.

        Events from before must be forgotten already: an answer comes after the end of access that it confirms.
        """
        ...

    async def unconfirmed(self, tenant: int | None, *, limit: int = 1000) -> Sequence[Unconfirmed]:
        """Access that ended and that nobody has confirmed since, the oldest first; of one tenant or of all."""
        ...


class ConsumerStore(Protocol):
    """How far each follower of the log is. Any method may raise ``Unavailable``."""

    async def lease(self, name: str, holder: str, now: str, until: str) -> int | None:
        """The consumer's place, if nobody else follows for it; from then on ``holder`` does, ``until`` then.

        A new consumer begins with the oldest event.
        """
        ...

    async def release(self, name: str, holder: str) -> None:
        """Let another follow at once."""
        ...

    async def advance(self, name: str, holder: str, place: int, to: int, parked: Sequence[Parked]) -> bool:
        """Move from ``place`` on, and park these events, together; False, and nothing done, where it is not so any more."""
        ...

    async def set_place(self, name: str, place: int) -> bool:
        """Put a consumer elsewhere, with nothing parked; False where there is none of that name."""
        ...

    async def parked_subjects(self, name: str) -> Sequence[tuple[int, str]]:
        """(tenant, resource) of which something is parked, given-up events apart."""
        ...

    async def parked_due(self, name: str, now: str) -> Sequence[tuple[Parked, LoggedEvent | None]]:
        """The first parked event of each resource, where it is due; at most a hundred. None for a forgotten event."""
        ...

    async def park(self, name: str, parked: Parked) -> None:
        """Keep it as it is now."""
        ...

    async def unpark(self, name: str, parked: Parked) -> None:
        """It was dealt with."""
        ...

    async def parked(self, name: str, *, limit: int = 1000) -> Sequence[Parked]:
        """All that is parked or given up, in order."""
        ...

    async def consumers(self) -> Sequence[Consumer]:
        """All, by name."""
        ...
