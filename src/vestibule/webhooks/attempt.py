"""What was tried and what came of it: kept, so that it can be shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Why a dead letter is one that could not even be tried.
FORGOTTEN = "The event was forgotten (VESTIBULE_EVENT_DAYS) before it was delivered."


class HeldState(StrEnum):
    """What becomes of an event that is held back."""

    WAITING = "waiting"
    #: A dead letter: given up, and listed until somebody resends or forgets it.
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Held:
    """An event that one endpoint did not take yet, while the endpoint's cursor went on."""

    event: int
    #: Whose event it is.
    tenant: int
    subject: str
    state: HeldState
    attempts: int
    #: Not before; UTC text.
    due: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that failed, a test, or one that was resent; with what came back."""

    event: int
    type: str
    at: str
    number: int
    status: int | None
    milliseconds: int
    #: Why there is no status, in words.
    fault: str
    #: The beginning of the answer, redacted.
    answer: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """One attempt that succeeded: what is kept of it."""

    event: int
    type: str
    at: str
    status: int
    milliseconds: int
    number: int = 1


@dataclass(frozen=True, slots=True)
class Resend:
    """A range of events that an endpoint gets once more: those after ``after`` up to ``until``."""

    id: int
    after: int
    until: int
