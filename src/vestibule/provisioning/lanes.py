"""Sends what is queued: several lanes, each taking a job, carrying it out, recording it, taking the next.

What a job did is recorded, durably, before the next one is taken in its lane. A killed process
leaves at most as many jobs unrecorded as there are lanes: each begins with a look-up, so that
running it again ends in the same state.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from vestibule.provisioning.engine_store import Lease
from vestibule.provisioning.job import Job, Stage
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.record import Recorder
from vestibule.provisioning.report import Progress, RunReport
from vestibule.provisioning.store import ProvisioningStore
from vestibule.provisioning.timepiece import Timepiece

#: A worker that was not heard of for so long is taken for dead, and its jobs are anybody's.
LEASE_SECONDS = 60
_HEARTBEAT_SECONDS = 15
_SHORTEST_WAIT = 0.05
#: Jobs are claimed, and read about, so many at once for each lane.
_CLAIMS_PER_LANE = 4


class Lanes:
    """Of one worker and one application."""

    def __init__(
        self,
        store: ProvisioningStore,
        application_id: int,
        recorder: Recorder,
        report: RunReport,
        time: Timepiece,
        facts_of: Callable[[Sequence[Job]], Awaitable[Mapping[str, PersonFacts]]],
        carry_out: Callable[[Job, PersonFacts | None], Awaitable[None]],
        *,
        worker: str,
        concurrency: int,
        patience: float,
        progress: Callable[[Progress], None],
    ) -> None:
        self._store = store
        self._application_id = application_id
        self._recorder = recorder
        self._report = report
        self._time = time
        self._facts_of = facts_of
        self._carry_out = carry_out
        self._worker = worker
        self._concurrency = concurrency
        self._patience = patience
        self._progress = progress

    def lease(self) -> Lease:
        """The jobs are ours from now on, for a while."""
        now = self._time.now()
        return Lease(self._worker, _text(now), _text(now + timedelta(seconds=LEASE_SECONDS)))

    async def send(self, stage: Stage, plan_id: int = 0) -> None:
        """Run every job of a stage that is due, and those that fall due while patience lasts."""
        total, _ = await self._open(stage, plan_id)
        settled = 0

        def count(job: Job) -> None:
            nonlocal settled
            settled += 1
            self._progress(Progress(stage, settled, max(total, settled), job.label))

        if total:
            self._progress(Progress(stage, 0, total))
        left = total
        while left and not self._report.stopped:
            await self._run(stage, plan_id, count)
            held = self._recorder.take_hold()
            if held:  # jobs that a lane had claimed and did not begin
                await self._store.recover(self._application_id, self.lease())
            left, due = await self._open(stage, plan_id)
            wait = (datetime.fromisoformat(due) - self._time.now()).total_seconds() if due else 0.0
            wait = max(wait, held, _SHORTEST_WAIT)
            if not left or wait > self._patience:
                self._report.pause = max(self._report.pause, held)
                break
            self._patience -= wait
            await self._time.sleep(wait)
        self._report.waiting += left

    async def beat(self) -> None:
        """Say again and again that this worker is alive. Never returns."""
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            await self._store.renew(self._application_id, self.lease())

    def _ends(self) -> bool:
        return bool(self._report.stopped or self._recorder.hold)

    async def _open(self, stage: Stage, plan_id: int) -> tuple[int, str]:
        return await self._store.open_jobs(self._application_id, stage, plan_id=plan_id)

    async def _run(self, stage: Stage, plan_id: int, count: Callable[[Job], None]) -> None:
        claimed: deque[Job] = deque()
        facts: dict[str, PersonFacts] = {}
        claiming = asyncio.Lock()

        async def claim() -> None:
            many = self._concurrency * _CLAIMS_PER_LANE
            jobs = await self._store.claim(self._application_id, stage, self.lease(), many, plan_id=plan_id)
            facts.update(await self._facts_of(jobs))
            claimed.extend(jobs)

        async def take() -> Job | None:
            if not claimed:
                async with claiming:
                    if not claimed and not self._ends():
                        await claim()
            return claimed.popleft() if claimed and not self._ends() else None

        async def lane() -> None:
            while (job := await take()) is not None:
                await self._carry_out(job, facts.pop(job.subject_id, None))
                count(job)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._concurrency):
                    group.create_task(lane())
        except BaseExceptionGroup as faults:  # a full disk, say: one sentence for whoever waits
            raise faults.exceptions[0] from None


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")
