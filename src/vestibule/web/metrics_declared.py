"""Every metric, declared once: the page that Prometheus reads, its reference and the dashboard's test ask this table.

No label holds what is personal or a tenant's, and each takes values of a small, closed set.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Declared:
    """One metric. Counters are read with ``_total`` behind their name, histograms with ``_bucket``, ``_sum``, ``_count``."""

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()


READY = Declared("vestibule_ready", "gauge", "1 while requests are answered.")
INFO = Declared("vestibule_build", "gauge", "1; the label says which version runs.", ("version",))
REQUESTS = Declared("vestibule_scim_requests", "counter", "SCIM requests answered.", ("method", "status"))
SECONDS = Declared(
    "vestibule_scim_request_seconds",
    "histogram",
    "Time from the first byte of a SCIM request to its answer.",
    ("method",),
)
ROOM_REQUESTS = Declared(
    "vestibule_room_requests",
    "counter",
    "Requests answered beyond SCIM, by the first part of the path (api, sso, …) and the class of the status.",
    ("room", "status"),
)
ROOM_SECONDS = Declared(
    "vestibule_room_request_seconds", "histogram", "Time to the end of such an answer.", ("room",)
)
TOLERANCES = Declared(
    "vestibule_tolerances",
    "counter",
    "Departures from the standard that a request needed, by the name of the quirk.",
    ("name",),
)
EVENTS = Declared(
    "vestibule_events", "counter", "The number of the last event in the log, whichever process wrote it."
)
WRITES = Declared("vestibule_database_writes", "counter", "Changes that this process committed.")
COMMITS = Declared(
    "vestibule_database_commits", "counter", "Transactions that held them: several changes share one."
)
WAITING = Declared(
    "vestibule_database_waiting", "gauge", "Requests that wait for their turn at the database."
)
BUSY = Declared(
    "vestibule_database_connections", "gauge", "Connections of this process that are in use (PostgreSQL)."
)
ATTEMPTS = Declared(
    "vestibule_webhook_attempts",
    "counter",
    "Attempts to deliver to webhook endpoints: delivered, failed, refused for good, or gone (410).",
    ("outcome",),
)
LAG = Declared(
    "vestibule_webhook_lag_seconds",
    "histogram",
    "Time from an event to its delivery, for those that the first attempt delivered.",
)
ENDPOINTS = Declared(
    "vestibule_webhook_endpoints",
    "gauge",
    "Endpoints that this process serves: taking, or failing.",
    ("state",),
)
LETTERS = Declared(
    "vestibule_webhook_letters",
    "gauge",
    "Events on their way to endpoints: sending, in memory, or held back after a failure.",
    ("where",),
)
MISSED = Declared(
    "vestibule_webhook_missed_events",
    "gauge",
    "Events that were forgotten before the webhook endpoints and streams there are had them, whichever process forgot.",
)

DECLARED = (
    READY,
    INFO,
    REQUESTS,
    SECONDS,
    ROOM_REQUESTS,
    ROOM_SECONDS,
    TOLERANCES,
    EVENTS,
    WRITES,
    COMMITS,
    WAITING,
    BUSY,
    ATTEMPTS,
    LAG,
    ENDPOINTS,
    LETTERS,
    MISSED,
)
