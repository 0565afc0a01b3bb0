"""Settings → Integrations: what there is to connect, each with how it stands."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.cards import CARDS
from vestibule.web.console.receiving.services import google_card, slack_card
from vestibule.web.console.receiving.streams import streams_card
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.web.console.receiving.webhooks import webhooks_card


async def _settings(visit: TenantVisit) -> Response:
    return visit.go(visit.below("/settings/integrations"))


async def _integrations(visit: TenantVisit) -> Response:
    makers = (*CARDS, webhooks_card, slack_card, google_card, streams_card)
    cards = [card for make in makers if (card := await make(visit)) is not None]
    return visit.show(
        "integrations.html", cards=cards, streams_offered=visit.premises.settings.security_events
    )


PAGES = (Page("/settings", shows=_settings), Page("/settings/integrations", shows=_integrations))
