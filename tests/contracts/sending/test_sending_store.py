"""What the sending side asks of a store beside directory and jobs, held on both: changes, plans, rules, audit, leavers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.provisioning.company import company
from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.audit import AuditEntry
from vestibule.provisioning.engine_settings import EngineSettings, EngineState
from vestibule.provisioning.engine_store import Touched
from vestibule.provisioning.job import Kind, NewJob, Stage
from vestibule.provisioning.plan_file import PlanFile, PlannedOperation, PlanState
from vestibule.provisioning.push_rule import Fit, PushRule
from vestibule.provisioning.reason import Difference
from vestibule.provisioning.source import Status
from vestibule.provisioning.store import UnknownName
from vestibule.provisioning.threshold import Limits

pytestmark = pytest.mark.usefixtures("each_store")

NOON = "2026-11-02T12:00:00.000+00:00"


async def test_whoever_a_change_concerns_is_touched_until_it_was_looked_at() -> None:
    async with company(3) as firm:
        store, id = firm.store, firm.application.id
        await store.looked_at_all(id, "cycle", await store.change_mark())
        assert await store.touched(id, "users") == []
        group = await store.source_group("Everyone")
        await store.assign(id, [Assignment(Subject.GROUP, group.id)])
        seen = await store.touched(id, "users")
        assert len(seen) == 3
        assert [one.subject_id for one in seen] == sorted(one.subject_id for one in seen)
        assert await store.touched(id, "users", seen[0].subject_id, 1) == seen[1:2]
        await firm.person("p000", title="Boss")
        await store.looked_at(id, seen)
        (left,) = await store.touched(id, "users")
        assert left == replace(next(one for one in seen if one.subject_id == left.subject_id), mark=left.mark)
        assert (await store.stirring(id)).newest == left.mark
        await store.enqueue(id, [], [left])
        assert (await store.stirring(id)).newest == 0
        assert await store.touched(id + 1, "users") == []


async def test_another_application_s_changes_are_its_own() -> None:
    async with company(1) as firm:
        other = await firm.store.add_application(replace(firm.application, name="other"), ())
        (person,) = await firm.store.people()
        await firm.store.looked_at_all(other.id, "cycle", await firm.store.change_mark())
        await firm.store.assign(firm.application.id, [Assignment(Subject.PERSON, person.id)])
        assert await firm.store.touched(other.id, "users") == []
        assert [type(one) for one in await firm.store.touched(firm.application.id, "users")] == [Touched]


async def test_a_plan_and_its_operations_come_back_as_they_were() -> None:
    async with company(2) as firm:
        store, id = firm.store, firm.application.id
        plan = await store.keep_plan(PlanFile(0, id, NOON, "mia", PlanState.UNFINISHED, False, settings="s"))
        operations = [
            PlannedOperation(
                Stage.USERS, f"u{n}", f"Person {n}", Kind.CREATE, "assigned", (Difference("title", None, "髙"),),
                2, f"f{n}",
            )
            for n in range(3)
        ]  # fmt: skip
        group = PlannedOperation(
            Stage.GROUPS, "g", "Team", Kind.CHANGE_GROUP, "1 in", (), 1, "fg", frozenset({"u0"}), frozenset()
        )
        await store.add_operations(plan, 1, [*operations, group])
        made = replace(plan, state=PlanState.MADE, operations=4, counts={"create": 3}, held={"x": "why"})
        await store.change_plan(made)
        assert await store.plan(id, plan.id) == made
        assert await store.operations(id, plan.id) == list(enumerate([*operations, group], 1))
        assert await store.operations(id, plan.id, after=2, limit=1) == [(3, operations[2])]
        assert await store.plan_operation(id, plan.id, Stage.GROUPS, "g") == group
        assert await store.plan_operation(id, plan.id, Stage.USERS, "g") is None
        later = await store.keep_plan(replace(made, id=0))
        assert [one.id for one in await store.plans(id)] == [later.id, plan.id]
        await store.drop_plan(id, plan.id)
        assert await store.operations(id, plan.id) == []
        with pytest.raises(UnknownName, match=f"There are: {later.id}"):
            await store.plan(id, plan.id)


async def test_push_rules_are_an_application_s_own() -> None:
    async with company(1) as firm:
        store, id = firm.store, firm.application.id
        first = await store.add_push_rule(id, PushRule(0, "A", Fit.STARTS_WITH, "x", "description"))
        await store.add_push_rule(id + 1, PushRule(0, "a", Fit.CONTAINS, "y"))
        assert await store.push_rules(id) == [first]
        await store.change_push_rule(id, replace(first, active=False, text="z"))
        assert await store.push_rules(id) == [replace(first, active=False, text="z")]
        await store.drop_push_rule(id + 1, first.id)
        assert len(await store.push_rules(id)) == 1
        await store.drop_push_rule(id, first.id)
        assert await store.push_rules(id) == []


async def test_the_audit_trail_is_only_added_to() -> None:
    async with company(1) as firm:
        entry = AuditEntry(
            NOON, "administrator:mia", "plan.made", "Application", "app", {"plan": 1, "名": "髙"}
        )
        await firm.store.keep_audit(entry)
        await firm.store.keep_audit(replace(entry, action="plan.approved"))
        first, second = await firm.store.audit()
        assert replace(first, seq=0) == entry
        assert await firm.store.audit(first.seq) == [second]
        for statement in ("UPDATE audit SET actor = ?", "DELETE FROM audit WHERE actor = ?"):
            with pytest.raises(Exception, match="only added to"):
                await firm.store.database.write(  # type: ignore[attr-defined]
                    lambda connection, sql=statement: connection.change(sql, ("administrator:mia",))
                )
        assert await firm.store.audit() == [first, second]


async def test_leavers_are_those_who_left_were_made_inactive_and_have_nothing_open() -> None:
    async with company(6) as firm:
        store, id = firm.store, firm.application.id
        people = {person.login: person.id for person in await store.people()}
        for login in ("p000", "p001", "p002", "p003", "p004"):
            await store.note_app_user(
                id,
                AppUser(
                    people[login], AppUserState.INACTIVE, f"x{login}", inactive_since=NOON, sent_values={}
                ),
            )
        for login in ("p000", "p001", "p002", "p003"):
            await firm.person(login, status=Status.DEPROVISIONED)
        faulty = (await store.person_facts(id, people["p001"])).app_user
        assert faulty is not None
        assert faulty.inactive_since == NOON
        await store.note_app_user(id, replace(faulty, fault="refused"))
        await store.enqueue(id, [NewJob(Stage.USERS, people["p002"], "x", Kind.DELETE)])
        late = "2026-11-02T13:00:00.000+00:00"
        await store.note_app_user(
            id, replace(faulty, person_id=people["p003"], external_id="y", inactive_since=late)
        )
        assert await store.leavers(id, NOON) == [people["p000"]]
        assert set(await store.leavers(id, late)) == {people["p000"], people["p003"]}
        assert await store.leavers(id, "2026-11-01T00:00:00.000+00:00") == []
        assert len(await store.leavers(id, late, 1)) == 1


async def test_facts_of_several_people_are_those_of_each() -> None:
    async with company(4) as firm:
        await firm.assign_all()
        await firm.apply()
        ids = [person.id for person in await firm.store.people()]
        id = firm.application.id
        found = {facts.person.id: facts for facts in await firm.store.facts_of(id, [*ids, "nobody"])}
        assert found == {one: await firm.store.person_facts(id, one) for one in ids}
        assert await firm.store.facts_of(id, []) == []


async def test_settings_and_what_was_learnt_of_an_application() -> None:
    async with company(1) as firm:
        store, id = firm.store, firm.application.id
        assert (await store.engine_settings(id), await store.engine_state(id)) == (
            EngineSettings(), EngineState(),
        )  # fmt: skip
        settings = EngineSettings(3, "entra", Limits(5, 0.1), needs_approval=True)
        state = EngineState(2.5, 20.0, NOON, 3, NOON)
        await store.set_engine_settings(id, settings)
        await store.set_engine_state(id, state)
        assert (await store.engine_settings(id), await store.engine_state(id)) == (settings, state)
        assert await store.engine_settings(id + 1) == EngineSettings()
