"""What one run did, counted, and how far it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from vestibule.provisioning.job import Kind, Stage
from vestibule.provisioning.wording import number_of

_DONE_TO_PEOPLE = {
    "creates": "created",
    "links": "linked",
    "updates": "updated",
    "deactivations": "deactivated",
    "reactivations": "reactivated",
    "deletions": "deleted",
}
#: Faults that a report shows; the store has them all.
_MOST_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is: jobs settled of jobs queued, and the latest one."""

    stage: Stage
    settled: int
    total: int
    latest: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A job that was given up: whose, what, how it ended, and why."""

    label: str
    kind: Kind
    outcome: str
    detail: str


@dataclass(slots=True)
class RunReport:
    """``waiting`` jobs will be tried again; ``faults`` wait for somebody; ``stopped`` says why all did."""

    counts: Counter[Kind] = field(default_factory=Counter)
    failures: int = 0
    faults: list[Fault] = field(default_factory=list)
    waiting: int = 0
    stopped: str = ""
    #: What a threshold keeps back, by its name.
    held: dict[str, str] = field(default_factory=dict)
    #: For so many seconds the application asked to be left alone.
    pause: float = 0.0

    def add_fault(self, fault: Fault) -> None:
        """Count a job that was given up, and keep it among the first thousand."""
        self.failures += 1
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)

    def add(self, other: RunReport) -> None:
        """Take another run's counts in."""
        self.counts += other.counts
        self.failures += other.failures
        self.faults = (self.faults + other.faults)[:_MOST_FAULTS]
        self.waiting += other.waiting
        self.stopped = self.stopped or other.stopped
        self.held |= other.held

    def in_words(self) -> str:
        """The counts in a sentence; "" where nothing was sent."""
        said = self.as_document()
        parts = [f"{said[name]} {word}" for name, word in _DONE_TO_PEOPLE.items() if said[name]]
        if said["group_changes"]:
            parts.append(number_of(said["group_changes"], "group change"))
        if self.failures:
            parts.append(f"{self.failures} failed")
        return ", ".join(parts)

    def as_document(self) -> dict[str, int]:
        """The counts under the names that reports use."""
        groups = (Kind.PUSH_GROUP, Kind.CHANGE_GROUP, Kind.DELETE_GROUP)
        return {
            "creates": self.counts[Kind.CREATE],
            "links": self.counts[Kind.LINK],
            "updates": self.counts[Kind.UPDATE],
            "deactivations": self.counts[Kind.DEACTIVATE],
            "reactivations": self.counts[Kind.REACTIVATE],
            "deletions": self.counts[Kind.DELETE],
            "group_changes": sum(self.counts[kind] for kind in groups),
            "failures": self.failures,
        }
