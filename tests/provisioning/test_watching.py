"""Incremental cycles: what changed, and only that, is looked at and sent."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from tests.provisioning.company import Company, company
from tests.provisioning.test_schedules import Watched
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.engine_settings import EngineSettings
from vestibule.provisioning.job import JobState, Kind
from vestibule.provisioning.push_group import PushState
from vestibule.provisioning.source import GroupRow, Status
from vestibule.provisioning.threshold import Limits

pytestmark = pytest.mark.usefixtures("each_store")


async def in_step(firm: Company) -> Watched:
    """Everybody assigned by the group, the group pushed, all of it sent; nothing left to look at."""
    group = await firm.store.source_group("Everyone")
    await firm.store.assign(firm.application.id, [Assignment(Subject.GROUP, group.id)])
    await firm.push("Everyone")
    watched = Watched(firm)
    while await watched.watching.look():
        pass
    firm.server.forget_requests()
    watched.reports.clear()
    return watched


async def test_the_first_look_is_the_initial_cycle_and_then_there_is_nothing() -> None:
    async with company(10) as firm:
        watched = await in_step(firm)
        assert len(firm.server.member_names("Everyone")) == 10
        assert not await watched.watching.look()
        assert firm.server.requests == []
        assert (await firm.store.stirring(firm.application.id)).newest == 0


async def test_one_changed_person_is_all_that_is_looked_at() -> None:
    async with company(200) as firm:
        watched = await in_step(firm)
        await firm.person("p007", title="Boss")
        before = firm.store.database.rows_read
        await watched.watching.look()
        assert firm.server.lines == ["GET /Users/user", "PUT /Users/user"]
        assert firm.store.database.rows_read - before < 120


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ("leaves", {Kind.DEACTIVATE: 1, Kind.CHANGE_GROUP: 1}),
        ("is unassigned", {Kind.DEACTIVATE: 5, Kind.CHANGE_GROUP: 1}),
        ("group renamed", {Kind.CHANGE_GROUP: 1}),
        ("push now", {Kind.CHANGE_GROUP: 1}),
        ("username format", {Kind.UPDATE: 5}),
        ("mapping", {Kind.UPDATE: 5}),
    ],
)
async def test_every_kind_of_change_is_noticed(change: str, counts: dict[Kind, int]) -> None:
    async with company(5) as firm:
        watched = await in_step(firm)
        group = await firm.store.source_group("Everyone")
        match change:
            case "leaves":
                await firm.person("p001", status=Status.DEPROVISIONED)
            case "is unassigned":
                await firm.store.unassign(firm.application.id, Subject.GROUP, [group.id])
            case "group renamed":
                await firm.reads(groups={"all": GroupRow("all", "All of us")})
            case "push now":
                (facts,) = await firm.store.push_facts(firm.application.id)
                await firm.store.put_push_group(firm.application.id, replace(facts.group, full_push=True))
            case "username format":
                changed = replace(firm.application, username_format="okta-username")
                await firm.store.change_application(changed)
            case "mapping":
                rows = await firm.store.mapping(firm.application.id)
                changed_rows = [
                    replace(r, expression="user.login") if r.variable == "title" else r for r in rows
                ]
                await firm.store.set_mapping(firm.application.id, changed_rows)
        while await watched.watching.look():
            pass
        assert (
            sum((report.counts for report in watched.reports), start=type(watched.reports[0].counts)())
            == counts
        )


async def test_a_member_who_joins_and_one_who_goes() -> None:
    async with company(6) as firm:
        watched = await in_step(firm)
        members = frozenset(("all", f"p{n:03d}") for n in range(5))
        await firm.reads(memberships=members)
        await watched.watching.look()
        assert len(firm.server.member_names("Everyone")) == 5
        assert firm.server.user("p005@corp.test")["active"] is False
        await firm.reads(memberships=members | {("all", "p005")})
        await watched.watching.look()
        assert len(firm.server.member_names("Everyone")) == 6
        assert firm.server.user("p005@corp.test")["active"] is True


async def test_a_group_that_is_deleted_there() -> None:
    async with company(2) as firm:
        watched = await in_step(firm)
        (facts,) = await firm.store.push_facts(firm.application.id)
        await firm.store.put_push_group(firm.application.id, replace(facts.group, state=PushState.DELETING))
        await watched.watching.look()
        assert firm.server.groups == {}


async def test_too_many_leavers_are_kept_back_once_and_told_once() -> None:
    async with company(20) as firm:
        await firm.store.set_engine_settings(firm.application.id, EngineSettings(limits=Limits(2, 0.1)))
        watched = await in_step(firm)
        people = {login: replace(row, status=Status.DEPROVISIONED) if int(login[1:]) < 5 else row
                  for login, row in firm.reading.people.items()}  # fmt: skip
        await firm.reads(people=people)
        for _ in range(5):
            await watched.watching.look()
        assert [list(report.held) for report in watched.reports] == [["deactivations"]]
        assert firm.server.requests == []
        await firm.person("p010", title="Boss")
        await watched.watching.look()
        assert firm.server.lines == ["GET /Users/user", "PUT /Users/user"]
        async with watched.worker(firm.application) as worker:
            report = await worker.apply(accepted={"deactivations", "member-removals"})
        assert report.counts[Kind.DEACTIVATE] == 5


async def test_a_change_is_there_within_two_seconds() -> None:
    async with company(20) as firm:
        watched = await in_step(firm)
        watched.time.sleep = asyncio.sleep  # type: ignore[method-assign]
        watching = asyncio.create_task(watched.watching.watch())
        began = time.monotonic()
        await firm.person("p003", title="Boss")
        while firm.server.user("p003@corp.test").get("title") != "Boss":
            await asyncio.sleep(0.01)
            assert time.monotonic() - began < 30
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert len(firm.server.requests) == 2


async def test_finished_jobs_are_tidied() -> None:
    async with company(12) as firm:
        await firm.assign_all()
        await firm.apply()
        assert await firm.store.tidy(firm.application.id, 5) == 7
        left = await firm.store.jobs(firm.application.id, finished=True)
        assert len(left) == 5
        assert await firm.store.tidy(firm.application.id, 5) == 0


async def test_a_task_is_retried_or_dismissed() -> None:
    async with company(2) as firm:
        await firm.person("p000", lastName="")
        await firm.assign_all()
        await firm.apply()
        (task,) = await firm.store.jobs(firm.application.id)
        assert task.state is JobState.QUARANTINED
        assert await firm.store.requeue(firm.application.id, task.subject_id) == 1
        assert (await firm.apply()).failures == 1
        assert await firm.store.dismiss(firm.application.id, task.subject_id) == 1
        assert await firm.store.jobs(firm.application.id) == []
        firm.server.forget_requests()
        await firm.apply()
        assert firm.server.requests == []
