"""How webhook endpoints and streams stand, in words: of one, and of several together."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.security_events.desk import OFF
from vestibule.web.console.languages import message
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


def state_of_all(endpoints: Sequence[Endpoint]) -> tuple[str, str]:
    """The word for endpoints or streams taken together, and its colour: the worst counts."""
    states = {one.shown_state for one in endpoints}
    return STATES[min(states, key=_WORST.index)] if states else (message("none set up"), "")
