"""Prometheus metrics of one Vestibule; a registry of its own, so that two in one process do not meet."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class Metrics:
    """Requests by method and status, and their time."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.up = Gauge("vestibule_ready", "1 while requests are answered.", registry=self.registry)
        self._answers = _Answers()
        self.registry.register(self._answers)

    def observe(self, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._answers.add(method if method in _METHODS else "other", status, seconds)

    def page(self) -> bytes:
        """The text that a Prometheus server scrapes."""
        return generate_latest(self.registry)


class _Answers(Collector):
    """Counts in plain dicts, made into metrics when somebody looks: the library's own counters
    take a lock for each of three numbers, 4 µs of a lookup's 60."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def add(self, method: str, status: int, seconds: float) -> None:
        """Count one answer; on the loop's thread only."""
        key = (method, status)
        self._counts[key] = self._counts.get(key, 0) + 1
        buckets = self._buckets.get(method)
        if buckets is None:
            buckets = self._buckets[method] = [0] * (len(_BOUNDS) + 1)
            self._seconds[method] = 0.0
        buckets[bisect_left(_BOUNDS, seconds)] += 1
        self._seconds[method] += seconds

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        requests = CounterMetricFamily(
            "vestibule_scim_requests", "SCIM requests answered.", labels=["method", "status"]
        )
        for (method, status), count in self._counts.items():
            requests.add_metric([method, str(status)], count)
        yield requests
        times = HistogramMetricFamily(
            "vestibule_scim_request_seconds",
            "Time from the first byte of a SCIM request to its answer.",
            labels=["method"],
        )
        bounds = [*(str(bound) for bound in _BOUNDS), "+Inf"]
        for method, buckets in self._buckets.items():
            cumulated = zip(bounds, accumulate(buckets), strict=True)
            times.add_metric([method], list(cumulated), self._seconds[method])
        yield times
