"""The product's answer: it has applied a person's state, or will not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What the product did with a state."""

    APPLIED = "applied"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One answer. ``confirms`` is the number of the ``access.ended`` event that it settles, None for none."""

    person: str
    at: str
    version: str
    outcome: Outcome
    reason: str
    by: str
    confirms: int | None = None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Access that ended, and the product has not said yet that sessions and keys are gone.

    ``refused`` is the reason of its last refusal, "" for none.
    """

    tenant: int
    person: str
    user_name: str
    #: The event that said so, and when.
    seq: int
    ended_at: str
    refused: str


@dataclass(frozen=True, slots=True)
class Held:
    """A leaver among many whose access is held until that moment."""

    tenant: int
    person: str
    user_name: str
    left_at: str
    until: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer: whether the state it names is still the wanted one, and whether it settles an end."""

    is_current: bool
    confirms_end: bool
