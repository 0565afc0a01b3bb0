"""The audit trail: who did what to whom."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.directory.story import LoggedAudit
from vestibule.tenancy.errors import UnknownTenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_number
from vestibule.web.api.parameters import Slug
from vestibule.web.api.problems import BoundElsewhere

RESOURCE = Resource("audit", "Audit", "Who did what to whom, in order; it is only ever added to.")


@message
class AuditEntryShown:
    """One entry of the audit trail."""

    seq: Annotated[int, Field(description="Its place in the order.")]
    at: str
    actor: Annotated[str, Field(description="operator:…, administrator:…, api:…, token:…")]
    action: str
    subject_type: str
    subject_id: str
    request: str | None
    details: Annotated[
        dict[str, Any] | None, Field(description="Null where there are none, or they were erased.")
    ]


@RESOURCE.get("/tenants/{tenant}/audit", name="list", scope="audit:read", raises=(UnknownTenant,))
async def list_entries(
    call: Call, tenant: Slug, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[AuditEntryShown]:
    """A tenant's audit entries, oldest first."""
    return await _page(call, (await call.tenant(tenant)).id, cursor, count)


@RESOURCE.get("/audit", name="of_installation", scope="audit:read", raises=(BoundElsewhere,))
async def list_of_installation(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[AuditEntryShown]:
    """The audit entries of the installation itself: profiles, API tokens. For a token of the whole installation."""
    call.demand_installation()
    return await _page(call, None, cursor, count)


async def _page(call: Call, tenant: int | None, cursor: str | None, count: int) -> Page[AuditEntryShown]:
    place = await call.places(tenant)
    boundary = place.open(cursor)
    after = boundary.seq if boundary is not None else 0
    entries = await call.premises.log.audit(tenant, after=after, limit=count + 1)
    page = page_by_number(entries, lambda entry: entry.seq, count, place)
    return Page([_shown(entry) for entry in page.items], page.next)


def _shown(entry: LoggedAudit) -> AuditEntryShown:
    return AuditEntryShown(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
        request=entry.request_id,
        details=dict(entry.payload) if entry.payload is not None else None,
    )
