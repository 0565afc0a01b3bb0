"""An event as it is sent: the JSON that Standard Webhooks describes, rendered once for all endpoints."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from vestibule.clock import as_seconds
from vestibule.directory.story import LoggedEvent
from vestibule.feed.event_document import event_document


@dataclass(frozen=True, slots=True)
class Letter:
    """An event ready to be sent."""

    event: int
    tenant: int
    type: str
    subject: str
    #: Seconds since 1970.
    at: float
    body: bytes

    @property
    def id(self) -> str:
        """The ``webhook-id``: the same at every endpoint and with every attempt."""
        return event_id(self.event)


def event_id(event: int) -> str:
    """The id of the event of that number in the log."""
    return f"evt_{event}"


def letter_of(event: LoggedEvent, slug: str) -> Letter:
    """The letter about an event; ``slug`` is the tenant's, "" for the installation."""
    body = {"type": event.type, "timestamp": event.at, "data": event_document(event, slug)}
    subject = f"{event.tenant}/{event.subject_type}/{event.subject_id}"
    return Letter(event.seq, event.tenant, event.type, subject, as_seconds(event.at), orjson.dumps(body))
