"""A plan that is kept: read, approved, done exactly so, or refused as stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.provisioning.company import Company, company
from vestibule.connectors.scim import ScimConnector
from vestibule.provisioning.engine_settings import EngineSettings
from vestibule.provisioning.job import Kind
from vestibule.provisioning.plan_file import PlanFile, PlannedOperation, PlanState
from vestibule.provisioning.plan_text import headlines, lines_of, page_row, page_start
from vestibule.provisioning.planning import Planning, StalePlan, approved, check_appliable
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.source import PersonRow, Status
from vestibule.provisioning.threshold import Held, Limits
from vestibule.provisioning.worker import Worker
from vestibule.refused import Refused

pytestmark = pytest.mark.usefixtures("each_store")


NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


async def made(firm: Company) -> PlanFile:
    return await Planning(firm.store, firm.application, lambda: NOON).make("mika")


async def lines(firm: Company, plan: PlanFile) -> list[PlannedOperation]:
    return [one for _, one in await firm.store.operations(firm.application.id, plan.id)]


async def performed(firm: Company, plan: PlanFile) -> RunReport:
    connector = ScimConnector(firm.application)
    try:
        return await Worker(firm.store, firm.application, connector).perform(plan)
    finally:
        await connector.close()


async def test_a_plan_tells_order_reason_differences_requests_and_time() -> None:
    async with company(3) as firm:
        await firm.assign_all()
        await firm.push("Everyone")
        plan = await made(firm)
        found = await lines(firm, plan)
        assert [(one.kind, one.label) for one in found] == [
            (Kind.CREATE, "p000"),
            (Kind.CREATE, "p001"),
            (Kind.CREATE, "p002"),
            (Kind.PUSH_GROUP, "Everyone"),
        ]
        assert found[0].reason == "assigned, not there yet"
        assert ("familyName", None, "Family0") in [
            (d.variable, d.before, d.after) for d in found[0].differences
        ]
        assert found[3].people_in == {one.subject_id for one in found[:3]}
        assert (plan.requests, plan.seconds) == (3 * 2 + 3, 9 / 25)
        assert firm.server.requests == []
        said = headlines("app", plan)
        assert said[1] == "4 operations: 3 create, 1 push group."
        assert "9 requests, about 1 s at 25 requests a second (assumed" in said[2]
        firm.server.forget_requests()
        report = await performed(firm, plan)
        assert report.counts == {Kind.CREATE: 3, Kind.PUSH_GROUP: 1}
        assert len(firm.server.requests) == plan.requests
        assert len(firm.server.member_names("Everyone")) == 3


async def test_an_update_shows_what_it_was_and_what_it_becomes() -> None:
    async with company(1) as firm:
        await firm.assign_all()
        await firm.apply()
        await firm.person("p000", lastName="Virta", title="Boss")
        (operation,) = await lines(firm, await made(firm))
        assert [(d.variable, d.before, d.after) for d in operation.differences] == [
            ("familyName", "Family0", "Virta"),
            ("title", None, "Boss"),
        ]
        assert operation.reason == "changed here: familyName, title"
        text = list(lines_of(1, operation))
        assert text[1].strip() == "familyName: Family0 → Virta"
        assert "familyName: Family0 → Virta" in page_row(1, operation)


async def test_a_leaver_goes_out_of_the_group_in_the_same_plan() -> None:
    async with company(3) as firm:
        await firm.assign_all()
        await firm.push("Everyone")
        await firm.apply()
        await firm.person("p001", status=Status.DEPROVISIONED)
        plan = await made(firm)
        leaver, group = await lines(firm, plan)
        assert (leaver.kind, leaver.reason) == (Kind.DEACTIVATE, "left the directory (deprovisioned)")
        assert (group.people_in, group.people_out) == (frozenset(), {leaver.subject_id})
        await performed(firm, plan)
        assert firm.server.member_names("Everyone") == {"P000@corp.test", "P002@corp.test"}
        assert (await lines(firm, await made(firm))) == []


async def test_only_what_the_plan_says_is_done() -> None:
    async with company(3) as firm:
        people = await firm.store.people()
        await firm.assign_all()
        plan = await made(firm)
        await firm.reads(
            people={
                **firm.reading.people,
                "zed": PersonRow(
                    "zed", {**firm.reading.people["p000"].attributes, "login": "zed", "email": "z@x.test"}
                ),
            }
        )
        await firm.assign_all()
        report = await performed(firm, plan)
        assert report.counts == {Kind.CREATE: len(people)}
        assert (await firm.apply()).counts == {Kind.CREATE: 1}


async def test_a_plan_is_stale_once_anything_of_it_changed() -> None:
    async with company(3) as firm:
        await firm.assign_all()
        plan = await made(firm)
        await firm.person("p001", lastName="Other")
        with pytest.raises(
            StalePlan, match="1 operation would be another one now, the first of them for p001"
        ):
            await performed(firm, plan)
        assert firm.server.requests == []
        plan = await made(firm)
        rows = await firm.store.mapping(firm.application.id)
        await firm.store.set_mapping(firm.application.id, rows[:-1])
        with pytest.raises(StalePlan, match="its mapping was changed"):
            await performed(firm, plan)


async def test_a_plan_is_applied_once_and_approved_where_that_is_asked_for() -> None:
    async with company(1) as firm:
        await firm.assign_all()
        plan = await made(firm)
        careful = EngineSettings(needs_approval=True)
        with pytest.raises(Refused, match="was not approved"):
            check_appliable(plan, careful, frozenset())
        plan = approved(plan, "hanako", NOON)
        check_appliable(plan, careful, frozenset())
        with pytest.raises(Refused, match="only one that was made"):
            approved(plan, "hanako", NOON)
        with pytest.raises(Refused, match="is applied"):
            check_appliable(replace(plan, state=PlanState.APPLIED), EngineSettings(), frozenset())
        await firm.store.change_plan(plan)
        assert await firm.store.plan(firm.application.id, plan.id) == plan


@pytest.mark.parametrize(
    ("accepted", "stopped"), [(frozenset(), True), (frozenset({"deactivations"}), False)]
)
async def test_too_many_deactivations_are_kept_back_until_they_are_meant(
    accepted: Set[str], stopped: bool
) -> None:
    async with company(20) as firm:
        await firm.store.set_engine_settings(firm.application.id, EngineSettings(limits=Limits(3, 0.2)))
        await firm.assign_all()
        await firm.apply()
        for number in range(5):
            await firm.person(f"p{number:03d}", status=Status.DEPROVISIONED)
        await firm.person("p010", title="New")
        plan = await made(firm)
        if stopped:
            with pytest.raises(Held, match=r"5 people of 20 would be deactivated.*--accept deactivations"):
                check_appliable(plan, EngineSettings(), accepted)
            assert any(line.startswith("Stopped: 5 people") for line in headlines("app", plan))
        else:
            check_appliable(plan, EngineSettings(), accepted)
        connector = ScimConnector(firm.application)
        report = await Worker(firm.store, firm.application, connector).apply(accepted=accepted)
        await connector.close()
        assert report.counts == ({Kind.UPDATE: 1} if stopped else {Kind.UPDATE: 1, Kind.DEACTIVATE: 5})
        assert list(report.held) == (["deactivations"] if stopped else [])


async def test_whoever_lacks_a_mandatory_attribute_is_listed_and_never_sent() -> None:
    async with company(3) as firm:
        rows = await firm.store.mapping(firm.application.id)
        await firm.store.set_mapping(
            firm.application.id, [replace(r, required=r.variable == "familyName") for r in rows]
        )
        await firm.person("p001", lastName="")
        await firm.assign_all()
        plan = await made(firm)
        held = [one for one in await lines(firm, plan) if one.kind is Kind.NOTHING]
        assert [(one.label, one.reason) for one in held] == [
            ("p001", "skipped: mandatory and without a value: name.familyName (user.lastName)")
        ]
        report = await firm.apply()
        assert report.counts == {Kind.CREATE: 2}
        assert [(f.label, f.outcome) for f in report.faults] == [("p001", "skipped")]
        assert Counter(line.split()[0] for line in firm.server.lines) == {"GET": 2, "POST": 2}


async def test_a_page_shows_names_as_text() -> None:
    async with company(1) as firm:
        await firm.person("p000", displayName="<script>alert(1)</script>")
        await firm.assign_all()
        plan = await made(firm)
        (operation,) = await lines(firm, plan)
        page = page_start("<app>", plan) + page_row(1, operation)
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


async def test_a_plan_that_was_not_made_to_its_end_is_refused() -> None:
    async with company(1) as firm:
        kept = await firm.store.keep_plan(
            PlanFile(0, firm.application.id, "2026-11-30", "mika", PlanState.UNFINISHED)
        )
        with pytest.raises(Refused, match="unfinished: make a new one"):
            check_appliable(kept, EngineSettings(), frozenset())
