"""What one endpoint did not take yet: held back, in order for each resource, until its time comes. Pure."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter

from vestibule.clock import as_seconds, as_text
from vestibule.webhooks.attempt import Held, HeldState
from vestibule.webhooks.message import Letter

NEVER = float("inf")


@dataclass(slots=True)
class Due:
    """A letter held back, in memory; ``at`` in seconds."""

    event: int
    tenant: int
    subject: str
    attempts: int
    at: float

    @classmethod
    def of(cls, letter: Letter, attempts: int = 0, at: float = 0.0) -> Due:
        """For a letter that was in its place in the log."""
        return cls(letter.event, letter.tenant, letter.subject, attempts, at)


class HeldBack:
    """The letters by resource, the oldest of each first: the others wait for it. ``busy`` are resources under way."""

    def __init__(self, rows: Sequence[Held], busy: Collection[str]) -> None:
        self._busy = busy
        self._by_subject: dict[str, list[Due]] = {}
        self._events: set[int] = set()
        #: Rows that are to be written; None: is to go.
        self.rows: dict[int, Held | None] = {}
        #: When the first of them may go.
        self.soonest = NEVER
        self.take(rows)

    def __len__(self) -> int:
        return len(self._events)

    def __contains__(self, event: int) -> bool:
        return event in self._events

    def concerns(self, subject: str) -> bool:
        """Whether a letter about that resource is held back."""
        return subject in self._by_subject

    def take(self, rows: Sequence[Held]) -> None:
        """What a store kept."""
        for row in rows:
            if row.state is HeldState.WAITING:
                self._add(Due(row.event, row.tenant, row.subject, row.attempts, as_seconds(row.due)))
        self.reckon()

    def hold(self, due: Due) -> None:
        """One more."""
        if due.event not in self._events:
            self._add(due)
            self.note(due)
            self.reckon()

    def next(self, now: float) -> Due | None:
        """The one that has been due for longest."""
        if now < self.soonest:
            return None
        ripe = [
            dues[0]
            for subject, dues in self._by_subject.items()
            if subject not in self._busy and dues[0].at <= now
        ]
        return min(ripe, key=attrgetter("at", "event"), default=None)

    def free(self, due: Due) -> None:
        """It was taken."""
        self._remove(due)
        self.rows[due.event] = None

    def give_up(self, due: Due) -> None:
        """A dead letter."""
        self._remove(due)
        self.note(due, HeldState.DEAD)

    def note(self, due: Due, state: HeldState = HeldState.WAITING) -> None:
        """Have its row written."""
        at = as_text(due.at) if due.at else ""
        self.rows[due.event] = Held(due.event, due.tenant, due.subject, state, due.attempts, at)

    def all_now(self) -> None:
        """Whatever failed with everything else may go again."""
        for dues in self._by_subject.values():
            dues[0].at = 0.0
        self.reckon()

    def reckon(self) -> None:
        """Anew, after a resource became busy or free."""
        self.soonest = min(
            (dues[0].at for subject, dues in self._by_subject.items() if subject not in self._busy),
            default=NEVER,
        )

    def _add(self, due: Due) -> None:
        insort(self._by_subject.setdefault(due.subject, []), due, key=attrgetter("event"))
        self._events.add(due.event)

    def _remove(self, due: Due) -> None:
        dues = self._by_subject[due.subject]
        dues.remove(due)
        if not dues:
            del self._by_subject[due.subject]
        self._events.discard(due.event)
