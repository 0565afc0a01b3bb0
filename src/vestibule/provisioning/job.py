"""A provisioning job: work kept in the store, so that a restart loses nothing.

A job says *that* somebody (or a group) is to be brought in step, and for which reason; what
is sent is planned anew when it runs, from what is then wanted and known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    """queued → running → done · retrying · quarantined: a task for a person, who may dismiss it."""

    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    DONE = "done"
    QUARANTINED = "quarantined"
    DISMISSED = "dismissed"


class Kind(StrEnum):
    """What an operation is, as reports count it."""

    CREATE = "create"
    LINK = "link"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"
    DELETE = "delete"
    PUSH_GROUP = "push group"
    CHANGE_GROUP = "change group"
    DELETE_GROUP = "delete group"
    NOTHING = "nothing"


class Stage(StrEnum):
    """Users go before groups: a group's members need their ids there (W151)."""

    USERS = "users"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be queued. ``label`` is what a person reads: a name. At most one open job for a subject."""

    stage: Stage
    subject_id: str
    label: str
    kind: Kind
    #: *Force Sync*, *Provision User*, *Retry*: send although nothing seems to have changed.
    forced: bool = False
    #: The plan that it carries out, and what must be unchanged for it to be sent; 0 and "" for none.
    plan_id: int = 0
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as kept. ``attempts`` counts those made; ``retry_at`` is an instant, or ""."""

    id: int
    application_id: int
    stage: Stage
    subject_id: str
    label: str
    kind: Kind
    state: JobState
    attempts: int = 0
    forced: bool = False
    retry_at: str = ""
    detail: str = ""
    finished: str = ""
    #: What the last attempt ended as: "refused", "busy", "unreachable", "failing", …
    outcome: str = ""
    plan_id: int = 0
    fingerprint: str = ""
    #: When the first of the attempts failed that are being made now, "" where none did.
    first_failed: str = ""
