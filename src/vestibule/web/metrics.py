"""Prometheus metrics of one Vestibule; a registry of its own, so that two in one process do not meet."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)


class Metrics:
    """Requests by method and status, and their time; children are bound once."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "vestibule_scim_requests_total",
            "SCIM requests answered.",
            ["method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "vestibule_scim_request_seconds",
            "Time from the first byte of a SCIM request to its answer.",
            ["method"],
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self.up = Gauge("vestibule_ready", "1 while requests are answered.", registry=self.registry)
        self._bound: dict[tuple[str, int], tuple[Any, Any]] = {}

    def observe(self, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        bound = self._bound.get((method, status))
        if bound is None:
            shown = method if method in ("GET", "POST", "PUT", "PATCH", "DELETE") else "other"
            bound = (self._requests.labels(shown, str(status)), self._seconds.labels(shown))
            if len(self._bound) < 500:
                self._bound[(method, status)] = bound
        bound[0].inc()
        bound[1].observe(seconds)

    def page(self) -> bytes:
        """The text that a Prometheus server scrapes."""
        return generate_latest(self.registry)
