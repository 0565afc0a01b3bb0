"""Settings → Audit: who did what, newest first."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_PAGE = 100


async def _audit(visit: TenantVisit) -> Response:
    asked = visit.query("before", 20)
    before = int(asked) if asked.isascii() and asked.isdigit() else None
    entries = await visit.premises.overview.audit(visit.tenant.id, before=before, limit=_PAGE + 1)
    return visit.show(
        "audit.html", entries=entries[:_PAGE], more=entries[_PAGE - 1].seq if len(entries) > _PAGE else None
    )


PAGES = (Page("/settings/audit", shows=_audit),)
