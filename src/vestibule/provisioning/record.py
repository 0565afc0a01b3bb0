"""Records how the attempts of a run end, and decides with the retry rules what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from vestibule.provisioning.app_user import AppUser
from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import Busy, Failing, Failure, StopRun, Unreachable
from vestibule.provisioning.job import Job, JobState, Kind
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.report import Fault, RunReport
from vestibule.provisioning.retry import TryAgain, next_quarantine_try, next_step, too_many_failed
from vestibule.provisioning.store import Attempt, ProvisioningStore
from vestibule.provisioning.timepiece import Timepiece

#: So many failures on end without an answer are not one person's: the application is down.
DOWN_AFTER = 8


class Recorder:
    """Writes job, attempt and counterpart in one transaction, and counts."""

    def __init__(
        self,
        store: ProvisioningStore,
        application: Application,
        time: Timepiece,
        report: RunReport,
        schedule: str = "vestibule",
    ) -> None:
        self._store = store
        self._application = application
        self._time = time
        self._schedule = schedule
        self._report = report
        #: Seconds for which the whole application is left alone, 0 where it is not.
        self.hold = 0
        self._unanswered = self._failed = 0

    def take_hold(self) -> int:
        """For how many seconds nothing more is to be sent; asking ends the hold."""
        held, self.hold = self.hold, 0
        return held

    def instant(self) -> datetime:
        """Now."""
        return self._time.now()

    def now(self, plus: int = 0) -> str:
        """The instant, or one ``plus`` seconds later."""
        return (self._time.now() + timedelta(seconds=plus)).isoformat(timespec="milliseconds")

    async def done(
        self,
        job: Job,
        kind: Kind,
        *,
        app_user: AppUser | None = None,
        push_group: PushGroup | None = None,
        detail: str = "",
    ) -> None:
        """The job is done, and was of this kind."""
        at = self.now()
        self._unanswered = 0
        job = replace(
            job,
            state=JobState.DONE,
            kind=kind,
            attempts=job.attempts + 1,
            detail=detail,
            outcome="done",
            retry_at="",
            finished=at,
            first_failed="",
        )
        attempt = Attempt(at, "done", detail=detail)
        await self._store.settle(self._application.id, job, attempt, app_user=app_user, push_group=push_group)
        self._report.counts[kind] += 1

    async def failed(
        self,
        job: Job,
        kind: Kind,
        failure: Failure,
        *,
        app_user: AppUser | None = None,
        push_group: PushGroup | None = None,
    ) -> None:
        """An attempt failed. The counterpart is kept where that is final.

        StopRun leaves the job queued and puts the whole application in quarantine.
        """
        attempts = job.attempts + 1
        attempt = Attempt(self.now(), failure.outcome, failure.status, str(failure))
        tried = replace(job, kind=kind, attempts=attempts, detail=str(failure), outcome=failure.outcome)
        if isinstance(failure, StopRun):
            self._report.stopped = str(failure)  # before the job is queued again: no lane may take it
            queued = replace(tried, state=JobState.QUEUED, attempts=job.attempts)
            await self._store.settle(self._application.id, queued, attempt)
            await self._stop(str(failure))
            return
        self._failed += 1
        self._unanswered = self._unanswered + 1 if isinstance(failure, Failing | Unreachable) else 0
        first = job.first_failed or attempt.at
        failing_for = self._time.now() - datetime.fromisoformat(first)
        tried = replace(tried, first_failed=first)
        step = next_step(failure, attempts, self._schedule, failing_for)
        if isinstance(step, TryAgain):
            await self._hold_back(failure, step)
            later = replace(tried, state=JobState.RETRYING, retry_at=self.now(step.seconds))
            await self._store.settle(self._application.id, later, attempt)
            return
        given_up = replace(
            tried, state=JobState.QUARANTINED, detail=step.reason, retry_at="", finished=self.now()
        )
        await self._store.settle(
            self._application.id, given_up, attempt, app_user=app_user, push_group=push_group
        )
        self._report.add_fault(Fault(job.label, kind, failure.outcome, step.reason))

    async def _hold_back(self, failure: Failure, step: TryAgain) -> None:
        """An application that is busy, or down, is left alone: thousands of others would fare no better."""
        is_down = self._unanswered >= DOWN_AFTER
        if self._schedule == "entra" and (is_down or self._too_many()):
            self._report.stopped = f"Most of what was sent failed. The latest: {failure}"
            await self._stop(self._report.stopped)
        elif isinstance(failure, Busy) or is_down:
            self.hold = max(self.hold, step.seconds)

    def _too_many(self) -> bool:
        return too_many_failed(self._schedule, self._failed, sum(self._report.counts.values()))

    async def _stop(self, reason: str) -> None:
        """Quarantine the application: nothing is sent until somebody acts, or the schedule tries again."""
        await self._store.quarantine(self._application.id, reason)
        state = await self._store.engine_state(self._application.id)
        wait = next_quarantine_try(0, self._schedule, timedelta())
        await self._store.set_engine_state(
            self._application.id,
            replace(
                state,
                quarantined_since=state.quarantined_since or self.now(),
                quarantine_tries=0,
                next_try=self.now(wait) if wait is not None else "",
            ),
        )
