"""What webhooks ask of a store (one Protocol; the contract suite holds every store to it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vestibule.directory.change import AuditEntry
from vestibule.directory.events import Event
from vestibule.webhooks.attempt import Attempt, Delivered, Held, HeldState, Resend
from vestibule.webhooks.endpoint import WEBHOOK, Endpoint, EndpointChange, Standing


@dataclass(frozen=True, slots=True)
class Settled:
    """What a courier has found out about one endpoint since it last wrote."""

    endpoint: str
    tenant: int
    #: Place and standing are kept only where it has not begun anew since.
    begun: int
    cursor: int
    standing: Standing
    delivered: Sequence[Delivered] = ()
    attempts: Sequence[Attempt] = ()
    #: Rows as they shall be; ``freed`` are to go.
    held: Sequence[Held] = ()
    freed: Sequence[int] = ()
    #: How far each range is sent again; one that is through goes.
    resent: Sequence[Resend] = ()
    #: The endpoint is to be disabled, for that reason.
    disabled: str = ""
    #: Events about the endpoint itself.
    told: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """An endpoint that is this courier's now, and what waits there."""

    endpoint: Endpoint
    held: Sequence[Held] = ()
    resends: Sequence[Resend] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events wait for an endpoint, and how many were given up."""

    waiting: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What operators changed after some moment: ``upto`` names the moment now."""

    upto: int
    endpoints: Sequence[Endpoint] = field(default=())


class WebhookStore(Protocol):
    """Endpoints, who delivers, and what became of it. ``Unavailable`` as other stores raise it.

    ``at`` and ``now`` are UTC text. Changes by operators commit together with their audit entry.
    """

    async def add(self, endpoint: Endpoint, audit: AuditEntry, at: str) -> Endpoint:
        """Keep it; it begins behind the last event there is now (its ``cursor`` says nothing)."""
        ...

    async def count(self, kinds: Sequence[str] = (WEBHOOK,)) -> int:
        """How many of these kinds there are, removed ones left out."""
        ...

    async def endpoints(self, tenant: int | None = None) -> Sequence[Endpoint]:
        """Those of a tenant (0: the installation's own), or all, oldest first; removed ones left out."""
        ...

    async def endpoint(self, id: str) -> Endpoint | None:
        """The endpoint of that id; None for a removed one too."""
        ...

    async def change(
        self, endpoint: Endpoint, change: EndpointChange, audit: AuditEntry, at: str
    ) -> Endpoint:
        """Apply it; the endpoint afterwards."""
        ...

    async def last_event(self) -> int:
        """The number of the last event that can be read now."""
        ...

    async def counts(self, endpoints: Sequence[str]) -> Mapping[str, Counts]:
        """What waits and what was given up, by endpoint; those without are left out."""
        ...

    async def held(
        self, endpoint: Endpoint, state: HeldState | None = None, *, after: int = 0, limit: int = 1000
    ) -> Sequence[Held]:
        """Events held back, in their order."""
        ...

    async def attempts(
        self, endpoint: Endpoint, *, event: int | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[tuple[int, Attempt]]:
        """Failed attempts, newest first, each with its number among all; ``before`` goes on after one."""
        ...

    async def delivered(
        self, endpoint: Endpoint, *, event: int | None = None, limit: int = 100
    ) -> Sequence[Delivered]:
        """Deliveries, newest first."""
        ...

    async def note_attempt(self, endpoint: Endpoint, attempt: Attempt) -> None:
        """Keep the attempt of a test."""
        ...

    async def resend(self, endpoint: Endpoint, events: Sequence[Held], audit: AuditEntry, at: str) -> None:
        """Have these be sent (again) as if they had just failed for the first time."""
        ...

    async def resend_range(
        self, endpoint: Endpoint, after: int, until: int, audit: AuditEntry, at: str
    ) -> None:
        """Have every event of the range that the endpoint wants be sent again, in order."""
        ...

    async def forget_dead(self, endpoint: Endpoint, audit: AuditEntry, at: str) -> int:
        """Strike its dead letters off the list; how many."""
        ...

    async def changes(self, after: int) -> Changes:
        """The endpoints (removed ones too) that operators changed after ``after``."""
        ...

    async def beat(self, courier: str, now: str, until: str) -> int:
        """This courier lives until ``until``; how many do, itself among them."""
        ...

    async def claim(
        self, courier: str, now: str, limit: int, kinds: Sequence[str] = (WEBHOOK,)
    ) -> Sequence[Claimed]:
        """Endpoints of these kinds that are on and no living courier's become this one's, at most ``limit``."""
        ...

    async def waiting(self, endpoint: Endpoint) -> Claimed:
        """What waits at one endpoint, read anew."""
        ...

    async def release(self, courier: str, endpoints: Sequence[str] | None = None) -> None:
        """Let these go, or all, and with all the courier itself."""
        ...

    async def settle(self, courier: str, settled: Sequence[Settled], now: str) -> Sequence[str]:
        """Keep all of it in one transaction; the ids of endpoints that are not this courier's (any more).

        Nothing is kept of those.
        """
        ...

    async def trim(self, before: str, *, keep: int, limit: int = 1000) -> int:
        """Forget attempts and deliveries older than ``before``, and of each endpoint all rows but the newest
        ``keep``; and what removed endpoints left. At most ``limit`` rows at a time; how many.
        """
        ...
