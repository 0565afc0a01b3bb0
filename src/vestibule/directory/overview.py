"""What a tenant looks like at a glance, and what of the log is picked out (one Protocol to read it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vestibule.directory.resource import Resource, State
from vestibule.directory.store import Recorded
from vestibule.directory.story import LoggedAudit


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many people there are in every state, and teams."""

    active: int = 0
    inactive: int = 0
    #: Of the inactive: those whose access is held.
    held: int = 0
    unclaimed: int = 0
    deleted: int = 0
    teams: int = 0


@dataclass(frozen=True, slots=True)
class Hour:
    """Requests of one hour, and how many of them were refused. ``at`` is its beginning."""

    at: str
    requests: int
    failed: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A member value that means nobody yet, and the group that waits."""

    group_id: str
    group_name: str
    value: str
    connection: int
    since: str


@dataclass(frozen=True, slots=True)
class Picked:
    """Which requests are asked for: newest first, before the id ``before`` and not before the id ``since``."""

    limit: int = 50
    before: str | None = None
    since: str | None = None
    failed: bool = False
    #: Writes alone: reads are left out.
    writes: bool = False
    subject_id: str = ""


class DirectoryOverview(Protocol):
    """Reads for people in front of a screen; any method may raise ``scim.errors.Unavailable``."""

    async def numbers(self, tenant: int) -> Numbers:
        """Counted now."""
        ...

    async def traffic(self, tenant: int, hours: Sequence[str]) -> Sequence[Hour]:
        """The requests of each hour; ``hours`` are beginnings, ascending, each an hour after the one before."""
        ...

    async def requests(self, tenant: int | None, picked: Picked) -> Sequence[Recorded]:
        """A tenant's requests that fit; tenant None are those that nobody was let in with."""
        ...

    async def last_event_at(self, tenant: int) -> str | None:
        """When something changed last, None for never."""
        ...

    async def pending(self, tenant: int, limit: int = 200) -> Sequence[Pending]:
        """Unresolved members of all groups, the oldest first."""
        ...

    async def roles(self, tenant: int) -> Mapping[str, int]:
        """How many managed people have each role; "" for none."""
        ...

    async def people(
        self, tenant: int, state: State, *, active: bool | None = None, limit: int = 100, after: str = ""
    ) -> Sequence[Resource]:
        """People in that state by their ids, after the id ``after``; of the managed those who are ``active``, or not."""
        ...

    async def audit(
        self, tenant: int | None, *, before: int | None = None, limit: int = 100
    ) -> Sequence[LoggedAudit]:
        """Audit entries, newest first, before that ``seq``; tenant None are the installation's own."""
        ...


def id_at(moment_ms: int) -> str:
    """What request ids of that millisecond begin with, for comparing (``identifiers.request_id``)."""
    return f"{moment_ms:011x}"
