"""Operators → Health: how every customer's connection stands."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from vestibule.directory.overview import Picked
from vestibule.directory.store import Recorded
from vestibule.tenancy.gate import why_closed
from vestibule.tenancy.tenant import Tenant
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.arrivals import sentence_of, since_id
from vestibule.web.console.receiving.pages.overview import last_hours
from vestibule.web.console.receiving.tenant_visit import OperatorVisit

#: So many tenants are looked at on one page, those with faults first among them.
_SHOWN = 100
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Health:
    """One tenant: what keeps everybody out, its last request, and what was refused in 24 hours."""

    tenant: Tenant
    closed: str | None
    last: Recorded | None
    requests: int
    failed: int
    refusal: str


async def _health(visit: OperatorVisit) -> Response:
    tenants = await visit.premises.tenancy.tenants()
    found = [await _of(visit, tenant) for tenant in tenants[:_SHOWN]]
    found.sort(key=lambda one: (-one.failed, one.tenant.slug))
    waiting = await visit.premises.tenancy.token_requests()
    return visit.show("operator_health.html", found=found, total=len(tenants), waiting=waiting)


async def _of(visit: OperatorVisit, tenant: Tenant) -> Health:
    overview = visit.premises.overview
    profile = await visit.premises.profiles.current(tenant.profile)
    hours = await overview.traffic(tenant.id, last_hours(visit.now))
    last = await overview.requests(tenant.id, Picked(1))
    failed = await overview.requests(tenant.id, Picked(1, failed=True, since=since_id(visit.now, _DAY)))
    return Health(
        tenant,
        why_closed(tenant, profile),
        last[0] if last else None,
        sum(hour.requests for hour in hours),
        sum(hour.failed for hour in hours),
        sentence_of(failed[0]) if failed else "",
    )


PAGES = (Page("/health", shows=_health),)
