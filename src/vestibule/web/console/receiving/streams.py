"""Security event streams as the console shows them: their card, and what events mean."""

from __future__ import annotations

from vestibule.directory.telling import EVENT_MEANINGS
from vestibule.security_events.event_types import TOLD_AS
from vestibule.web.console.receiving.cards import Card
from vestibule.web.console.receiving.endpoint_states import state_of_all
from vestibule.web.console.receiving.tenant_visit import TenantVisit


def event_meanings() -> dict[str, str]:
    """Each type of event that streams tell, and what it means, as the message files have it."""
    return {type: EVENT_MEANINGS[type] for type in TOLD_AS}


async def streams_card(visit: TenantVisit) -> Card | None:
    """Security event streams, where the operator has switched the preview on."""
    desk = visit.premises.stream_desk(visit.actor)
    if not desk.offered:
        return None
    state, kind = state_of_all(await desk.streams(visit.tenant.id))
    return Card(
        title=visit.say("Security event streams"),
        text=visit.say(
            "A preview. Changes of people and groups as signed security event tokens (RFC 9967), pushed to others or "
            "fetched by them."
        ),
        state=visit.say(state),
        kind=kind,
        path="/settings/integrations/streams",
    )
