"""How many sign-ins a tenant may bring in a second: each leaves a row for ten minutes, and a signature costs time."""

from __future__ import annotations

from collections.abc import Callable

#: Each process counts for itself; so many may come at once.
PER_SECOND = 50.0
AT_ONCE = 200.0
#: Tenants remembered; whoever was forgotten begins anew.
_MOST = 10_000


class Pace:
    """A bucket for each tenant, filled by the second."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._left: dict[int, tuple[float, float]] = {}

    def admits(self, tenant: int) -> bool:
        """Whether one more may come now; it is counted then."""
        now = self._seconds()
        left, at = self._left.pop(tenant, (AT_ONCE, now))
        left = min(AT_ONCE, left + (now - at) * PER_SECOND)
        admitted = left >= 1
        self._left[tenant] = (left - 1 if admitted else left, now)
        if len(self._left) > _MOST:
            del self._left[next(iter(self._left))]
        return admitted
