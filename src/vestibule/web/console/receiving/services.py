"""Slack and Google Workspace as the console shows them: their card, and the words for each state of an account."""

from __future__ import annotations

from vestibule.linking.linked_account import LinkState
from vestibule.linking.service_connection import ConnectionState
from vestibule.web.console.languages import message
from vestibule.web.console.receiving.cards import Card
from vestibule.web.console.receiving.tenant_visit import TenantVisit

LABELS = {"slack": "Slack", "google": "Google Workspace"}

#: The word, and the colour that goes with it.
STATES: dict[str, tuple[str, str]] = {
    LinkState.PENDING: (message("not looked up yet"), ""),
    LinkState.LINKED: (message("linked"), "good"),
    LinkState.NOT_FOUND: (message("not found"), "warn"),
    LinkState.DEACTIVATED: (message("deactivated there"), "warn"),
    LinkState.CONFLICT: (message("conflict"), "bad"),
    LinkState.INVALID: (message("not usable as sent"), "bad"),
    LinkState.STALE: (message("not sure any more"), "warn"),
    LinkState.NOT_CONNECTED: (message("not connected"), ""),
}
_CONNECTIONS = {
    ConnectionState.CONNECTED: (message("connected"), "good"),
    ConnectionState.RECONNECT_NEEDED: (message("has to be connected again"), "bad"),
    ConnectionState.PAUSED: (message("paused"), "warn"),
    ConnectionState.DISCONNECTED: (message("not connected"), ""),
}


async def slack_card(visit: TenantVisit) -> Card | None:
    """Slack, where the product names accounts there."""
    return await _card(visit, "slack")


async def google_card(visit: TenantVisit) -> Card | None:
    """Google Workspace likewise."""
    return await _card(visit, "google")


async def _card(visit: TenantVisit, service: str) -> Card | None:
    if service not in visit.profile.services:
        return None
    found = await visit.premises.linking.connection(visit.tenant.id, service)
    state, kind = _CONNECTIONS[found.state if found else ConnectionState.DISCONNECTED]
    text = visit.say(
        "Each person's {service} account, as the identity provider named it, is matched with the real one.",
        service=LABELS[service],
    )
    is_open = found is not None and found.state is not ConnectionState.DISCONNECTED
    if found is not None and is_open:
        text = f"{text} {found.workspace.name}"
    return Card(
        title=LABELS[service],
        text=text,
        state=visit.say(state),
        kind=kind,
        path=f"/settings/integrations/services/{service}",
        action=message("Settings") if is_open else message("Connect"),
    )
