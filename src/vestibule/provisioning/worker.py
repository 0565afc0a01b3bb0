"""A worker brings one application in step with the directory: queue users, send, queue groups, send.

Members have their ids there by the time the groups are sent (W151). Clock, connector and rate are
arguments.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace

from vestibule.provisioning.application import Application
from vestibule.provisioning.as_played import as_played
from vestibule.provisioning.connector import Connector
from vestibule.provisioning.engine_settings import CONCURRENCY, EngineSettings
from vestibule.provisioning.job import Job, Kind, Stage
from vestibule.provisioning.lanes import Lanes
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.pace import Pace
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.plan_file import PlanFile
from vestibule.provisioning.queueing import Queueing
from vestibule.provisioning.record import Recorder
from vestibule.provisioning.report import Progress, RunReport
from vestibule.provisioning.send_group import send_group
from vestibule.provisioning.send_user import send_user
from vestibule.provisioning.store import ProvisioningStore
from vestibule.provisioning.timepiece import SystemTime, Timepiece

#: Finished jobs of an application that are kept.
KEPT_JOBS = 1_000

_Queue = Callable[[], Awaitable[None]]


class Worker:
    """One application's runs; one at a time.

    ``longest_wait`` is how many seconds a run waits in all for jobs that are to be tried again, and
    for an application that is busy or down; what is due later keeps for the next run. ``pace`` is
    the one that the connector asks before each request.
    """

    def __init__(
        self,
        store: ProvisioningStore,
        application: Application,
        connector: Connector,
        *,
        settings: EngineSettings | None = None,
        time: Timepiece | None = None,
        pace: Pace | None = None,
        progress: Callable[[Progress], None] = lambda progress: None,
        concurrency: int = CONCURRENCY,
        longest_wait: float = 0.0,
    ) -> None:
        self._store = store
        self._application = application
        self._connector = connector
        self._time = time or SystemTime()
        self._settings = settings or EngineSettings(concurrency=concurrency)
        self._pace = pace or Pace(self._time)
        self._progress = progress
        self._longest_wait = longest_wait
        self._worker = secrets.token_hex(8)
        self._rows: Sequence[MappingRow] = ()
        self._start()

    async def apply(self, *, forced: bool = False, accepted: Set[str] = frozenset()) -> RunReport:
        """A full cycle: everybody, then all groups.

        ``forced`` sends everybody's attributes again (*Force Sync*). What passes a threshold that
        is not ``accepted`` is kept back, and told in the report. Raises RunUnderWay.
        """
        queueing = self._start(accepted)
        return await self._run(lambda: queueing.everybody(forced=forced), queueing.all_groups)

    async def incremental(self, *, accepted: Set[str] = frozenset()) -> RunReport:
        """An incremental cycle: what changed since it was last looked at, and what is due again."""
        queueing = self._start(accepted)
        return await self._run(queueing.changed, queueing.changed_groups)

    async def provision(self, person_ids: Sequence[str]) -> RunReport:
        """These people at once (*Provision User*), then the groups that this concerns."""
        queueing = self._start()
        return await self._run(lambda: queueing.people(person_ids), queueing.all_groups)

    async def perform(self, plan: PlanFile) -> RunReport:
        """What a plan says, and nothing else. Raises StalePlan, and then nothing was sent."""
        queueing = self._start()
        return await self._run(lambda: queueing.of_plan(plan), plan_id=plan.id)

    def _start(self, accepted: Set[str] = frozenset()) -> Queueing:
        self._report = RunReport()
        self._recorder = Recorder(
            self._store, self._application, self._time, self._report, self._settings.schedule
        )
        self._lanes = Lanes(
            self._store,
            self._application.id,
            self._recorder,
            self._report,
            self._time,
            self._facts_of,
            self._carry_out,
            worker=self._worker,
            concurrency=self._settings.concurrency,
            patience=self._longest_wait,
            progress=self._progress,
        )
        self._queueing = Queueing(
            self._store, self._application, self._report, accepted, clock=self._time.now
        )
        return self._queueing

    async def _run(self, queue: _Queue, queue_groups: _Queue | None = None, *, plan_id: int = 0) -> RunReport:
        async with self._store.only_run():
            await self._store.recover(self._application.id, self._lanes.lease())
            self._rows = await self._queueing.begin()
            beating = asyncio.create_task(self._lanes.beat())
            try:
                await queue()
                await self._lanes.send(Stage.USERS, plan_id)
                if queue_groups is not None and await self._queueing.references():
                    await self._lanes.send(Stage.USERS)
                if not self._report.stopped:
                    if queue_groups is not None:
                        await queue_groups()
                    await self._lanes.send(Stage.GROUPS, plan_id)
            finally:
                beating.cancel()
                with suppress(asyncio.CancelledError):
                    await beating
                await self._store.recover(self._application.id, self._lanes.lease())
            await self._keep_what_was_learnt()
        return self._report

    async def _keep_what_was_learnt(self) -> None:
        before = await self._store.engine_state(self._application.id)
        after = replace(
            before,
            learned=round(self._pace.per_second, 3),
            measured=round(self._pace.measured(), 1) or before.measured,
        )
        if after != before:
            await self._store.set_engine_state(self._application.id, after)
        if self._report.counts:
            await self._store.tidy(self._application.id, KEPT_JOBS)

    async def _facts_of(self, jobs: Sequence[Job]) -> Mapping[str, PersonFacts]:
        """What is then wanted and known of the people whom these jobs are about."""
        ids = [job.subject_id for job in jobs if job.stage is Stage.USERS]
        if not ids:
            return {}
        found = await self._store.facts_of(self._application.id, ids)
        played = await as_played(self._store, self._application, found, self._time.now())
        return {facts.person.id: facts for facts in played}

    async def _carry_out(self, job: Job, facts: PersonFacts | None) -> None:
        if facts is not None:
            await send_user(self._application, self._rows, self._connector, self._recorder, job, facts)
        elif job.stage is Stage.USERS:
            await self._recorder.done(job, Kind.NOTHING, detail="no longer in the directory")
        else:
            await send_group(self._store, self._application, self._connector, self._recorder, job)
