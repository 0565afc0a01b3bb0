"""How fast an application is sent to: a token bucket whose rate is learned from its 429 answers.

Until the first 429 nothing is held back. Then the rate is four fifths of what it bore, and a
little more after each hundred requests that it took without complaint.
"""

from __future__ import annotations

from datetime import datetime

from vestibule.provisioning.timepiece import Timepiece

_BACK_OFF = 0.8
_RECOVER = 1.05
_RECOVER_AFTER = 100
#: The rate is reckoned over at least so long, and two 429s closer together are one.
_WINDOW_SECONDS = 1.0
#: What was saved up may be spent at once, as far as it is worth so many seconds.
_BURST_SECONDS = 0.5
SLOWEST = 0.05


class Pace:
    """Of one application in this process. ``per_second`` is what was learned before, 0 where nothing was."""

    def __init__(self, time: Timepiece, per_second: float = 0.0) -> None:
        self._time = time
        self.per_second = per_second
        self.requests = 0
        self._started = time.now()
        self._due = self._started.timestamp()
        self._since = self._started
        self._sent_since = 0
        self._untroubled = 0
        self._slowed: datetime | None = None

    async def turn(self) -> None:
        """Come back when the next request may be sent."""
        self.requests += 1
        self._sent_since += 1
        if not self.per_second:
            return
        now = self._time.now().timestamp()
        self._due = max(self._due, now - _BURST_SECONDS) + 1 / self.per_second
        wait = self._due - now - _BURST_SECONDS
        if wait > 0:
            await self._time.sleep(wait)

    def told(self, status: int) -> None:
        """An answer came."""
        if status == 429:
            self._slow_down()
            return
        self._untroubled += 1
        if self.per_second and self._untroubled >= _RECOVER_AFTER:
            self._untroubled = 0
            self.per_second *= _RECOVER

    def measured(self) -> float:
        """Requests a second since the beginning; 0 where that were guessing."""
        seconds = (self._time.now() - self._started).total_seconds()
        return self.requests / seconds if self.requests >= 20 and seconds > 0 else 0.0

    def _slow_down(self) -> None:
        now = self._time.now()
        if self._slowed is not None and (now - self._slowed).total_seconds() < _WINDOW_SECONDS:
            return  # those that were in flight together
        seconds = max((now - self._since).total_seconds(), _WINDOW_SECONDS)
        borne = self._sent_since / seconds
        rate = min(borne, self.per_second) if self.per_second else borne
        self.per_second = max(rate * _BACK_OFF, SLOWEST)
        self._slowed = self._since = now
        self._sent_since = self._untroubled = 0
