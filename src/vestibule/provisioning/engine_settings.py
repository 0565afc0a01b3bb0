"""How the engine sends to an application, and what it has learnt of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from vestibule.provisioning.threshold import Limits, check_limits
from vestibule.refused import Refused

#: Requests in flight towards one application.
CONCURRENCY = 8
MOST_CONCURRENCY = 64


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Of one application. ``schedule`` names the retry schedule (``retry.SCHEDULES``)."""

    concurrency: int = CONCURRENCY
    schedule: str = "vestibule"
    limits: Limits = field(default_factory=Limits)
    #: Whether only an approved plan is applied.
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class EngineState:
    """Of one application: requests a second, learned from its 429 answers and measured in the last run
    (0 where unknown), and how its quarantine goes on ("" where it has none)."""

    learned: float = 0.0
    measured: float = 0.0
    quarantined_since: str = ""
    quarantine_tries: int = 0
    next_try: str = ""


def check_settings(settings: EngineSettings, schedules: tuple[str, ...]) -> EngineSettings:
    """The settings; raises Refused naming what is wrong and what is allowed."""
    if not 1 <= settings.concurrency <= MOST_CONCURRENCY:
        raise Refused(
            f"Concurrency {settings.concurrency} is not possible: 1 to {MOST_CONCURRENCY} requests are in flight."
        )
    if settings.schedule not in schedules:
        raise Refused(f"Retry schedule {settings.schedule!r} is not known. Allowed: {', '.join(schedules)}.")
    check_limits(settings.limits)
    return settings
