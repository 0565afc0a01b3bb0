"""Security event streams as the console shows them: their card, the words for each state, and what events mean."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.events import EVENTS
from vestibule.security_events.desk import OFF
from vestibule.security_events.event_types import TOLD_AS
from vestibule.web.console.languages import message
from vestibule.web.console.receiving.cards import Card
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.webhooks.endpoint import Endpoint

#: The word, and the colour that goes with it.
STATES: dict[str, tuple[str, str]] = {
    "on": (message("on"), "good"),
    "failing": (message("failing"), "bad"),
    "paused": (message("paused"), "warn"),
    "disabled": (message("disabled"), "bad"),
    OFF: (message("switched off"), "warn"),
}
#: How bad it is, the worst first: a card shows the worst.
_WORST = ("disabled", "failing", "paused", "on")


def event_meanings() -> dict[str, str]:
    """Each type of event that streams tell, and what it means, as the message files have it."""
    meanings = {event.type: (event.__doc__ or "").splitlines()[0] for event in EVENTS}
    return {type: meanings[type] for type in TOLD_AS}


def state_of_all(endpoints: Sequence[Endpoint]) -> tuple[str, str]:
    """The word for endpoints or streams taken together, and its colour: the worst counts."""
    states = {one.shown_state for one in endpoints}
    return STATES[min(states, key=_WORST.index)] if states else (message("none set up"), "")


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
