"""The sending side's audit trail: who did what to what. An entry is written with the change that it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """``actor`` is administrator:…, operator:… or api:…; ``at`` an instant. Details hold nothing secret."""

    at: str
    actor: str
    #: Whose object and what was done: ``application.changed``, ``assignment.added``.
    action: str
    subject_type: str
    subject_id: str
    details: Mapping[str, Any] = field(default_factory=dict)
    #: Its place in the order; 0 until it is kept.
    seq: int = 0


class AuditStore(Protocol):
    """Entries are only ever added."""

    def audited(self, entry: AuditEntry) -> Self:
        """The same store for one act: the entry is kept in the transaction of its first write, once."""
        ...

    async def keep_audit(self, entry: AuditEntry) -> None:
        """An entry of its own: something was done that writes nothing else here."""
        ...

    async def audit(self, after: int = 0, limit: int = 500) -> list[AuditEntry]:
        """Entries in order, beginning after one."""
        ...

    async def latest_audit(self, before: int = 0, limit: int = 100) -> list[AuditEntry]:
        """The newest first, beginning before one; 0 begins with the last."""
        ...
