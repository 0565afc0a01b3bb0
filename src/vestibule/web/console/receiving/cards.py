"""The cards of Settings → Integrations: each says what it is and how it stands. Another integration is another function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vestibule.tenancy.gate import why_closed
from vestibule.tenancy.tenant import Provisioning
from vestibule.web.console.languages import message
from vestibule.web.console.receiving.tenant_visit import TenantVisit


@dataclass(frozen=True, slots=True)
class Card:
    """One integration. ``kind`` colours the state: good, warn, bad or ""."""

    title: str
    text: str
    state: str
    kind: str
    path: str
    action: str = message("Settings")


async def scim_card(visit: TenantVisit) -> Card:
    """SCIM user provisioning."""
    state, kind = _scim_state(visit)
    return Card(
        title=visit.say("SCIM user provisioning"),
        text=visit.say(
            "People, roles and teams follow your identity provider by themselves: Okta, Entra ID, OneLogin, JumpCloud "
            "and every other that speaks SCIM 2.0."
        ),
        state=visit.say(state),
        kind=kind,
        path="/settings/integrations/scim",
    )


def _scim_state(visit: TenantVisit) -> tuple[str, str]:
    tenant = visit.tenant
    if tenant.provisioning is Provisioning.ON and why_closed(tenant, visit.profile):
        return message("stopped"), "bad"
    return {
        Provisioning.ON: (message("on"), "good"),
        Provisioning.DRAFT: (message("not switched on yet"), "warn"),
        Provisioning.PAUSED: (message("paused"), "warn"),
    }[tenant.provisioning]


#: In the order in which they are shown; None leaves one out.
CARDS: tuple[Callable[[TenantVisit], Awaitable[Card | None]], ...] = (scim_card,)
