"""How far an endpoint is in the log: what was read, what of it is still under way, what is settled."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum

from vestibule.webhooks.message import Letter


class Course(Enum):
    """Where a letter is."""

    WAITING = "waiting"
    FLYING = "flying"
    SETTLED = "settled"


@dataclass(slots=True)
class Slot:
    """One letter on its way, in its place."""

    letter: Letter
    track: Track
    course: Course = Course.WAITING


class Track:
    """A walk through the log, forward only. ``resend`` is the number of a range, None for the endpoint's own way."""

    __slots__ = ("position", "resend", "until", "window")

    def __init__(self, position: int, until: int | None = None, resend: int | None = None) -> None:
        #: Read up to here.
        self.position = position
        self.until = until
        self.resend = resend
        self.window: deque[Slot] = deque()

    @property
    def cursor(self) -> int:
        """Everything up to here is settled."""
        return self.window[0].letter.event - 1 if self.window else self.position

    @property
    def is_through(self) -> bool:
        """Whether a range has come to its end."""
        return self.until is not None and not self.window and self.position >= self.until

    def take(self, letter: Letter) -> Slot:
        """The next letter, waiting."""
        slot = Slot(letter, self)
        self.window.append(slot)
        self.position = letter.event
        return slot

    def settle(self, slot: Slot) -> None:
        """That one needs nothing more here."""
        slot.course = Course.SETTLED
        while self.window and self.window[0].course is Course.SETTLED:
            self.window.popleft()

    def draw_in(self) -> list[Slot]:
        """Keep nothing waiting: those behind the last one sent will be read again, those before it are handed back."""
        while self.window and self.window[-1].course is Course.WAITING:
            self.position = self.window.pop().letter.event - 1
        left = [slot for slot in self.window if slot.course is Course.WAITING]
        for slot in left:
            self.settle(slot)
        return left
