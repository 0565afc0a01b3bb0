"""Sending: a cycle, a plan, one person; and what waits for somebody."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.directory.resources.assignments import Counted
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class FaultShown:
    """A job that was given up."""

    label: str
    operation: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReportShown:
    """What a run did. It answers at its end: what was queued is kept, and goes on by itself or with the next run."""

    creates: int
    links: int
    updates: int
    deactivations: int
    reactivations: int
    deletions: int
    group_changes: int
    failures: int
    #: Jobs that will be tried again.
    waiting: int
    #: Why all has stopped; empty where nothing has.
    stopped: str
    #: What a threshold keeps back, by its name.
    held: dict[str, str]
    faults: list[FaultShown]


@dataclass(frozen=True, slots=True)
class ProgressShown:
    """How far a stage is."""

    #: users or groups
    stage: str
    settled: int
    total: int
    latest: str


@dataclass(frozen=True, slots=True)
class RunShown:
    """A run that goes on by itself."""

    id: str
    title: str
    by: str
    began: str
    #: running, done or failed
    state: str
    progress: list[ProgressShown]
    #: What it did, once it is done.
    report: ReportShown | None
    #: Why it came to no end; empty where it did.
    fault: str


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step of *Provision User*."""

    step: str
    sentence: str
    details: list[str]


@dataclass(frozen=True, slots=True)
class ProvisionedShown:
    """What was done for one person: read, scoped, mapped, matched, sent, answered."""

    report: ReportShown
    trace: list[StepShown]


@dataclass(frozen=True, slots=True)
class TaskShown:
    """A job: under way, to be tried again, or a task for somebody."""

    id: int
    state: str
    operation: str
    label: str
    attempts: int
    retry_at: str
    outcome: str
    detail: str


class Runs:
    """Sending: a cycle, a plan, one person; and what waits for somebody."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def start(
        self,
        application: str,
        *,
        accept: Sequence[str] = (),
        plan: int | None = None,
        forced: bool = False,
        idempotency_key: str | None = None,
    ) -> ReportShown:
        """Bring an application in step: users, then groups. With a plan, what was planned and just that."""
        answer: ReportShown = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/runs",
                ReportShown,
                path_values={"application": application},
                body={"accept": list(accept), "plan": plan, "forced": forced},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def begin(
        self,
        application: str,
        *,
        accept: Sequence[str] = (),
        plan: int | None = None,
        forced: bool = False,
        idempotency_key: str | None = None,
    ) -> RunShown:
        """The same, answered at once: ask for the run until it is over."""
        answer: RunShown = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/background-runs",
                RunShown,
                path_values={"application": application},
                body={"accept": list(accept), "plan": plan, "forced": forced},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def list(self, application: str, *, count: int = 100) -> Iterator[RunShown]:
        """The runs that this server remembers, begun here or in the console, the oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/background-runs",
                page_of(RunShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    def show(self, application: str, run: str) -> RunShown:
        """How far a run is; what it did once it is over."""
        answer: RunShown = self._carrier.call(
            Ask(
                "GET",
                "/applications/{application}/background-runs/{run}",
                RunShown,
                path_values={"application": application, "run": run},
            )
        )
        return answer

    def provision_now(
        self, application: str, *, login: str, idempotency_key: str | None = None
    ) -> ProvisionedShown:
        """*Provision User*: one person at once, with the whole trace."""
        answer: ProvisionedShown = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/provision-now",
                ProvisionedShown,
                path_values={"application": application},
                body={"login": login},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def tasks(self, application: str, *, waiting: bool = False, count: int = 100) -> Iterator[TaskShown]:
        """What was given up and waits for somebody, with the application's own words."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/tasks",
                page_of(TaskShown),
                path_values={"application": application},
                query={"waiting": waiting, "count": count},
            )
        )

    def retry(
        self, application: str, *, whose: str | None = None, idempotency_key: str | None = None
    ) -> Counted:
        """*Retry Selected*: queue what was given up again; the next run sends it. How many."""
        answer: Counted = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/tasks/retry",
                Counted,
                path_values={"application": application},
                body={"whose": whose},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def dismiss(
        self, application: str, *, whose: str | None = None, idempotency_key: str | None = None
    ) -> Counted:
        """Nothing more is tried until something about the person changes. How many."""
        answer: Counted = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/tasks/dismiss",
                Counted,
                path_values={"application": application},
                body={"whose": whose},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncRuns:
    """Sending: a cycle, a plan, one person; and what waits for somebody."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    async def start(
        self,
        application: str,
        *,
        accept: Sequence[str] = (),
        plan: int | None = None,
        forced: bool = False,
        idempotency_key: str | None = None,
    ) -> ReportShown:
        """Bring an application in step: users, then groups. With a plan, what was planned and just that."""
        answer: ReportShown = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/runs",
                ReportShown,
                path_values={"application": application},
                body={"accept": list(accept), "plan": plan, "forced": forced},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def begin(
        self,
        application: str,
        *,
        accept: Sequence[str] = (),
        plan: int | None = None,
        forced: bool = False,
        idempotency_key: str | None = None,
    ) -> RunShown:
        """The same, answered at once: ask for the run until it is over."""
        answer: RunShown = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/background-runs",
                RunShown,
                path_values={"application": application},
                body={"accept": list(accept), "plan": plan, "forced": forced},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def list(self, application: str, *, count: int = 100) -> AsyncIterator[RunShown]:
        """The runs that this server remembers, begun here or in the console, the oldest first."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/background-runs",
                page_of(RunShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    async def show(self, application: str, run: str) -> RunShown:
        """How far a run is; what it did once it is over."""
        answer: RunShown = await self._carrier.call(
            Ask(
                "GET",
                "/applications/{application}/background-runs/{run}",
                RunShown,
                path_values={"application": application, "run": run},
            )
        )
        return answer

    async def provision_now(
        self, application: str, *, login: str, idempotency_key: str | None = None
    ) -> ProvisionedShown:
        """*Provision User*: one person at once, with the whole trace."""
        answer: ProvisionedShown = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/provision-now",
                ProvisionedShown,
                path_values={"application": application},
                body={"login": login},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def tasks(self, application: str, *, waiting: bool = False, count: int = 100) -> AsyncIterator[TaskShown]:
        """What was given up and waits for somebody, with the application's own words."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/tasks",
                page_of(TaskShown),
                path_values={"application": application},
                query={"waiting": waiting, "count": count},
            )
        )

    async def retry(
        self, application: str, *, whose: str | None = None, idempotency_key: str | None = None
    ) -> Counted:
        """*Retry Selected*: queue what was given up again; the next run sends it. How many."""
        answer: Counted = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/tasks/retry",
                Counted,
                path_values={"application": application},
                body={"whose": whose},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def dismiss(
        self, application: str, *, whose: str | None = None, idempotency_key: str | None = None
    ) -> Counted:
        """Nothing more is tried until something about the person changes. How many."""
        answer: Counted = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/tasks/dismiss",
                Counted,
                path_values={"application": application},
                body={"whose": whose},
                idempotency_key=idempotency_key,
            )
        )
        return answer
