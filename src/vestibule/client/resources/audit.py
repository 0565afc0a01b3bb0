"""Who did what to whom, in order; it is only ever added to."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class AuditEntryShown:
    """One entry of the audit trail."""

    #: Its place in the order.
    seq: int
    at: str
    #: operator:…, administrator:…, api:…, token:…
    actor: str
    action: str
    subject_type: str
    subject_id: str
    request: str | None
    #: Null where there are none, or they were erased.
    details: dict[str, Any] | None


class Audit:
    """Who did what to whom, in order; it is only ever added to."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> Iterator[AuditEntryShown]:
        """A tenant's audit entries, oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/audit",
                page_of(AuditEntryShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    def of_installation(self, *, count: int = 100) -> Iterator[AuditEntryShown]:
        """The audit entries of the installation itself: profiles, API tokens. For a token of the whole
        installation.
        """
        return self._carrier.items(Ask("GET", "/audit", page_of(AuditEntryShown), query={"count": count}))


class AsyncAudit:
    """Who did what to whom, in order; it is only ever added to."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, tenant: str, *, count: int = 100) -> AsyncIterator[AuditEntryShown]:
        """A tenant's audit entries, oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/tenants/{tenant}/audit",
                page_of(AuditEntryShown),
                path_values={"tenant": tenant},
                query={"count": count},
            )
        )

    def of_installation(self, *, count: int = 100) -> AsyncIterator[AuditEntryShown]:
        """The audit entries of the installation itself: profiles, API tokens. For a token of the whole
        installation.
        """
        return self._carrier.items(Ask("GET", "/audit", page_of(AuditEntryShown), query={"count": count}))
