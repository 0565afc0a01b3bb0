"""What happened, in the order of commits, none skipped."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier


@dataclass(frozen=True, slots=True)
class EventShown:
    """One event."""

    #: Grows with every event; no two have the same.
    seq: int
    #: The slug of the tenant.
    tenant: str
    at: str
    #: `user.created` and so on; docs/reference/events.md has all.
    type: str
    subject_type: str
    subject_id: str
    #: The request that caused it.
    request: str | None
    #: What events of this type have beside.
    data: dict[str, Any]
    #: What is personal: `{"path": [before, after]}`; null once forgotten, or for none.
    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class EventsShown:
    """Events in order, and where to go on."""

    events: list[EventShown]
    #: `after` of the next call.
    cursor: str
    #: There may be more right now; do not wait.
    more: bool


class Events:
    """What happened, in the order of commits, none skipped."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(
        self,
        *,
        after: str = "oldest",
        types: str | None = None,
        tenant: str | None = None,
        wait: int = 0,
        limit: int = 1000,
    ) -> EventsShown:
        """The events after a cursor.

        A cursor is good for the tenant it was given out for, or for all tenants, and for as long as what
        comes after it is kept; then the answer is 410, and a snapshot is the way out. With `Accept:
        text/event-stream` the events come as a stream that does not end, each with its cursor as id, and
        `Last-Event-ID` goes on after a break.
        """
        answer: EventsShown = self._carrier.call(
            Ask(
                "GET",
                "/events",
                EventsShown,
                query={"after": after, "types": types, "tenant": tenant, "wait": wait, "limit": limit},
                patience=float(wait),
            )
        )
        return answer


class AsyncEvents:
    """What happened, in the order of commits, none skipped."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def list(
        self,
        *,
        after: str = "oldest",
        types: str | None = None,
        tenant: str | None = None,
        wait: int = 0,
        limit: int = 1000,
    ) -> EventsShown:
        """The events after a cursor.

        A cursor is good for the tenant it was given out for, or for all tenants, and for as long as what
        comes after it is kept; then the answer is 410, and a snapshot is the way out. With `Accept:
        text/event-stream` the events come as a stream that does not end, each with its cursor as id, and
        `Last-Event-ID` goes on after a break.
        """
        answer: EventsShown = await self._carrier.call(
            Ask(
                "GET",
                "/events",
                EventsShown,
                query={"after": after, "types": types, "tenant": tenant, "wait": wait, "limit": limit},
                patience=float(wait),
            )
        )
        return answer
