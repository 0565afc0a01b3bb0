"""What the engine asks of a store beside the directory, the applications and the jobs: plans, and what was learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vestibule.provisioning.engine_settings import EngineSettings, EngineState
from vestibule.provisioning.job import Stage
from vestibule.provisioning.plan_file import PlanFile, PlannedOperation


@dataclass(frozen=True, slots=True)
class PushMembers:
    """The people by whom a push group differs from what the application knows.

    ``waiting`` are assigned members who have no id there yet.
    """

    to_add: frozenset[str] = frozenset()
    to_remove: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Touched:
    """Somebody (stage ``users``), a group (``groups``) or everything (``cycle``) that a change concerns.

    ``mark`` tells this change from a later one.
    """

    stage: str
    subject_id: str
    mark: int


@dataclass(frozen=True, slots=True)
class Stirring:
    """Whether there is anything to do: the newest mark (0 for none), and when the earliest job is due.

    ``due`` is an instant, "" for at once, None for no job.
    """

    newest: int
    due: str | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Whose the claimed jobs are, from when, and until when; both instants."""

    worker: str
    now: str
    until: str


class ChangeStore(Protocol):
    """What changed since it was looked at. Whatever writes the tables is noted in the same transaction."""

    async def touched(
        self, application_id: int, stage: str, after: str = "", limit: int = 500
    ) -> list[Touched]:
        """What is to be looked at, in order of subjects, beginning after one."""
        ...

    async def stirring(self, application_id: int) -> Stirring:
        """Whether a watcher has anything to do."""
        ...

    async def leavers(self, application_id: int, before: str, limit: int = 500) -> list[str]:
        """People who left the directory, were made inactive there by that instant, and have nothing under way."""
        ...

    async def looked_at(self, application_id: int, seen: Sequence[Touched]) -> None:
        """It was looked at, and what follows is queued. What was touched again meanwhile stays."""
        ...

    async def change_mark(self) -> int:
        """All changes that are there to be seen have this mark or a lower one."""
        ...

    async def looked_at_all(self, application_id: int, stage: str, mark: int) -> None:
        """All of a stage was looked at after ``change_mark`` gave this: a full cycle."""
        ...


class PlanStore(Protocol):
    """Plans that are kept."""

    async def keep_plan(self, plan: PlanFile) -> PlanFile:
        """Keep a new one (its id is 0); comes back with its id."""
        ...

    async def change_plan(self, plan: PlanFile) -> None:
        """Keep it as it now is."""
        ...

    async def plan(self, application_id: int, id: int) -> PlanFile:
        """Raises UnknownName naming those there are."""
        ...

    async def plans(self, application_id: int) -> list[PlanFile]:
        """All of an application, the newest first."""
        ...

    async def drop_plan(self, application_id: int, id: int) -> None:
        """Forget it with its operations."""
        ...

    async def add_operations(
        self, plan: PlanFile, position: int, operations: Sequence[PlannedOperation]
    ) -> None:
        """Append operations, numbered from ``position``."""
        ...

    async def operations(
        self, application_id: int, plan_id: int, after: int = 0, limit: int = 500
    ) -> list[tuple[int, PlannedOperation]]:
        """A plan's operations with their positions, in order, beginning after one."""
        ...

    async def plan_operation(
        self, application_id: int, plan_id: int, stage: Stage, subject_id: str
    ) -> PlannedOperation | None:
        """A plan's operation for one subject, or None."""
        ...

    async def push_members(self, application_id: int, group_id: str) -> PushMembers:
        """By whom a push group differs."""
        ...

    async def pushed_count(self, application_id: int) -> int:
        """How many memberships the application was told of, in all its groups."""
        ...

    async def pushed_of(self, application_id: int, person_ids: Sequence[str]) -> list[tuple[str, str]]:
        """(group id, person id) of the memberships that the application was told of, for these people."""
        ...


class EngineStore(PlanStore, ChangeStore, Protocol):
    """Plans, settings of the engine, and what it has learnt."""

    async def engine_settings(self, application_id: int) -> EngineSettings:
        """The defaults where nothing was set."""
        ...

    async def set_engine_settings(
        self, application_id: int, settings: EngineSettings, *, seen: EngineSettings | None = None
    ) -> None:
        """Keep them. Raises ChangedMeanwhile where they are no longer as ``seen``."""
        ...

    async def engine_state(self, application_id: int) -> EngineState:
        """Empty where nothing was learnt."""
        ...

    async def active_count(self, application_id: int) -> int:
        """How many app users are active there."""
        ...

    async def set_engine_state(self, application_id: int, state: EngineState) -> None:
        """Keep it."""
        ...
