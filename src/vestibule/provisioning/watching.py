"""Keeps applications in step: what changes is sent at once, what is due again when it is due.

Looks into the store every fraction of a second, which costs some microseconds; any number of
processes may do so where the store bears several senders.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta

from vestibule.provisioning.application import Application
from vestibule.provisioning.as_played import deleted_before
from vestibule.provisioning.connector import CredentialsTest, Verdict
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.retry import ENTRA_GIVES_UP, next_quarantine_try
from vestibule.provisioning.store import ProvisioningStore, RunUnderWay
from vestibule.provisioning.timepiece import Timepiece
from vestibule.provisioning.worker import Worker

LOOK_EVERY_SECONDS = 0.25
#: A run that did not come to its end (another was under way, the database was busy) is tried again after so long.
_AGAIN_SECONDS = 2.0

_WorkerOf = Callable[[Application], AbstractAsyncContextManager[Worker]]


class Watching:
    """``told`` hears of every run that did anything."""

    def __init__(
        self,
        store: ProvisioningStore,
        time: Timepiece,
        worker_of: _WorkerOf,
        test: Callable[[Application], Awaitable[CredentialsTest]],
        told: Callable[[Application, RunReport], None],
    ) -> None:
        self._store = store
        self._time = time
        self._worker_of = worker_of
        self._test = test
        self._told = told
        self._seen: dict[int, int] = {}
        self._not_before: dict[int, datetime] = {}

    async def watch(self, names: Sequence[str] = ()) -> None:
        """Never returns; cancel it. Without names all applications that have a connection."""
        while True:
            await self.look(names)
            await self._time.sleep(LOOK_EVERY_SECONDS)

    async def look(self, names: Sequence[str] = ()) -> bool:
        """Run whatever has something to do, each once; whether there was anything."""
        did = False
        for application in await self._store.applications():
            wanted = not names or application.name in names
            if wanted and application.connection is not None:
                did = await self._look_at(application) or did
        return did

    async def _look_at(self, application: Application) -> bool:
        now = self._time.now()
        if self._not_before.get(application.id, now) > now:
            return False
        if application.quarantined:
            return await self._try_again(application, now)
        stirring = await self._store.stirring(application.id)
        is_new = stirring.newest not in (0, self._seen.get(application.id, 0))
        is_due = stirring.due is not None and (
            not stirring.due or datetime.fromisoformat(stirring.due) <= now
        )
        before = deleted_before(application, now)
        is_overdue = bool(before and await self._store.leavers(application.id, before, 1))
        if not is_new and not is_due and not is_overdue:
            return False
        try:
            async with self._worker_of(application) as worker:
                report = await worker.incremental()
        except RunUnderWay:
            self._not_before[application.id] = now + timedelta(seconds=_AGAIN_SECONDS)
            return False
        # What a threshold keeps back stays touched: it is looked at again when something else is.
        self._seen[application.id] = (await self._store.stirring(application.id)).newest if report.held else 0
        if report.pause:
            self._not_before[application.id] = self._time.now() + timedelta(seconds=report.pause)
        if report.counts or report.failures or report.stopped or report.held:
            self._told(application, report)
        return True

    async def _try_again(self, application: Application, now: datetime) -> bool:
        """An application in quarantine, where its retry schedule tries again by itself."""
        state = await self._store.engine_state(application.id)
        if not state.next_try or datetime.fromisoformat(state.next_try) > now:
            return False
        if (await self._test(application)).verdict is Verdict.GOOD:
            return True
        settings = await self._store.engine_settings(application.id)
        lasting = now - datetime.fromisoformat(state.quarantined_since)
        wait = next_quarantine_try(state.quarantine_tries + 1, settings.schedule, lasting)
        next_try = "" if wait is None else (now + timedelta(seconds=wait)).isoformat(timespec="milliseconds")
        await self._store.set_engine_state(
            application.id,
            replace(state, quarantine_tries=state.quarantine_tries + 1, next_try=next_try),
        )
        if wait is None:
            await self._store.quarantine(
                application.id,
                f"Switched off after {ENTRA_GIVES_UP.days} days of quarantine. {application.quarantined}",
            )
        return True


async def end_quarantine(store: ProvisioningStore, application: Application) -> None:
    """The application is sent to again, at once."""
    await store.quarantine(application.id, "")
    state = await store.engine_state(application.id)
    await store.set_engine_state(
        application.id, replace(state, quarantined_since="", quarantine_tries=0, next_try="")
    )
