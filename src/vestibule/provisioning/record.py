"""Records how the attempts of a run end, and decides with the retry rules what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from vestibule.provisioning.app_user import AppUser
from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import Failure, StopRun
from vestibule.provisioning.job import Job, JobState, Kind
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.report import Fault, RunReport
from vestibule.provisioning.retry import TryAgain, next_step
from vestibule.provisioning.store import Attempt, ProvisioningStore


class Recorder:
    """Writes job, attempt and counterpart in one transaction, and counts."""

    def __init__(
        self,
        store: ProvisioningStore,
        application: Application,
        clock: Callable[[], datetime],
        report: RunReport,
    ) -> None:
        self._store = store
        self._application = application
        self._clock = clock
        self._report = report

    def now(self, plus: int = 0) -> str:
        """The instant, or one ``plus`` seconds later."""
        return (self._clock() + timedelta(seconds=plus)).isoformat(timespec="milliseconds")

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
        job = replace(
            job,
            state=JobState.DONE,
            kind=kind,
            attempts=job.attempts + 1,
            detail=detail,
            outcome="done",
            retry_at="",
            finished=at,
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
            queued = replace(tried, state=JobState.QUEUED, attempts=job.attempts)
            await self._store.settle(self._application.id, queued, attempt)
            await self._store.change_application(replace(self._application, quarantined=str(failure)))
            self._report.stopped = str(failure)
            return
        step = next_step(failure, attempts)
        if isinstance(step, TryAgain):
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
