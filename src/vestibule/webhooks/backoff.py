"""When to try again, and when to give up. Pure: moments are seconds, randomness an argument.

The delays between the attempts for one event are the standard's example. Those towards an
endpoint that takes nothing at all are shorter: it is asked for by one event, not by all that wait.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime

#: A number from 0 up to 1.
Random = Callable[[], float]

#: Seconds from the n-th failed attempt for an event to the next.
DELAYS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
#: After so many an event is given up, where the endpoint takes others.
MOST_ATTEMPTS = len(DELAYS) + 1
#: After so many failures on end the circuit breaker opens.
OPENS_AT = 5
#: Seconds between attempts towards an endpoint whose breaker is open.
PROBES = (5, 30, 60, 300, 900, 1800, 3600)
#: An endpoint that took nothing for so long is disabled: five days.
DISABLED_AFTER = 5 * 86_400
#: And is told of as failing after so long.
TOLD_AFTER = 300
_THROTTLED = 5
_LONGEST_RETRY_AFTER = 86_400
_JITTER = 0.2


def delay_after(attempts: int, random: Random) -> float:
    """Seconds from the ``attempts``-th failed attempt for an event to the next."""
    return _with_jitter(DELAYS[min(attempts, len(DELAYS)) - 1], random)


def probe_after(failures: int, random: Random) -> float:
    """Seconds until an endpoint is asked again after so many failures on end; 0 below the breaker's limit."""
    if failures < OPENS_AT:
        return 0.0
    return _with_jitter(PROBES[min(failures - OPENS_AT, len(PROBES) - 1)], random)


def wait_asked_for(status: int | None, retry_after: str, now: float) -> float:
    """Seconds that the answer asks us to wait: Retry-After, else a few where it says that it is too much."""
    asked = _seconds_of(retry_after, now)
    if asked is None:
        asked = _THROTTLED if status in (429, 502, 503, 504) else 0
    return float(min(max(asked, 0), _LONGEST_RETRY_AFTER))


def _seconds_of(text: str, now: float) -> float | None:
    """Whole seconds or an HTTP date (RFC 9110 §10.2.3); None for anything else."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now


def _with_jitter(seconds: float, random: Random) -> float:
    """Up to a fifth more: many that failed together do not come back together."""
    return seconds * (1 + _JITTER * random())
