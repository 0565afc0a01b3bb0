"""What security event tokens ask of a store, beside what webhooks do (one Protocol, held by the contract suite)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vestibule.directory.change import AuditEntry
from vestibule.webhooks.attempt import Held
from vestibule.webhooks.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class SetKey:
    """A key pair; ``sealed`` is the private one, ``public`` a JWK. Times are UTC text."""

    id: str
    sealed: bytes = field(repr=False)
    public: Mapping[str, Any]
    created_at: str
    #: It signs from then on, until a newer one does.
    signs_from: str
    #: It stands in the key set until then; "" for as long as it signs.
    published_until: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A resource at this moment; ``external_id`` as its managing connection gave it."""

    version: int
    modified: str
    external_id: str | None


class SecurityEventStore(Protocol):
    """Keys, and what receivers fetch. ``Unavailable`` as other stores raise it. ``at`` is UTC text."""

    async def keys(self) -> Sequence[SetKey]:
        """All, in the order in which they begin to sign."""
        ...

    async def add_key(
        self, key: SetKey, audit: AuditEntry, at: str, *, old_until: str = "", only_first: bool = False
    ) -> None:
        """Keep it; those before it end at ``old_until``, and those that ended before ``at`` go.

        With ``only_first`` nothing is done where there is a key, not even the audit entry.
        """
        ...

    async def known(self, tenant: int, id: str) -> Known | None:
        """The resource of that id, deleted ones included; None where there is no row any more."""
        ...

    async def give_out(self, stream: Endpoint, after: int, upto: int, held: Sequence[Held]) -> bool:
        """Move the stream from ``after`` to ``upto``, these waiting to be acknowledged; False where somebody else moved it."""
        ...

    async def acknowledge(
        self, stream: Endpoint, taken: Sequence[int], refused: Mapping[int, str], at: str
    ) -> int:
        """Those of these events that wait do so no more: taken, or dead with that reason kept as an attempt. How many."""
        ...

    async def vanished(self, stream: Endpoint, events: Sequence[int]) -> None:
        """Events that wait and are not in the log any more: dead."""
        ...
