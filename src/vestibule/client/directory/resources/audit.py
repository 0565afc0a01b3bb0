"""Who did what to what, in order; it is only ever added to."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One entry of the audit trail."""

    #: Its place in the order.
    seq: int
    at: str
    #: administrator:…, operator:…, api:…
    actor: str
    action: str
    subject_type: str
    subject_id: str
    details: dict[str, Any]


class Audit:
    """Who did what to what, in order; it is only ever added to."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> Iterator[EntryShown]:
        """The entries, oldest first."""
        return self._carrier.items(Ask("GET", "/audit", page_of(EntryShown), query={"count": count}))


class AsyncAudit:
    """Who did what to what, in order; it is only ever added to."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> AsyncIterator[EntryShown]:
        """The entries, oldest first."""
        return self._carrier.items(Ask("GET", "/audit", page_of(EntryShown), query={"count": count}))
