"""Prometheus metrics of one Vestibule; a registry of its own, so that two in one process do not meet.

What is counted on every request is counted in plain dicts, and made into metrics when somebody
looks: the library's own counters take a lock for each of three numbers, 4 µs of a lookup's 60.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from vestibule.web import metrics_declared as declared
from vestibule.web.metrics_declared import Declared
from vestibule.webhooks.tally import LAG_BOUNDS, Tally

_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
#: Names of quirks come from the code; should ever something else get here, it ends here.
_MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class StoreLoad:
    """What a store can say of itself at once."""

    writes: int = 0
    commits: int = 0
    waiting: int = 0
    busy: int = 0


class _Times:
    """A histogram by one label."""

    def __init__(self) -> None:
        self.buckets: dict[str, list[int]] = {}
        self.seconds: dict[str, float] = {}

    def add(self, label: str, seconds: float) -> None:
        buckets = self.buckets.get(label)
        if buckets is None:
            buckets = self.buckets[label] = [0] * (len(_BOUNDS) + 1)
            self.seconds[label] = 0.0
        buckets[bisect_left(_BOUNDS, seconds)] += 1
        self.seconds[label] += seconds


class Metrics:
    """All of ``DECLARED``. Counted on the loop's thread only."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.up = Gauge(declared.READY.name, declared.READY.meaning, registry=self.registry)
        self._requests: dict[tuple[str, int], int] = {}
        self._times = _Times()
        self._rooms: dict[tuple[str, str], int] = {}
        self._room_times = _Times()
        self._tolerances: dict[str, int] = {}
        self._last_event = 0
        self._missed = 0
        #: Whoever delivers webhooks counts here.
        self.webhooks = Tally()
        #: The number of the last event, read when somebody looks.
        self.read_last_event: Callable[[], Awaitable[int]] | None = None
        #: How many events were forgotten before endpoints had them, likewise.
        self.read_missed: Callable[[], Awaitable[int]] | None = None
        self.store_load: Callable[[], StoreLoad] = StoreLoad
        self.registry.register(_Collector(self._collect))
        ProcessCollector(registry=self.registry)

    def observe(self, method: str, status: int, seconds: float) -> None:
        """Count one answer to a SCIM request."""
        if method not in _METHODS:
            method = "other"
        key = (method, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        self._times.add(method, seconds)

    def observe_room(self, room: str, status: int, seconds: float) -> None:
        """Count one answer of a room beyond SCIM; ``room`` is one of those that there are."""
        key = (room, f"{status // 100}xx")
        self._rooms[key] = self._rooms.get(key, 0) + 1
        self._room_times.add(room, seconds)

    def tolerated(self, names: Sequence[str]) -> None:
        """Count what a request needed."""
        for name in names:
            if name in self._tolerances or len(self._tolerances) < _MOST_NAMES:
                self._tolerances[name] = self._tolerances.get(name, 0) + 1

    async def refresh(self) -> None:
        """Read what is not counted here, before ``page``."""
        if self.read_last_event is not None:
            self._last_event = await self.read_last_event()
        if self.read_missed is not None:
            self._missed = await self.read_missed()

    def page(self) -> bytes:
        """The text that a Prometheus server scrapes."""
        return generate_latest(self.registry)

    def _collect(self) -> Iterator[Metric]:
        yield _gauge(declared.INFO, [((version("vestibule"),), 1)])
        yield _counter(
            declared.REQUESTS,
            [((method, str(status)), many) for (method, status), many in self._requests.items()],
        )
        yield _times(declared.SECONDS, self._times)
        yield _counter(declared.ROOM_REQUESTS, list(self._rooms.items()))
        yield _times(declared.ROOM_SECONDS, self._room_times)
        yield _counter(declared.TOLERANCES, [((name,), many) for name, many in self._tolerances.items()])
        yield _counter(declared.EVENTS, [((), self._last_event)])
        load = self.store_load()
        yield _counter(declared.WRITES, [((), load.writes)])
        yield _counter(declared.COMMITS, [((), load.commits)])
        yield _gauge(declared.WAITING, [((), load.waiting)])
        yield _gauge(declared.BUSY, [((), load.busy)])
        tally = self.webhooks
        yield _counter(declared.ATTEMPTS, [((outcome,), many) for outcome, many in tally.attempts.items()])
        lag = HistogramMetricFamily(declared.LAG.name, declared.LAG.meaning)
        lag.add_metric([], _cumulated(LAG_BOUNDS, tally.lags), tally.lag_seconds)
        yield lag
        taking = tally.endpoints - tally.failing
        yield _gauge(declared.ENDPOINTS, [(("taking",), taking), (("failing",), tally.failing)])
        letters = [(("sending",), tally.flying), (("memory",), tally.queued), (("held back",), tally.held)]
        yield _gauge(declared.LETTERS, letters)
        yield _gauge(declared.MISSED, [((), self._missed)])


class _Collector(Collector):
    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Metric]:
        return self._collect()


Values = Sequence[tuple[tuple[str, ...], float]]


def _counter(metric: Declared, values: Values) -> Metric:
    family = CounterMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _gauge(metric: Declared, values: Values) -> Metric:
    family = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _times(metric: Declared, times: _Times) -> Metric:
    family = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for label, buckets in times.buckets.items():
        family.add_metric([label], _cumulated(_BOUNDS, buckets), times.seconds[label])
    return family


def _cumulated(bounds: Sequence[float], buckets: Sequence[int]) -> list[tuple[str, float]]:
    names = [*(str(bound) for bound in bounds), "+Inf"]
    return list(zip(names, accumulate(buckets), strict=True))
