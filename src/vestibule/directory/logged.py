"""Requests of the log, as somebody looks them up by their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Recorded
from vestibule.directory.story import DirectoryLog, LoggedEvent, Review
from vestibule.directory.telling import events_of_request
from vestibule.refused import Refused

_MOST_EVENTS = 10_000


class UnknownRequest(Refused):
    """The log has no request of that number."""

    status = 404

    def __init__(self, id: str) -> None:
        super().__init__(
            f"The log has no request {id!r}. It is in the log within a second of its answer: was it just now, try "
            "again. It may also be older than the log is kept (of those that nobody was let in with, the newest "
            "10,000 are), belong to another database, or have been lost in a crash if it only read.",
            "Another database is named with --database.",
        )


async def request_numbered(log: DirectoryLog, id: str) -> Recorded:
    """The request of that number, of whatever tenant. ``UnknownRequest``."""
    found = await log.request(id)
    if found is None:
        raise UnknownRequest(id)
    return found


async def events_caused_by(log: DirectoryLog, request: Recorded) -> Sequence[LoggedEvent]:
    """What happened because of it: its events stand side by side in the log, the subject's first."""
    if request.tenant is None or not request.subject_id:
        return ()
    story = await log.story_of(request.tenant, request.subject_id)
    first = next((event.seq for event in story.events if event.request_id == request.id), None)
    if first is None:
        return ()
    beside = await log.events(first - 1, _MOST_EVENTS, tenant=request.tenant)
    return events_of_request(beside, request.id, request.subject_id)


async def reviews_asked_by(log: DirectoryLog, request: Recorded) -> Sequence[Review]:
    """The review entries that its refusal speaks of."""
    if request.tenant is None or request.status < 400 or not request.rule.startswith("adoption."):
        return ()
    answer = str((request.payload or {}).get("response") or "")
    reviews = await log.reviews(request.tenant, closed=True)
    return [review for review in reviews if review.id in answer]
