"""What a run found out: plain values, from which text, JSON, Markdown and picture are made."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bench.tally import Tally, milliseconds


@dataclass(frozen=True, slots=True)
class Burst:
    """One workload at one size."""

    workload: str
    users: int
    connections: int
    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    #: Processor time of the server for one request; steadier than anything else on a shared machine.
    cpu_us: float | None
    #: Its rate as a share of the bare uvicorn answer's, measured in turns.
    of_bare: float | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """One chunk of the loading over 32 connections, and the bare limits measured after it."""

    users: int
    per_second: float
    of_bare: float
    of_commits: float
    cpu_us: float | None


@dataclass(frozen=True, slots=True)
class Membership:
    """Adding one member, and taking one out, at one size of group."""

    members: int
    add_p50_ms: float
    add_p99_ms: float
    remove_p50_ms: float


@dataclass(frozen=True, slots=True)
class PageTime:
    """The time of one page of an import."""

    page: int
    ms: float


@dataclass(frozen=True, slots=True)
class Beside:
    """Lookups while large answers are made beside them."""

    users: int
    members: int
    lookups: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    #: The same lookups at the same pace with nothing beside them: what the machine alone adds.
    alone_p99_ms: float
    group_answers: int
    group_ms: float
    scans: int
    scan_ms: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the server, all its processes, after (and at its highest during) all measures at one size."""

    users: int
    resident_mb: float
    highest_mb: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise about a ratio (or a limit), and whether this run keeps it."""

    name: str
    value: float
    limit: float
    #: The value must be at least the limit, else at most.
    at_least: bool
    unit: str = "×"
    aim: float | None = None

    @property
    def met(self) -> bool:
        """Whether it is kept; what could not be measured is not."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(slots=True)
class Results:
    """A whole run."""

    machine: dict[str, Any] = field(default_factory=dict)
    #: Where the server kept everything: SQLite or PostgreSQL.
    store: str = "SQLite"
    bare_http_per_second: float = float("nan")
    bare_rows_per_second: float = float("nan")
    bare_commit_ms: float = float("nan")
    loaded: dict[int, list[Loaded]] = field(default_factory=dict)
    bursts: list[Burst] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    thousand_ms: dict[int, list[float]] = field(default_factory=dict)
    walk: list[PageTime] = field(default_factory=list)
    random_pages: list[PageTime] = field(default_factory=list)
    beside: Beside | None = None
    memory: list[Memory] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)

    def to_document(self) -> dict[str, Any]:
        """Everything as JSON takes it; each bar says whether it is met."""
        document = asdict(self)
        for written, bar in zip(document["bars"], self.bars, strict=True):
            written["met"] = bar.met
        return document

    def of(self, workload: str) -> dict[int, Burst]:
        """The bursts of one workload by number of users."""
        return {burst.users: burst for burst in self.bursts if burst.workload == workload}


def burst(
    workload: str, users: int, connections: int, tally: Tally, *, kind: str = "", of_bare: float | None = None
) -> Burst:
    """A row from a tally; with ``kind`` the times of that kind alone."""
    times = tally.of(kind) if kind else tally.all_times()
    return Burst(
        workload=workload,
        users=users,
        connections=connections,
        requests=len(times),
        per_second=tally.per_second,
        p50_ms=milliseconds(times),
        p99_ms=milliseconds(times, 0.99),
        cpu_us=tally.cpu_microseconds,
        of_bare=of_bare,
    )
