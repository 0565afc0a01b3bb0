"""Whether and when to try again: a value computed from the outcome and the attempts made.

Okta's rules for 429 (W99): Retry-After in whole seconds is obeyed; anything else means five
minutes; every further 429 doubles the wait; ten attempts in all. A refusal is final until an
administrator retries (W100).
"""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.provisioning.connector import Busy, Failing, Failure, Unreachable

NO_HINT_SECONDS = 300
MOST_ATTEMPTS = 10
#: Network faults and 5xx, where Okta leaves the administrator alone with it: a few short tries.
FAILING_WAITS = (1, 5, 30, 120)
#: However often a wait was doubled.
LONGEST_WAIT = 6 * 3600


@dataclass(frozen=True, slots=True)
class TryAgain:
    """After so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Quarantine, with the reason."""

    reason: str


def next_step(failure: Failure, attempts: int) -> TryAgain | GiveUp:
    """What follows a failure, ``attempts`` being the attempts made, this one included."""
    if isinstance(failure, Busy):
        if attempts >= MOST_ATTEMPTS:
            return GiveUp(f"{failure} ({attempts} attempts were made.)")
        wait = NO_HINT_SECONDS if failure.retry_after is None else failure.retry_after
        return TryAgain(min(wait * 2 ** (attempts - 1), max(LONGEST_WAIT, wait)))
    if isinstance(failure, Failing | Unreachable):
        if attempts > len(FAILING_WAITS):
            return GiveUp(f"{failure} ({attempts} attempts were made.)")
        hint = failure.retry_after if isinstance(failure, Failing) else None
        return TryAgain(FAILING_WAITS[attempts - 1] if hint is None else min(hint, LONGEST_WAIT))
    return GiveUp(str(failure))


def retry_after(header: str | None) -> int | None:
    """The seconds of a Retry-After header, or None: Okta reads whole seconds only (W99)."""
    text = (header or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
