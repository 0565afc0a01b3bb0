"""What the log can tell: who asked what, which rule decided, what changed (one Protocol to read it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vestibule.directory.store import Recorded

#: For how many days it is kept how often each tolerance was used.
TOLERANCE_DAYS = 90


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event as it stands in the log; ``seq`` is the order of commits, over all tenants.

    ``fields`` are the event's own beyond subject and payload; ``payload`` is None once forgotten.
    """

    seq: int
    tenant: int
    at: str
    type: str
    subject_type: str
    subject_id: str
    connection: int | None
    request_id: str | None
    fields: Mapping[str, Any]
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class LoggedAudit:
    """An audit entry; ``tenant`` None is the installation itself."""

    seq: int
    tenant: int | None
    at: str
    actor: str
    action: str
    subject_type: str
    subject_id: str
    request_id: str | None
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Review:
    """A review entry: ``candidates`` are ids; ``user_id`` is whom the answer meant, "" while open."""

    id: str
    connection: int
    user_name: str
    candidates: tuple[str, ...]
    reason: str
    asked_at: str
    outcome: str
    closed_at: str | None
    user_id: str
    evidence: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ToleranceCount:
    """How often a connection's identity provider needed a tolerance of its dialect, and when last."""

    name: str
    count: int
    last_at: str


@dataclass(frozen=True, slots=True)
class ProductAnswer:
    """What the product said of a person's wanted state; ``confirms`` is the ``access.ended`` that it settles.

    ``reason`` is None once forgotten.
    """

    at: str
    version: str
    outcome: str
    reason: str | None
    by: str
    confirms: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """All that the log has on one person or group, each part oldest first."""

    requests: Sequence[Recorded] = field(default=())
    events: Sequence[LoggedEvent] = field(default=())
    audit: Sequence[LoggedAudit] = field(default=())
    answers: Sequence[ProductAnswer] = field(default=())


class DirectoryLog(Protocol):
    """Reads the log; any method may raise ``scim.errors.Unavailable``.

    A request that was only read is in the log a second after it was answered.
    """

    async def request(self, id: str) -> Recorded | None:
        """The request of that id, of whatever tenant, or None."""
        ...

    async def requests(
        self, tenant: int | None, *, limit: int = 100, before: str | None = None, failed: bool = False
    ) -> Sequence[Recorded]:
        """A tenant's requests, newest first by their ids; ``before`` is the id of one to go on after.

        ``failed`` leaves out those below 400. Tenant None are those that nobody was let in with.
        """
        ...

    async def story_of(self, tenant: int, subject_id: str, *, limit: int = 1000) -> Story:
        """What concerns that resource; of more than ``limit`` of a kind, the newest."""
        ...

    async def events(
        self, after: int = 0, limit: int = 1000, *, tenant: int | None = None
    ) -> Sequence[LoggedEvent]:
        """The events after that ``seq``, in order and without gaps; of one tenant or of all."""
        ...

    async def audit(self, tenant: int | None, *, after: int = 0, limit: int = 1000) -> Sequence[LoggedAudit]:
        """A tenant's audit entries after that ``seq``, in order; None are the installation's own."""
        ...

    async def reviews(self, tenant: int, *, closed: bool = False) -> Sequence[Review]:
        """The open review entries, oldest first; with ``closed``, the answered ones too."""
        ...

    async def tolerances(self, connection: int, since: str = "") -> Sequence[ToleranceCount]:
        """What that connection's identity provider needed, by name; from that day on (UTC, ``2026-01-31``)."""
        ...

    async def trim_tolerances(self, before: str) -> int:
        """Forget what was counted on days before that one; how many rows."""
        ...

    async def trim_requests(self, before: str, *, keep: int | None = None, limit: int = 1000) -> int:
        """Forget requests older than ``before``, and of each tenant all but the newest ``keep``.

        Successful reads of no one resource are counted by themselves, and go by the thousand: a few
        more of them may stay. At most ``limit`` rows at a time; how many requests, so that the caller
        goes on until 0.
        """
        ...
