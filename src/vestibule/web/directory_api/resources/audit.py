"""The sending side's audit trail: who did what to what."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.web.api.message import Field, message
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_number
from vestibule.web.directory_api.resource import resource
from vestibule.web.directory_api.side import Call

RESOURCE = resource("audit", "Audit", "Who did what to what, in order; it is only ever added to.")


@message
class EntryShown:
    """One entry of the audit trail."""

    seq: Annotated[int, Field(description="Its place in the order.")]
    at: str
    actor: Annotated[str, Field(description="administrator:…, operator:…, api:…")]
    action: str
    subject_type: str
    subject_id: str
    details: dict[str, Any]


@RESOURCE.get("/audit", name="list", scope="audit:read")
async def list_entries(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[EntryShown]:
    """The entries, oldest first."""
    place = await call.places()
    boundary = place.open(cursor)
    entries = await call.store.audit(boundary.seq if boundary else 0, count + 1)
    page = page_by_number(entries, lambda entry: entry.seq, count, place)
    return Page(
        [
            EntryShown(
                seq=one.seq,
                at=one.at,
                actor=one.actor,
                action=one.action,
                subject_type=one.subject_type,
                subject_id=one.subject_id,
                details=dict(one.details),
            )
            for one in page.items
        ],
        page.next,
    )
