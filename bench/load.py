"""The load client: some microseconds of processor time a request, because the server shares the machine.

One thread, plain non-blocking sockets, ready-made bytes. A lane sends the next call of its
script as soon as the answer to the last one is complete, or, with a pace, when the next one
is due.
"""

from __future__ import annotations

import gc
import select
import time
from collections.abc import Iterator, Sequence

from bench.call import Call
from bench.lane import KEPT, PATIENCE, Lane, Script
from bench.process import cpu_seconds
from bench.tally import Tally

_now = time.perf_counter
#: Where there is epoll it costs less; it counts in seconds, poll in milliseconds.
_HAS_EPOLL = hasattr(select, "epoll")


def drive(
    port: int,
    scripts: Sequence[Script | Iterator[Call]],
    *,
    seconds: float = 60.0,
    most: int | None = None,
    pid: int | None = None,
) -> Tally:
    """Play every script on a connection of its own until it ends, or ``seconds`` or ``most`` calls are over.

    ``pid`` is the server's, for its processor time. Raises ConnectionLost.
    """
    lanes = [Lane(port, script if isinstance(script, Script) else Script(script)) for script in scripts]
    collecting = gc.isenabled()
    gc.disable()
    cpu_before = cpu_seconds(pid) if pid else None
    try:
        tally = _Burst(lanes, seconds, most).run()
    finally:
        if collecting:
            gc.enable()
        for lane in lanes:
            lane.sock.close()
    cpu_after = cpu_seconds(pid) if pid else None
    if cpu_before is not None and cpu_after is not None:
        tally.server_cpu = cpu_after - cpu_before
    return tally


class _Burst:
    """The lanes of one burst, what is still to be sent, and what came back."""

    def __init__(self, lanes: Sequence[Lane], seconds: float, most: int | None) -> None:
        self.tally = Tally()
        self._lanes = {lane.sock.fileno(): lane for lane in lanes}
        self._poller = select.epoll() if _HAS_EPOLL else select.poll()
        self._left = most if most is not None else 1 << 60
        self._busy = 0
        self._idle: list[Lane] = []
        self._started = _now()
        self._ends = self._started + seconds

    def run(self) -> Tally:
        """Send and take until nothing is left to send, and every answer is in."""
        for number, (descriptor, lane) in enumerate(self._lanes.items()):
            self._poller.register(descriptor, select.POLLIN)
            if lane.pace is None:
                self._send(lane, _now())
            else:
                lane.due = self._started + lane.pace * number / len(self._lanes)
                self._idle.append(lane)
        patience = _now() + PATIENCE
        while self._busy or self._idle:
            timeout = self._send_due() if self._idle else 1.0
            ready = self._poller.poll(timeout if _HAS_EPOLL else timeout * 1000)
            if ready:
                patience = _now() + PATIENCE
            elif _now() > patience:
                raise TimeoutError(f"no answer within {PATIENCE:.0f} seconds")
            for descriptor, _ in ready:
                lane = self._lanes[descriptor]
                if lane.take():
                    self._answered(lane)
        self.tally.seconds = _now() - self._started
        return self.tally

    def _send_due(self) -> float:
        """Send the paced calls whose time has come; the seconds until the next one."""
        now = _now()
        if now > self._ends or self._left <= 0:
            self._idle.clear()
            return 1.0 if self._busy else 0.0
        for lane in [lane for lane in self._idle if lane.due <= now]:
            self._idle.remove(lane)
            lane.due += lane.pace or 0.0
            self._send(lane, now)
        if not self._idle:
            return 1.0 if self._busy else 0.0
        return max(0.0, min(lane.due for lane in self._idle) - _now())

    def _send(self, lane: Lane, now: float) -> None:
        if self._left > 0 and now <= self._ends and lane.send_next(now):
            self._left -= 1
            self._busy += 1

    def _answered(self, lane: Lane) -> None:
        now = _now()
        self._note(lane, now)
        self._busy -= 1
        if lane.closes:
            self._renew(lane)
        if lane.pace is None:
            self._send(lane, now)
        elif lane.due > now:
            self._idle.append(lane)
        else:
            # The last answer came after the next call was due: that wait counts, or a stall would hide itself.
            due, lane.due = lane.due, lane.due + lane.pace
            self._send(lane, now)
            lane.sent_at = due

    def _note(self, lane: Lane, now: float) -> None:
        call = lane.call
        assert call is not None
        status, body, size = lane.answer
        tally = self.tally
        times = tally.times.get(call.kind)
        if times is None:
            times = tally.times[call.kind] = []
        times.append(now - lane.sent_at)
        if (
            status != call.status
            or size < call.least
            or (call.holds and size <= KEPT and call.holds not in body)
        ):
            tally.wrong += 1
            tally.first_wrong = tally.first_wrong or f"{call.kind}: {status} {body[:300]!r}"
        elif call.heard is not None:
            call.heard(body)

    def _renew(self, lane: Lane) -> None:
        self._poller.unregister(lane.sock.fileno())
        del self._lanes[lane.sock.fileno()]
        lane.reconnect()
        self._lanes[lane.sock.fileno()] = lane
        self._poller.register(lane.sock.fileno(), select.POLLIN)
