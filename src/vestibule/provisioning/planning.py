"""Plans the whole of an application, operation by operation: users in order of logins, then groups (W151).

Reads page by page; what is remembered of a directory of any size are the ids of those who come and go.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence, Set
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime

from vestibule.provisioning.app_user import AppUserState
from vestibule.provisioning.application import Application
from vestibule.provisioning.as_played import as_played
from vestibule.provisioning.effort import rate_of, requests_for_group, requests_for_user
from vestibule.provisioning.engine_settings import EngineSettings
from vestibule.provisioning.job import Kind, NewJob, Stage
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.plan import PersonFacts, PlannedUser, plan_group, plan_user
from vestibule.provisioning.plan_file import (
    PlanFile,
    PlannedOperation,
    PlanState,
    group_fingerprint,
    settings_fingerprint,
    user_fingerprint,
)
from vestibule.provisioning.push_group import PushFacts, PushState
from vestibule.provisioning.reason import differences, reason
from vestibule.provisioning.source import fold_login
from vestibule.provisioning.store import ProvisioningStore
from vestibule.provisioning.threshold import Held, Threshold, held
from vestibule.provisioning.wording import number_of
from vestibule.refused import Refused

_PAGE = 500


class StalePlan(Refused):
    """What a plan was made from has changed since."""

    status = 409


@dataclass(slots=True)
class Moving:
    """Who gets an id there by the operations before the groups, and who goes; and the counts for thresholds."""

    arriving: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)
    active_there: int = 0
    taken: Counter[Threshold] = field(default_factory=Counter)
    there: Counter[Threshold] = field(default_factory=Counter)


class Planning:
    """The plan of one application."""

    def __init__(
        self, store: ProvisioningStore, application: Application, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._clock = clock
        self._application = application
        self.moving = Moving()

    async def operations(self) -> AsyncIterator[PlannedOperation]:
        """All there is to do, in order; kind NOTHING for whoever is held back for a reason worth a word."""
        self.moving = Moving()
        rows = await self._store.mapping(self._application.id)
        names = await self._store.group_names()
        after = ""
        while page := await self._store.people_facts(self._application.id, after, _PAGE):
            for facts in await as_played(self._store, self._application, page, self._clock()):
                operation = self._of_person(rows, facts, names)
                if operation is not None:
                    yield operation
            after = fold_login(page[-1].person.login)
        self.moving.there[Threshold.DEACTIVATIONS] = self.moving.active_there
        self.moving.there[Threshold.MEMBER_REMOVALS] = await self._store.pushed_count(self._application.id)
        leaving: defaultdict[str, set[str]] = defaultdict(set)
        for group_id, person_id in await self._store.pushed_of(
            self._application.id, sorted(self.moving.leaving)
        ):
            leaving[group_id].add(person_id)
        for push in await self._store.push_facts(self._application.id):
            of_group = await self._of_group(push, leaving[push.group.group_id])
            if of_group is not None:
                yield of_group

    async def make(self, made_by: str, *, refreshed: bool = False) -> PlanFile:
        """A plan, kept. One that a killed process left unfinished has no operations counted, and is refused."""
        state = await self._store.engine_state(self._application.id)
        rate = rate_of(state.learned, state.measured)
        plan = await self._store.keep_plan(
            PlanFile(
                0,
                self._application.id,
                self._clock().isoformat(timespec="seconds"),
                made_by,
                PlanState.UNFINISHED,
                refreshed,
                settings=await self.settings(),
                per_second=rate.per_second,
                rate_from=rate.known_from,
            )
        )
        counts: Counter[str] = Counter()
        requests, position = 0, 1
        waiting: list[PlannedOperation] = []
        async for operation in self.operations():
            counts[operation.kind] += 1
            requests += operation.requests
            waiting.append(operation)
            if len(waiting) == _PAGE:
                await self._store.add_operations(plan, position, waiting)
                position += len(waiting)
                waiting.clear()
        await self._store.add_operations(plan, position, waiting)
        limits = (await self._store.engine_settings(self._application.id)).limits
        stopped = held(self.moving.taken, self.moving.there, limits, frozenset())
        made = replace(
            plan,
            state=PlanState.MADE,
            operations=sum(counts.values()) - counts[Kind.NOTHING],
            requests=requests,
            counts=dict(counts),
            held={str(name): sentence for name, sentence in stopped.items()},
        )
        await self._store.change_plan(made)
        return made

    async def jobs_of(self, plan: PlanFile) -> AsyncIterator[list[NewJob]]:
        """The jobs that carry out a plan, page by page. Raises StalePlan before the first."""
        await self._check_fresh(plan)
        after = 0
        while page := await self._store.operations(self._application.id, plan.id, after, _PAGE):
            yield [
                NewJob(
                    operation.stage,
                    operation.subject_id,
                    operation.label,
                    operation.kind,
                    plan_id=plan.id,
                    fingerprint=operation.fingerprint,
                )
                for _, operation in page
                if operation.kind is not Kind.NOTHING
            ]
            after = page[-1][0]

    async def settings(self) -> str:
        """The fingerprint of what is decided for everybody: the application's settings and its mapping."""
        plain = replace(self._application, quarantined="")
        address = plain.connection.base_url if plain.connection else ""
        shown = [str(part) for part in astuple(replace(plain, connection=None, operations=frozenset()))]
        rows = await self._store.mapping(self._application.id)
        return settings_fingerprint(shown, sorted(plain.operations), address, [astuple(row) for row in rows])

    async def _check_fresh(self, plan: PlanFile) -> None:
        if plan.settings != await self.settings():
            raise StalePlan(
                f"Plan {plan.id} is stale: the application or its mapping was changed since it was made. Make a new one."
            )
        planned: dict[tuple[str, str], tuple[str, str]] = {}
        after = 0
        while page := await self._store.operations(self._application.id, plan.id, after, _PAGE):
            for _, one in page:
                if one.kind is not Kind.NOTHING:
                    planned[one.stage, one.subject_id] = (one.fingerprint, one.label)
            after = page[-1][0]
        async for operation in self.operations():
            key = (operation.stage, operation.subject_id)
            if key in planned and planned[key][0] == operation.fingerprint:
                del planned[key]
        if planned:
            _, label = next(iter(planned.values()))
            raise StalePlan(
                f"Plan {plan.id} is stale: {number_of(len(planned), 'operation')} would be another one now, the first "
                f"of them for {label}. Nothing was sent. Make a new one."
            )

    def _of_person(
        self, rows: Sequence[MappingRow], facts: PersonFacts, names: dict[str, str]
    ) -> PlannedOperation | None:
        known = facts.app_user
        self.moving.active_there += known is not None and known.state is AppUserState.ACTIVE
        planned = plan_user(self._application, rows, facts)
        if planned.kind is Kind.NOTHING and not planned.note:
            return None
        if planned.fault or planned.kind is Kind.NOTHING:
            return _held_back(facts, planned)
        if planned.kind is Kind.DEACTIVATE:
            self.moving.leaving.add(facts.person.id)
            self.moving.taken[Threshold.DEACTIVATIONS] += 1
        elif planned.kind in (Kind.CREATE, Kind.REACTIVATE):
            self.moving.arriving.add(facts.person.id)
        return PlannedOperation(
            Stage.USERS,
            facts.person.id,
            facts.person.shown_name,
            planned.kind,
            reason(facts, planned, names),
            differences(facts, planned),
            requests_for_user(self._application, planned.kind),
            user_fingerprint(facts, planned),
        )

    async def _of_group(self, push: PushFacts, leaving: set[str]) -> PlannedOperation | None:
        planned = plan_group(self._application, push)
        group = push.group
        self.moving.there[Threshold.GROUP_DELETIONS] += 1
        if planned.kind is Kind.NOTHING and planned.note and not push.without_id:
            return _held_group(push, planned.note)
        into, out = frozenset[str](), frozenset[str]()
        differs = push.to_add or push.to_remove or push.without_id or leaving
        if group.state is PushState.ACTIVE and self._application.pushes_groups and differs:
            members = await self._store.push_members(self._application.id, group.group_id)
            into = members.to_add - self.moving.leaving | members.waiting & self.moving.arriving
            out = members.to_remove | leaving
        kind = planned.kind
        if kind is Kind.NOTHING:
            if planned.note.startswith("waits"):
                return _held_group(push, planned.note)
            if not into and not out:
                return _held_group(push, planned.note) if planned.note else None
            kind = Kind.CHANGE_GROUP
        if kind is Kind.CHANGE_GROUP and not (into or out or planned.rename or group.full_push):
            return None
        if kind is Kind.DELETE_GROUP:
            self.moving.taken[Threshold.GROUP_DELETIONS] += 1
        self.moving.taken[Threshold.MEMBER_REMOVALS] += len(out)
        return PlannedOperation(
            Stage.GROUPS,
            group.group_id,
            group.name,
            kind,
            _group_reason(push, planned.rename, into, out),
            (),
            requests_for_group(self._application, kind, len(into) + len(out), renamed=planned.rename),
            group_fingerprint(kind, group.name, group.external_id, into, out),
            into,
            out,
        )


def approved(plan: PlanFile, by: str, at: datetime) -> PlanFile:
    """The plan, approved; raises Refused where that is not for anybody to say any more."""
    if plan.state is not PlanState.MADE:
        raise Refused(
            f"Plan {plan.id} is {plan.state}: only one that was made and not applied can be approved."
        )
    return replace(plan, state=PlanState.APPROVED, decided_by=by, decided_at=at.isoformat(timespec="seconds"))


def check_appliable(plan: PlanFile, settings: EngineSettings, accepted: Set[str]) -> None:
    """Raises Refused where a plan may not be applied: it was, nobody approved it, or a threshold stops it."""
    if plan.state in (PlanState.APPLIED, PlanState.UNFINISHED):
        raise Refused(f"Plan {plan.id} is {plan.state}: make a new one.")
    if settings.needs_approval and plan.state is not PlanState.APPROVED:
        raise Refused(f"Plan {plan.id} was not approved: vestibule app plan approve APP {plan.id}.")
    stopped = [sentence for name, sentence in plan.held.items() if name not in accepted]
    if stopped:
        raise Held(" ".join(stopped))


def _held_back(facts: PersonFacts, planned: PlannedUser) -> PlannedOperation:
    said = f"skipped: {planned.fault}" if planned.fault else planned.note
    return PlannedOperation(Stage.USERS, facts.person.id, facts.person.shown_name, Kind.NOTHING, said)


def _held_group(push: PushFacts, note: str) -> PlannedOperation:
    return PlannedOperation(Stage.GROUPS, push.group.group_id, push.group.name, Kind.NOTHING, note)


def _group_reason(push: PushFacts, rename: bool, into: frozenset[str], out: frozenset[str]) -> str:
    if push.group.state is PushState.DELETING:
        return "unlinked, to be deleted there"
    parts = []
    if not push.group.external_id:
        parts.append("not there yet")
    elif rename:
        parts.append(f"is now called {push.group.name}, was {push.group.name_sent}")
    if push.group.full_push:
        parts.append("the whole membership is to be said again")
    if into or out or not parts:
        parts.append(f"{len(into)} in, {len(out)} out")
    return "; ".join(parts)
