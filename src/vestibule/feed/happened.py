"""What a handler is handed: one event, and the person it concerns as the product should hold them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vestibule.feed.acknowledgement import Outcome
from vestibule.feed.wanted_state import WantedState


@dataclass(slots=True)
class Happened:
    """One event. ``tenant`` is the slug, ``at`` UTC text; ``payload`` is None where there is none, or once forgotten.

    ``person`` is whom it is about, or who joined or left a team; None for all else. Their state is
    as of now: perhaps newer than the event, never older.
    """

    seq: int
    tenant: str
    at: str
    type: str
    subject_type: str
    subject_id: str
    request: str | None
    data: Mapping[str, Any]
    payload: Mapping[str, Any] | None
    person: WantedState | None = None
    answer: tuple[Outcome, str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, document: Mapping[str, Any], person: WantedState | None = None) -> Happened:
        """From the event as it goes out."""
        return cls(
            document["seq"],
            document["tenant"],
            document["at"],
            document["type"],
            document["subjectType"],
            document["subjectId"],
            document["request"],
            document["data"],
            document["payload"],
            person,
        )

    def applied(self) -> None:
        """Say that ``person`` was applied, once the handler returns: access that ended counts as confirmed then."""
        self.answer = (Outcome.APPLIED, "")

    def refused(self, reason: str) -> None:
        """Say that ``person`` cannot be applied, and why; it is shown on the person's timeline."""
        self.answer = (Outcome.REFUSED, reason)
