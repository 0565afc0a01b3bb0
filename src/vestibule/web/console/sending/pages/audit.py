"""Administrators → Audit: who did what, the newest first."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.web.console.pages import Page
from vestibule.web.console.sending.visit import DirectoryVisit

_PAGE = 100


async def _audit(visit: DirectoryVisit) -> Response:
    before = visit.query("before", 12)
    last = int(before) if before.isascii() and before.isdigit() else 0
    entries = await visit.store.latest_audit(last, _PAGE)
    more = entries[-1].seq if len(entries) == _PAGE else 0
    return visit.show("audit.html", entries=entries, more=more)


PAGES = (Page("/audit", shows=_audit),)
