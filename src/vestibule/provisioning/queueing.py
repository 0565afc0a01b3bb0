"""What a run queues: everybody, whoever changed, some people, or just a plan. Thresholds are kept here."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from datetime import datetime

from vestibule.provisioning.app_user import AppUserState
from vestibule.provisioning.application import Application
from vestibule.provisioning.as_played import MANAGER, as_played, deleted_before, part_played
from vestibule.provisioning.engine_store import Touched
from vestibule.provisioning.job import Kind, NewJob
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.plan import PersonFacts, due_kind, group_job, plan_group, user_job
from vestibule.provisioning.plan_file import PlanFile
from vestibule.provisioning.planning import Planning
from vestibule.provisioning.push_group import PushFacts
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.source import fold_login
from vestibule.provisioning.store import ProvisioningStore, UnknownName
from vestibule.provisioning.threshold import Threshold, held

_PAGE = 500
USERS, GROUPS, CYCLE = "users", "groups", "cycle"


class Queueing:
    """Of one application and one run; what is kept back is told in the report."""

    def __init__(
        self,
        store: ProvisioningStore,
        application: Application,
        report: RunReport,
        accepted: Set[str] = frozenset(),
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._clock = clock
        self._application = application
        self._id = application.id
        self._rows: Sequence[MappingRow] = ()
        self._report = report
        self._accepted = accepted

    async def begin(self) -> Sequence[MappingRow]:
        """Read the mapping, with which everything is planned; what it is."""
        self._rows = await self._store.mapping(self._id)
        return self._rows

    async def everybody(self, *, forced: bool = False) -> None:
        """A full cycle's users. ``forced`` sends everybody's attributes again (*Force Sync*)."""
        mark = await self._store.change_mark()
        deactivations: list[NewJob] = []
        active = 0
        after = ""
        while page := await self._store.people_facts(self._id, after, _PAGE):
            jobs: list[NewJob] = []
            for facts in await self._played(page):
                active += facts.app_user is not None and facts.app_user.state is AppUserState.ACTIVE
                kind = due_kind(self._application, self._rows, facts, forced=forced)
                if kind is not Kind.NOTHING:
                    job = user_job(facts, kind, forced=forced)
                    (deactivations if kind is Kind.DEACTIVATE else jobs).append(job)
            await self._store.enqueue(self._id, jobs)
            after = fold_login(page[-1].person.login)
        if await self._may(Threshold.DEACTIVATIONS, len(deactivations), active):
            await self._store.enqueue(self._id, deactivations)
            await self._store.looked_at_all(self._id, USERS, mark)
        await self._store.looked_at_all(self._id, CYCLE, mark)

    async def changed(self) -> None:
        """An incremental cycle's users: whoever was touched; everybody, where that was asked for meanwhile."""
        if await self._store.touched(self._id, CYCLE):
            await self.everybody()
            return
        deactivations: list[NewJob] = []
        seen_leaving: list[Touched] = []
        after = ""
        while page := await self._store.touched(self._id, USERS, after, _PAGE):
            jobs, seen = [], []
            for one in page:
                job = await self._job_of(one.subject_id)
                if job is not None and job.kind is Kind.DEACTIVATE:
                    deactivations.append(job)
                    seen_leaving.append(one)
                    continue
                seen.append(one)
                jobs += [job] if job is not None else []
            await self._store.enqueue(self._id, jobs, seen)
            after = page[-1].subject_id
        if deactivations:
            active = await self._store.active_count(self._id)
            if await self._may(Threshold.DEACTIVATIONS, len(deactivations), active):
                await self._store.enqueue(self._id, deactivations, seen_leaving)
        if before := deleted_before(self._application, self._clock()):
            overdue = [await self._job_of(id) for id in await self._store.leavers(self._id, before)]
            await self._store.enqueue(self._id, [job for job in overdue if job is not None])

    async def references(self) -> bool:
        """A played client's second pass: who refers to somebody that is there by now (W117). Whether anybody does."""
        arrived = (Kind.CREATE, Kind.LINK, Kind.REACTIVATE)
        if not part_played(self._application).refers_by_id or not any(
            self._report.counts[kind] for kind in arrived
        ):
            return False
        queued, after = 0, ""
        while page := await self._store.people_facts(self._id, after, _PAGE):
            found = [facts for facts in page if facts.person.attributes.get(MANAGER)]
            jobs = []
            for facts in await self._played(found):
                if due_kind(self._application, self._rows, facts) is Kind.UPDATE:
                    jobs.append(user_job(facts, Kind.UPDATE))
            queued += await self._store.enqueue(self._id, jobs)
            after = fold_login(page[-1].person.login)
        return queued > 0

    async def people(self, person_ids: Sequence[str]) -> None:
        """These, whatever seems to have changed (*Provision User*)."""
        jobs: list[NewJob] = []
        for person_id in person_ids:
            await self._store.provision_held(self._id, person_id)
            (facts,) = await self._played([await self._store.person_facts(self._id, person_id)])
            kind = due_kind(self._application, self._rows, facts, forced=True)
            if kind is not Kind.NOTHING:
                jobs.append(user_job(facts, kind, forced=True))
        await self._store.enqueue(self._id, jobs)

    async def of_plan(self, plan: PlanFile) -> None:
        """What a plan says. Raises StalePlan before anything is queued."""
        async for jobs in Planning(self._store, self._application, self._clock).jobs_of(plan):
            await self._store.enqueue(self._id, jobs)

    async def all_groups(self) -> None:
        """A full cycle's groups."""
        mark = await self._store.change_mark()
        if await self._queue_groups(await self._store.push_facts(self._id), ()):
            await self._store.looked_at_all(self._id, GROUPS, mark)

    async def changed_groups(self) -> None:
        """An incremental cycle's groups: those touched by the directory, or by what was done to their members."""
        after = ""
        while page := await self._store.touched(self._id, GROUPS, after, _PAGE):
            found: list[PushFacts] = []
            for one in page:
                found += await self._store.push_facts(self._id, one.subject_id)
            await self._queue_groups(found, page)
            after = page[-1].subject_id

    async def _queue_groups(self, found: Sequence[PushFacts], seen: Sequence[Touched]) -> bool:
        jobs = []
        leaving = deleted = 0
        for facts in found:
            planned = plan_group(self._application, facts)
            if planned.kind is Kind.NOTHING:
                continue
            deleted += planned.kind is Kind.DELETE_GROUP
            leaving += facts.to_remove
            jobs.append(group_job(facts, planned))
        there = await self._store.pushed_count(self._id)
        if not await self._may(Threshold.GROUP_DELETIONS, deleted, len(found)):
            jobs = [job for job in jobs if job.kind is not Kind.DELETE_GROUP]
        if not await self._may(Threshold.MEMBER_REMOVALS, leaving, there):
            return False
        await self._store.enqueue(self._id, jobs, seen)
        return True

    async def _job_of(self, person_id: str) -> NewJob | None:
        try:
            (facts,) = await self._played([await self._store.person_facts(self._id, person_id)])
        except UnknownName:
            return None
        kind = due_kind(self._application, self._rows, facts)
        return user_job(facts, kind) if kind is not Kind.NOTHING else None

    async def _played(self, found: Sequence[PersonFacts]) -> Sequence[PersonFacts]:
        return await as_played(self._store, self._application, found, self._clock())

    async def _may(self, name: Threshold, taken: int, there: int) -> bool:
        limits = (await self._store.engine_settings(self._id)).limits
        stopped = held({name: taken}, {name: there}, limits, self._accepted)
        self._report.held |= {str(threshold): sentence for threshold, sentence in stopped.items()}
        return not stopped
