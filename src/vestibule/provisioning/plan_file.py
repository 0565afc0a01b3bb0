"""A plan that is kept: what would be sent, to be read, approved, and then done exactly so.

An operation's fingerprint covers all that it was decided from: whatever changes meanwhile makes
it another operation, and the plan stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vestibule.provisioning.job import Kind, Stage
from vestibule.provisioning.plan import PersonFacts, PlannedUser
from vestibule.provisioning.reason import Difference


class PlanState(StrEnum):
    """made → approved → applied. *unfinished*: whoever was making it did not come to the end."""

    UNFINISHED = "unfinished"
    MADE = "made"
    APPROVED = "approved"
    APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    """One line of a plan. Kind NOTHING is somebody whom something holds back: ``reason`` says what."""

    stage: Stage
    subject_id: str
    label: str
    kind: Kind
    reason: str
    differences: tuple[Difference, ...] = ()
    requests: int = 0
    fingerprint: str = ""
    #: Of a group: the ids of the people who come in and go out.
    people_in: frozenset[str] = frozenset()
    people_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What a plan says of itself. Instants are ISO 8601, "" where it has not come to that.

    ``per_second`` is the rate that ``seconds`` was reckoned with, and ``rate_from`` where that
    is known from. ``held`` are the thresholds that stop it, by name.
    """

    id: int
    application_id: int
    made_at: str
    made_by: str
    state: PlanState = PlanState.MADE
    refreshed: bool = False
    decided_at: str = ""
    decided_by: str = ""
    settings: str = ""
    operations: int = 0
    requests: int = 0
    per_second: float = 0.0
    rate_from: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long it takes at that rate."""
        return self.requests / self.per_second if self.per_second else 0.0


def user_fingerprint(facts: PersonFacts, planned: PlannedUser) -> str:
    """Of a person's operation."""
    known = facts.app_user
    user = planned.user
    return _digest(
        str(planned.kind),
        known and [known.state, known.external_id, known.sent_hash, sorted(known.sent_variables)],
        planned.fault,
        user and [user.user_name, user.lookup, _shown(user.on_create), _shown(user.on_update)],
    )


def group_fingerprint(
    kind: Kind, name: str, external_id: str, into: Iterable[str], out: Iterable[str]
) -> str:
    """Of a push group's operation."""
    return _digest(str(kind), name, external_id, sorted(into), sorted(out))


def settings_fingerprint(*parts: Any) -> str:
    """Of an application and its mapping."""
    return _digest(*parts)


def _shown(values: Iterable[Any]) -> list[tuple[str, str, Any]]:
    return [(str(value.name), value.namespace, value.value) for value in values]


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
