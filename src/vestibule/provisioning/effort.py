"""How many requests an operation is, by the sequences of table 5.1, and how long a plan takes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from vestibule.provisioning.application import Application, Mode
from vestibule.provisioning.job import Kind

#: What a target is taken to bear until it was met: Entra asks 25 requests a second of every tenant (W119).
ASSUMED_PER_SECOND = 25.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second, and where that is known from."""

    per_second: float
    known_from: str


def rate_of(learned: float, measured: float) -> Rate:
    """The rate learned from 429s, else the one of the last run, else an assumption; 0 is not known."""
    if learned:
        return Rate(learned, "learned from its 429 answers")
    if measured:
        return Rate(measured, "as in the last run")
    return Rate(ASSUMED_PER_SECOND, "assumed, as nothing was sent yet")


def requests_for_user(application: Application, kind: Kind) -> int:
    """Of one person's operation, where nothing unexpected is met."""
    wizard = application.mode is Mode.PUT
    return {
        Kind.CREATE: 2,
        Kind.LINK: 3,
        Kind.UPDATE: 2,
        Kind.REACTIVATE: 3 if wizard else 4,
        Kind.DEACTIVATE: 2 if wizard else 1,
        Kind.DELETE: 1,
    }.get(kind, 0)


def requests_for_group(application: Application, kind: Kind, members: int, *, renamed: bool = False) -> int:
    """Of one group's operation: the look-up and the POST, the name, the members batch by batch."""
    wizard = application.mode is Mode.PUT
    batches = ceil(members / application.member_batch) * (2 if wizard else 1)
    match kind:
        case Kind.PUSH_GROUP:
            return 2 + batches
        case Kind.CHANGE_GROUP:
            says_name = renamed or (application.as_okta and not wizard)
            return batches + (0 if not says_name else 2 if wizard else 1)
        case Kind.DELETE_GROUP:
            return 1
    return 0


def in_words(seconds: float) -> str:
    """``12 s``, ``4 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{ceil(seconds)} s"
    minutes = ceil(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
