"""The one loop: take a job, send, record.

Several requests are in flight at a time; what a job did is recorded, durably, before the next
one is taken in its lane. A killed process leaves at most that many jobs unrecorded: each
begins with a lookup, so that running it again ends in the same state.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence, Set
from datetime import UTC, datetime

from vestibule.provisioning.app_user import AppUserState
from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import Connector
from vestibule.provisioning.job import Job, Kind, NewJob, Stage
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.plan import group_job, plan_group, plan_user, user_job
from vestibule.provisioning.plan_file import PlanFile
from vestibule.provisioning.planning import Planning
from vestibule.provisioning.record import Recorder
from vestibule.provisioning.report import Progress, RunReport
from vestibule.provisioning.send_group import send_group
from vestibule.provisioning.send_user import send_user
from vestibule.provisioning.source import fold_login
from vestibule.provisioning.store import ProvisioningStore
from vestibule.provisioning.threshold import Threshold, held

#: Requests in flight towards one application.
CONCURRENCY = 8
_PAGE = 500


def _now() -> datetime:
    return datetime.now(UTC)


class Worker:
    """Brings one application in step with the directory.

    Clock and connector are arguments. ``longest_wait`` is how many seconds a run waits in all for
    jobs that are to be tried again, and for an application that is busy or down; what is due
    later keeps for the next run.
    """

    def __init__(
        self,
        store: ProvisioningStore,
        application: Application,
        connector: Connector,
        *,
        clock: Callable[[], datetime] = _now,
        progress: Callable[[Progress], None] = lambda progress: None,
        concurrency: int = CONCURRENCY,
        longest_wait: float = 0.0,
    ) -> None:
        self._store = store
        self._application = application
        self._connector = connector
        self._clock = clock
        self._progress = progress
        self._concurrency = concurrency
        self._longest_wait = longest_wait
        self._rows: tuple[MappingRow, ...] = ()
        self._start()

    async def apply(self, *, forced: bool = False, accepted: Set[str] = frozenset()) -> RunReport:
        """Plan users, send, then plan groups, send: their members have ids by then (W151).

        ``forced`` sends everybody's attributes again (*Force Sync*). What passes a threshold that
        is not ``accepted`` is kept back, and told in the report. Raises RunUnderWay.
        """
        return await self._run(
            lambda: self._queue_users(forced=forced, accepted=accepted),
            lambda: self._queue_groups(accepted),
        )

    async def provision(self, person_ids: Sequence[str]) -> RunReport:
        """These people at once (*Provision User*), then the groups that this concerns."""
        return await self._run(lambda: self._queue_people(person_ids), self._queue_groups)

    async def perform(self, plan: PlanFile) -> RunReport:
        """What a plan says, and nothing else. Raises StalePlan, and then nothing was sent."""
        return await self._run(lambda: self._queue_plan(plan), plan_id=plan.id)

    def _start(self) -> None:
        self._report = RunReport()
        self._recorder = Recorder(self._store, self._application, self._clock, self._report)

    async def _run(
        self,
        queue: Callable[[], Awaitable[None]],
        queue_groups: Callable[[], Awaitable[None]] | None = None,
        *,
        plan_id: int = 0,
    ) -> RunReport:
        self._start()
        async with self._store.only_run():
            await self._store.recover(self._application.id)
            self._rows = await self._store.mapping(self._application.id)
            await queue()
            try:
                await self._send(Stage.USERS, plan_id)
                if not self._report.stopped:
                    if queue_groups is not None:
                        await queue_groups()
                    await self._send(Stage.GROUPS, plan_id)
            finally:
                await self._store.recover(self._application.id)
        return self._report

    async def _queue_users(self, *, forced: bool, accepted: Set[str]) -> None:
        deactivations: list[NewJob] = []
        active = 0
        after = ""
        while page := await self._store.people_facts(self._application.id, after, _PAGE):
            jobs: list[NewJob] = []
            for facts in page:
                active += facts.app_user is not None and facts.app_user.state is AppUserState.ACTIVE
                planned = plan_user(self._application, self._rows, facts, forced=forced)
                if planned.kind is not Kind.NOTHING:
                    job = user_job(facts, planned, forced=forced)
                    (deactivations if planned.kind is Kind.DEACTIVATE else jobs).append(job)
            await self._store.enqueue(self._application.id, jobs)
            after = fold_login(page[-1].person.login)
        name = Threshold.DEACTIVATIONS
        if await self._may(name, len(deactivations), active, accepted):
            await self._store.enqueue(self._application.id, deactivations)

    async def _may(self, name: Threshold, taken: int, there: int, accepted: Set[str]) -> bool:
        limits = (await self._store.engine_settings(self._application.id)).limits
        stopped = held({name: taken}, {name: there}, limits, accepted)
        self._report.held |= {str(threshold): sentence for threshold, sentence in stopped.items()}
        return not stopped

    async def _queue_plan(self, plan: PlanFile) -> None:
        async for jobs in Planning(self._store, self._application).jobs_of(plan):
            await self._store.enqueue(self._application.id, jobs)

    async def _queue_people(self, person_ids: Sequence[str]) -> None:
        jobs: list[NewJob] = []
        for person_id in person_ids:
            await self._store.provision_held(self._application.id, person_id)
            facts = await self._store.person_facts(self._application.id, person_id)
            planned = plan_user(self._application, self._rows, facts, forced=True)
            if planned.kind is not Kind.NOTHING:
                jobs.append(user_job(facts, planned, forced=True))
        await self._store.enqueue(self._application.id, jobs)

    async def _queue_groups(self, accepted: Set[str] = frozenset()) -> None:
        jobs = []
        leaving = deleted = pushed = 0
        for facts in await self._store.push_facts(self._application.id):
            pushed += 1
            planned = plan_group(self._application, facts)
            if planned.kind is Kind.NOTHING:
                continue
            deleted += planned.kind is Kind.DELETE_GROUP
            leaving += facts.to_remove
            jobs.append(group_job(facts, planned))
        there = await self._store.pushed_count(self._application.id)
        if not await self._may(Threshold.GROUP_DELETIONS, deleted, pushed, accepted):
            jobs = [job for job in jobs if job.kind is not Kind.DELETE_GROUP]
        if await self._may(Threshold.MEMBER_REMOVALS, leaving, there, accepted):
            await self._store.enqueue(self._application.id, jobs)

    async def _send(self, stage: Stage, plan_id: int) -> None:
        """Run every job of a stage that is due, and those that fall due within the longest wait."""
        patience = self._longest_wait
        total, _ = await self._store.open_jobs(self._application.id, stage, plan_id=plan_id)
        settled = 0

        def count(job: Job) -> None:
            nonlocal settled
            settled += 1
            self._progress(Progress(stage, settled, max(total, settled), job.label))

        if total:
            self._progress(Progress(stage, 0, total))
        left = total
        while left and not self._report.stopped:
            await self._run_lanes(stage, plan_id, count)
            held = self._recorder.take_hold()
            if held:  # jobs that a lane had claimed and did not begin
                await self._store.recover(self._application.id)
            left, due = await self._store.open_jobs(self._application.id, stage, plan_id=plan_id)
            wait = (datetime.fromisoformat(due) - self._clock()).total_seconds() if due else 0.0
            wait = max(wait, held, 0.05)
            if not left or wait > patience:
                break
            patience -= wait
            await asyncio.sleep(wait)
        self._report.waiting += left

    async def _run_lanes(self, stage: Stage, plan_id: int, count: Callable[[Job], None]) -> None:
        claimed: deque[Job] = deque()
        claiming = asyncio.Lock()

        async def take() -> Job | None:
            async with claiming:
                if self._report.stopped or self._recorder.hold:
                    return None
                if not claimed:
                    now = self._recorder.now()
                    many = self._concurrency * 2
                    claimed.extend(
                        await self._store.claim(self._application.id, stage, now, many, plan_id=plan_id)
                    )
                return claimed.popleft() if claimed else None

        async def lane() -> None:
            while (job := await take()) is not None:
                await self._carry_out(job)
                count(job)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(lane())
        except BaseExceptionGroup as faults:  # a full disk, say: one sentence for whoever waits
            raise faults.exceptions[0] from None

    async def _carry_out(self, job: Job) -> None:
        if job.stage is Stage.USERS:
            await send_user(self._store, self._application, self._rows, self._connector, self._recorder, job)
        else:
            await send_group(self._store, self._application, self._connector, self._recorder, job)
