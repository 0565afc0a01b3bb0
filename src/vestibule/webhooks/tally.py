"""What couriers count, for whoever looks at the metrics: plain numbers, changed on the loop alone."""

from __future__ import annotations

from bisect import bisect_left

#: Upper bounds, in seconds, of the time from an event to its delivery.
LAG_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)


class Tally:
    """Of one process."""

    def __init__(self) -> None:
        #: "delivered", "failed", "gone", "given_up".
        self.attempts: dict[str, int] = {}
        self.lags = [0] * (len(LAG_BOUNDS) + 1)
        self.lag_seconds = 0.0
        #: Of the endpoints that this process serves.
        self.endpoints = 0
        self.failing = 0
        self.flying = 0
        #: Letters in memory, and letters held back.
        self.queued = 0
        self.held = 0

    def count(self, outcome: str) -> None:
        """One attempt ended so."""
        self.attempts[outcome] = self.attempts.get(outcome, 0) + 1

    def lagged(self, seconds: float) -> None:
        """A letter was delivered so long after its event, at the first attempt."""
        self.lags[bisect_left(LAG_BOUNDS, seconds)] += 1
        self.lag_seconds += max(0.0, seconds)

    def counts(self) -> Tally:
        """What was counted, without what is so at this moment alone."""
        counted = Tally()
        counted.attempts, counted.lags = dict(self.attempts), list(self.lags)
        counted.lag_seconds = self.lag_seconds
        return counted

    def become(self, *parts: Tally) -> None:
        """All of these together."""
        attempts: dict[str, int] = {}
        for part in parts:
            for outcome, many in part.attempts.items():
                attempts[outcome] = attempts.get(outcome, 0) + many
        lags = [sum(column) for column in zip(*(part.lags for part in parts), strict=True)]
        seconds = sum(part.lag_seconds for part in parts)
        self.attempts, self.lags, self.lag_seconds = attempts, lags, seconds
        for name in ("endpoints", "failing", "flying", "queued", "held"):
            setattr(self, name, sum(getattr(part, name) for part in parts))
