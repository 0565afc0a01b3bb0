"""Whether and when to try again: a value computed from the outcome, the attempts made and the time gone.

Three schedules, chosen for each application:

- ``vestibule``: 429 as Okta; network faults and 5xx a few short times; a refusal never.
- ``okta``: 429 by Okta's rules (W99): Retry-After in whole seconds is obeyed, anything else means
  five minutes, every further 429 doubles the wait, ten attempts in all. Whatever else fails waits
  for a person at once (W100).
- ``entra``: whatever fails is tried in later cycles, with growing gaps, for 28 days; an
  application in quarantine after 6, 12 and 24 hours, then daily, for 28 days (W117, W118).

What is given up becomes a *task* for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from vestibule.provisioning.connector import Busy, Failing, Failure, Skipped, Unreachable

NO_HINT_SECONDS = 300
MOST_ATTEMPTS = 10
#: Network faults and 5xx, where Okta leaves the administrator alone with it: a few short tries.
FAILING_WAITS = (1, 5, 30, 120)
#: However often a wait was doubled.
LONGEST_WAIT = 6 * 3600
_HOUR = 3600
_DAY = 24 * _HOUR
#: Entra's incremental cycle (W117).
ENTRA_CYCLE = 40 * 60
ENTRA_GIVES_UP = timedelta(days=28)
QUARANTINE_WAITS = (6 * _HOUR, 12 * _HOUR, _DAY)
#: Entra's quarantine by failures: most of so many, or so many in all (W118).
ENTRA_MANY_FAILURES = 5_000
ENTRA_SHARE = 0.40
ENTRA_TOO_MANY = 40_000


@dataclass(frozen=True, slots=True)
class TryAgain:
    """After so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """A task for a person, with the reason."""

    reason: str


Step = TryAgain | GiveUp
_Rule = Callable[[Failure, int, timedelta], Step]


def next_step(
    failure: Failure, attempts: int, schedule: str = "vestibule", failing_for: timedelta = timedelta()
) -> Step:
    """What follows a failure: ``attempts`` were made, this one included, the first ``failing_for`` ago."""
    if isinstance(failure, Skipped):
        return GiveUp(str(failure))
    return SCHEDULES[schedule](failure, attempts, failing_for)


def next_quarantine_try(tries: int, schedule: str, lasting: timedelta) -> int | None:
    """In how many seconds an application in quarantine is tried again by itself; None: not before somebody acts."""
    if schedule != "entra" or lasting >= ENTRA_GIVES_UP:
        return None
    return QUARANTINE_WAITS[min(tries, len(QUARANTINE_WAITS) - 1)]


def too_many_failed(schedule: str, failed: int, done: int) -> bool:
    """Whether so many failures in one cycle put the application in quarantine."""
    if schedule != "entra":
        return False
    share = failed / max(1, failed + done)
    return failed >= ENTRA_TOO_MANY or (failed >= ENTRA_MANY_FAILURES and share > ENTRA_SHARE)


def retry_after(header: str | None) -> int | None:
    """The seconds of a Retry-After header, or None: Okta reads whole seconds only (W99)."""
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _own(failure: Failure, attempts: int, failing_for: timedelta) -> Step:
    if isinstance(failure, Failing | Unreachable):
        if attempts > len(FAILING_WAITS):
            return _given_up(failure, attempts)
        hint = failure.retry_after if isinstance(failure, Failing) else None
        return TryAgain(FAILING_WAITS[attempts - 1] if hint is None else min(hint, LONGEST_WAIT))
    return _okta(failure, attempts, failing_for)


def _okta(failure: Failure, attempts: int, _: timedelta) -> Step:
    if not isinstance(failure, Busy):
        return GiveUp(str(failure))
    if attempts >= MOST_ATTEMPTS:
        return _given_up(failure, attempts)
    wait = NO_HINT_SECONDS if failure.retry_after is None else failure.retry_after
    return TryAgain(min(wait * 2 ** (attempts - 1), max(LONGEST_WAIT, wait)))


def _entra(failure: Failure, attempts: int, failing_for: timedelta) -> Step:
    if failing_for >= ENTRA_GIVES_UP:
        return _given_up(failure, attempts)
    if isinstance(failure, Busy) and failure.retry_after is not None:
        return TryAgain(failure.retry_after)
    return TryAgain(min(ENTRA_CYCLE * 2 ** min(attempts - 1, 10), _DAY))


def _given_up(failure: Failure, attempts: int) -> GiveUp:
    return GiveUp(f"{failure} ({attempts} attempts were made.)")


SCHEDULES: Mapping[str, _Rule] = {"vestibule": _own, "okta": _okta, "entra": _entra}
