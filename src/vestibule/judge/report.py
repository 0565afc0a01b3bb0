"""What a run found, as values: one result for each check, and the document that ``--json`` prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vestibule.judge.check import Check, Fault, Role, Topic
from vestibule.judge.ledger import Made
from vestibule.judge.rows import Level

SEVERITIES = {3: "high", 2: "medium", 1: "low"}
CLEAN, BROKEN, DOUBTFUL = 0, 1, 2


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    #: A MUST is broken.
    FAILED = "failed"
    #: A SHOULD is not followed.
    WARNED = "warned"
    NOT_OFFERED = "not offered"
    UNTRIED = "could not be tried"


@dataclass(frozen=True, slots=True)
class Result:
    """One check's outcome; ``reason`` where it was not offered or could not be tried."""

    topic: Topic
    check: Check
    outcome: Outcome
    faults: tuple[Fault, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class Report:
    """A whole run."""

    url: str
    roles: tuple[Role, ...]
    began: str
    prefix: str
    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0
    requests: int = 0
    #: What could not be removed.
    left: list[Made] = field(default_factory=list)
    #: Why the run ended early, or "".
    stopped: str = ""
    #: The run was told to end (Ctrl-C).
    interrupted: bool = False

    def of(self, *outcomes: Outcome) -> list[Result]:
        """The results with one of these outcomes."""
        return [result for result in self.results if result.outcome in outcomes]

    def by_weight(self, outcome: Outcome) -> list[Result]:
        """Those with this outcome, what breaks most first."""
        return sorted(self.of(outcome), key=lambda result: -result.check.weight)

    @property
    def exit_status(self) -> int:
        """0: nothing found; 1: a MUST is broken, or the run did not come to its end; 2: only SHOULDs."""
        if self.of(Outcome.FAILED) or self.stopped:
            return BROKEN
        return DOUBTFUL if self.of(Outcome.WARNED) else CLEAN

    def verdict(self) -> str:
        """The result in one sentence."""
        failed, warned = len(self.of(Outcome.FAILED)), len(self.of(Outcome.WARNED))
        if self.stopped:
            return f"Not finished: {self.stopped}."
        if failed:
            return f"{_counted(failed, 'demand')} broken" + (
                f", {_counted(warned, 'recommendation')} not followed." if warned else "."
            )
        if warned:
            return f"Every demand is met; {_counted(warned, 'recommendation')} not followed."
        return "Clean: every demand and recommendation that was tried is met."

    def as_document(self, redacted: Callable[[str], str]) -> dict[str, Any]:
        """Everything, as JSON; nothing secret in it."""
        return {
            "url": redacted(self.url),
            "as": [str(role) for role in self.roles],
            "began": self.began,
            "seconds": round(self.seconds, 1),
            "requests": self.requests,
            "prefix": self.prefix,
            "verdict": self.verdict(),
            "exitStatus": self.exit_status,
            "stopped": self.stopped or None,
            "summary": {_camel(outcome): len(self.of(outcome)) for outcome in Outcome},
            "findings": [
                _finding(result, fault, redacted) for result in self.results for fault in result.faults
            ],
            "checks": [_told(result, redacted) for result in self.results],
            "left": [{"endpoint": made.endpoint, "id": made.id, "name": made.name} for made in self.left],
        }


def severity(check: Check) -> str:
    """How bad a failure is in the field: high, medium or low."""
    return SEVERITIES[check.weight]


def first_row(check: Check, fault: Fault) -> str:
    """The number of the requirement that a fault breaks."""
    return fault.row or check.rows[0]


def outcome_of(level: Level, faults: Sequence[Fault]) -> Outcome:
    """What these faults of a check of that level amount to."""
    if not faults:
        return Outcome.PASSED
    return Outcome.FAILED if level is Level.MUST else Outcome.WARNED


def _finding(result: Result, fault: Fault, redacted: Callable[[str], str]) -> dict[str, Any]:
    check = result.check
    return {
        "requirement": first_row(check, fault),
        "requirements": list(check.rows),
        "source": check.sources[0],
        "level": str(check.level),
        "severity": severity(check),
        "topic": result.topic.title,
        "check": check.name,
        "as": [str(role) for role in check.roles],
        "demand": check.demand,
        "expected": redacted(fault.expected),
        "got": redacted(fault.got),
        "means": check.means,
        "exchanges": [exchange.as_document(redacted) for exchange in fault.exchanges],
    }


def _told(result: Result, redacted: Callable[[str], str]) -> dict[str, Any]:
    return {
        "check": result.check.name,
        "topic": result.topic.title,
        "requirements": list(result.check.rows),
        "level": str(result.check.level),
        "demand": result.check.demand,
        "outcome": str(result.outcome),
        "reason": redacted(result.reason) or None,
    }


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{' is' if number == 1 else 's are'}"


def _camel(outcome: Outcome) -> str:
    return {
        Outcome.PASSED: "passed",
        Outcome.FAILED: "failed",
        Outcome.WARNED: "warned",
        Outcome.NOT_OFFERED: "notOffered",
        Outcome.UNTRIED: "untried",
    }[outcome]
