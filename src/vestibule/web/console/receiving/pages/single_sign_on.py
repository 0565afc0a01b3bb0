"""Settings → Single sign-on: whether it is set up, and what depends on it."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.tenancy.gate import sign_on_refusal, whom_to_ask
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.tenant_visit import TenantVisit


async def _sign_on(visit: TenantVisit) -> Response:
    return visit.show(
        "single_sign_on.html",
        refusal=sign_on_refusal(visit.tenant.sso_confirmed, visit.profile),
        whom=whom_to_ask(visit.profile),
    )


PAGES = (Page("/settings/sign-on", shows=_sign_on),)
