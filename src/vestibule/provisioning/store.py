"""What the sending side asks of a store, in one Protocol.

Each method is one transaction. What a method changes is durable when it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from vestibule.profiles.shelf import ProfileStore, StoredProfile
from vestibule.provisioning.api_token import ApiTokenStore
from vestibule.provisioning.app_user import AppUser
from vestibule.provisioning.application import Application
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.audit import AuditStore
from vestibule.provisioning.engine_store import EngineStore, Lease, Touched
from vestibule.provisioning.job import Job, NewJob, Stage
from vestibule.provisioning.looking import LookingStore
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.push_group import PushedMember, PushFacts, PushGroup
from vestibule.provisioning.push_rule_store import PushRuleStore
from vestibule.provisioning.source import Elsewhere, Known, Person, SourceChange, SourceGroup
from vestibule.refused import Refused


class UnknownName(Refused):
    """There is no person, group or application of that name."""

    status = 404


class NameTaken(Refused):
    """An application of that name exists."""

    status = 409


class ChangedMeanwhile(Refused):
    """Somebody else changed it since it was looked at."""

    status = 409


class RunUnderWay(Refused):
    """Another process is sending for this directory right now."""

    status = 409


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a job and how it ended."""

    at: str
    outcome: str
    status: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class MemberDelta:
    """The next members to add and to remove at the application."""

    add: tuple[PushedMember, ...] = ()
    remove: tuple[PushedMember, ...] = ()


class DirectorySourceStore(Protocol):
    """The company's own directory."""

    async def known(self, source: str = "") -> Known:
        """What a source has told, as it is kept."""
        ...

    async def elsewhere(self, source: str = "") -> Elsewhere:
        """The names that all other sources have told."""
        ...

    async def apply_source(self, change: SourceChange) -> None:
        """Make a reading's change, whole or not at all."""
        ...

    async def people(self, after: str = "", limit: int = 500) -> list[Person]:
        """People in order of their folded logins, beginning after one."""
        ...

    async def person(self, login: str) -> Person:
        """By login in any letter case, or id; raises UnknownName."""
        ...

    async def source_groups(self) -> list[tuple[SourceGroup, int]]:
        """Every group with its number of members, in order of name."""
        ...

    async def group_names(self) -> dict[str, str]:
        """Every group's name, by its id."""
        ...

    async def nested_groups(self) -> list[tuple[str, str]]:
        """(group, group in it) by id."""
        ...

    async def source_group(self, name: str, *, even_gone: bool = False) -> SourceGroup:
        """By name in any letter case, key or id; raises UnknownName.

        ``even_gone``: also one that left the directory, where none that is there is called so.
        """
        ...

    async def groups_of(self, person_id: str) -> list[str]:
        """The names of a person's groups."""
        ...


class ApplicationStore(ProfileStore, Protocol):
    """Applications, with their profiles, mapping, assignments and push groups."""

    async def add_application(self, application: Application, rows: Sequence[MappingRow]) -> Application:
        """Keep a new one; comes back with its id. Raises NameTaken."""
        ...

    async def change_application(self, application: Application, *, seen: Application | None = None) -> None:
        """Keep it as it now is. The token is sealed at rest.

        Raises ChangedMeanwhile where it is no longer as ``seen``.
        """
        ...

    async def quarantine(self, application_id: int, reason: str) -> None:
        """Stop everything of an application, or let it run again (""). What else was changed meanwhile stays."""
        ...

    async def application(self, name: str) -> Application:
        """By name in any letter case; raises UnknownName naming those there are."""
        ...

    async def applications(self) -> list[Application]:
        """All of them, in order of name."""
        ...

    async def mapping(self, application_id: int) -> tuple[MappingRow, ...]:
        """The rows in the order in which they are sent."""
        ...

    async def set_mapping(
        self, application_id: int, rows: Sequence[MappingRow], *, seen: Sequence[MappingRow] | None = None
    ) -> None:
        """Replace all rows. Raises ChangedMeanwhile where they are no longer as ``seen``."""
        ...

    async def assign(self, application_id: int, assignments: Sequence[Assignment]) -> int:
        """Keep assignments, replacing those of the same subject; how many were new or changed."""
        ...

    async def unassign(self, application_id: int, subject: Subject, subject_ids: Sequence[str]) -> int:
        """Drop assignments; how many there were."""
        ...

    async def assignments(self, application_id: int) -> list[Assignment]:
        """All of an application."""
        ...

    async def provision_held(self, application_id: int, person_id: str | None = None) -> int:
        """Assignments from before provisioning count from now on (of one person, or all); how many."""
        ...

    async def keep_profile(self, profile: StoredProfile) -> None:
        """Keep a profile; its name means this one from now on."""
        ...

    async def put_push_group(self, application_id: int, group: PushGroup) -> None:
        """Keep a push group as it now is."""
        ...

    async def drop_push_group(self, application_id: int, group_id: str) -> None:
        """Forget a push group and its members there (*Unlink*)."""
        ...


class ProvisioningStore(
    DirectorySourceStore,
    ApplicationStore,
    EngineStore,
    PushRuleStore,
    AuditStore,
    ApiTokenStore,
    LookingStore,
    Protocol,
):
    """All that the engine needs."""

    async def people_facts(self, application_id: int, after: str = "", limit: int = 500) -> list[PersonFacts]:
        """Whoever is assigned or has an app user, in order of folded logins, beginning after one."""
        ...

    async def person_facts(self, application_id: int, person_id: str) -> PersonFacts:
        """Of one person, assigned or not."""
        ...

    async def facts_of(self, application_id: int, person_ids: Sequence[str]) -> list[PersonFacts]:
        """Of these, assigned or not; whoever is not in the directory is left out."""
        ...

    async def push_facts(self, application_id: int, group_id: str | None = None) -> list[PushFacts]:
        """Of one push group, or of all, in order of name."""
        ...

    async def people_there(self, application_id: int, external_ids: Sequence[str]) -> dict[str, str]:
        """By their ids there, the ids of the people who have a counterpart among these."""
        ...

    async def note_app_user(self, application_id: int, app_user: AppUser) -> None:
        """What is known of a counterpart without any job: it was read, or confirmed."""
        ...

    async def told_members(self, application_id: int, group_id: str) -> list[PushedMember]:
        """The members that the application was told of."""
        ...

    async def member_delta(self, application_id: int, group_id: str, limit: int) -> MemberDelta:
        """Up to ``limit`` members in and out that the application does not know of yet."""
        ...

    async def record_members(
        self, application_id: int, group_id: str, delta: MemberDelta, *, replaced: bool = False
    ) -> None:
        """The application knows of these now; ``replaced``: and of no others."""
        ...

    async def enqueue(self, application_id: int, jobs: Sequence[NewJob], seen: Sequence[Touched] = ()) -> int:
        """Queue jobs; one subject has one open job, whose kind is renewed. How many are new.

        ``seen`` was looked at for it, in the same transaction.
        """
        ...

    async def claim(
        self, application_id: int, stage: Stage, lease: Lease, limit: int, *, plan_id: int = 0
    ) -> list[Job]:
        """Up to ``limit`` jobs that are due, now *running* and the worker's; of one plan alone where it is named.

        Also those whose worker's lease has run out.
        """
        ...

    async def renew(self, application_id: int, lease: Lease) -> None:
        """The worker is alive: its jobs stay its own until the lease's end."""
        ...

    async def open_jobs(self, application_id: int, stage: Stage, *, plan_id: int = 0) -> tuple[int, str]:
        """How many are not finished, and when the earliest retry is due ("" where one is due now)."""
        ...

    async def settle(
        self,
        application_id: int,
        job: Job,
        attempt: Attempt,
        *,
        app_user: AppUser | None = None,
        push_group: PushGroup | None = None,
    ) -> None:
        """Record how an attempt ended: job, attempt and counterpart in one transaction."""
        ...

    async def recover(self, application_id: int, lease: Lease) -> int:
        """Jobs that this worker, or one that was killed, left *running* are queued again; how many."""
        ...

    async def jobs(self, application_id: int, *, finished: bool = False) -> list[Job]:
        """Those open or quarantined; with ``finished`` the latest thousand of all."""
        ...

    async def requeue(self, application_id: int, subject_id: str | None = None) -> int:
        """Quarantined jobs (of one subject, or all) run again (*Retry Selected*); how many."""
        ...

    async def dismiss(self, application_id: int, subject_id: str | None = None) -> int:
        """Tasks (of one subject, or all) are no more; how many. Nothing is sent until something changes."""
        ...

    async def tidy(self, application_id: int, keep: int) -> int:
        """Forget finished jobs but the latest ``keep``; how many."""
        ...

    def only_run(self) -> AbstractAsyncContextManager[None]:
        """Held while sending, and let go even by a killed process.

        Raises RunUnderWay where the store bears one sender only.
        """
        ...
