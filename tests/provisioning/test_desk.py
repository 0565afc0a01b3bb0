"""The administrator's desk: every act leaves its entry, in the transaction of what it did; a refused one leaves none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.provisioning.company import Company, company
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import ApplicationProfile
from vestibule.provisioning.application import Application, Operation
from vestibule.provisioning.audit import AuditEntry
from vestibule.provisioning.desk import Around, Desk
from vestibule.provisioning.importing import Import
from vestibule.provisioning.push_rule import Fit, PushRule
from vestibule.provisioning.setting_up import Wanted
from vestibule.provisioning.source import difference
from vestibule.provisioning.store import NameTaken, UnknownName
from vestibule.refused import Refused
from vestibule.sending import catalogue

pytestmark = pytest.mark.usefixtures("each_store")

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def desk_of(firm: Company, actor: str = "administrator:mia") -> Desk:
    async def profile(name: str) -> ApplicationProfile:
        return load_profile(dict(builtin_texts())[name], name)

    async def verify(application: Application) -> None:
        raise Refused("Nothing was saved. The token is wrong.")

    return Desk(firm.store, Around(catalogue(), profile, verify, lambda: NOON), actor)


async def test_every_act_is_in_the_trail() -> None:
    async with company(3) as firm:
        desk = desk_of(firm)
        await desk.add(Wanted("second"), play="entra")
        await desk.connect("second", url=firm.server.url, token="a-secret-token")
        await desk.change("second", ticks={Operation.UPDATE: False}, username_format="okta-username")
        await desk.sign_on("second", "saml", "user.email")
        await desk.integration("second", on=False)
        await desk.integration("second", on=True)
        await desk.map("second", "title", {"expression": '"Clerk"'})
        assert await desk.assign("second", ["p000"], ["Everyone"], {}, 2) == 2
        assert await desk.unassign("second", ["p000"], []) == 1
        await desk.push_group("second", "Everyone")
        await desk.hold_back_group("second", "Everyone")
        await desk.unlink_group("second", "Everyone")
        await desk.add_rule("second", PushRule(0, "all", Fit.STARTS_WITH, "E"))
        await desk.activate_rule("second", "all", active=False)
        await desk.drop_rule("second", "all")
        await desk.set_engine("second", concurrency=2)
        await desk.set_engine("second", concurrency=2)
        plan = await desk.make_plan("second", "mia")
        await desk.approve_plan("second", plan.id, "bo")
        await desk.drop_plan("second", plan.id)
        await desk.retry("second")
        await desk.dismiss("second", "p000")
        await desk.release_held("second")
        await desk.note("run.asked", "second", forced=True)
        change = difference(await firm.store.known(), firm.reading, lambda prefix: f"{prefix}x")
        await desk.keep_import(Import(await firm.store.known(), change, (), ""), "csv")
        trail = await firm.store.audit()
        assert [entry.action for entry in trail] == [
            "application.added", "application.connected", "application.changed", "application.sign_on_set",
            "application.integration_disabled", "application.integration_enabled", "mapping.changed",
            "assignment.made", "assignment.taken_away", "push_group.pushed", "push_group.held_back",
            "push_group.unlinked", "push_rule.added", "push_rule.deactivated", "push_rule.dropped",
            "engine.changed", "plan.made", "plan.approved", "plan.dropped", "task.retried", "task.dismissed",
            "assignment.released", "run.asked", "directory.imported",
        ]  # fmt: skip
        assert {(entry.actor, entry.at) for entry in trail} == {
            ("administrator:mia", "2026-11-02T12:00:00.000+00:00")
        }
        assert all(entry.subject_id == "second" for entry in trail[:-1])
        assert [entry.seq for entry in trail] == sorted({entry.seq for entry in trail})
        assert [one.action for one in await firm.store.audit(trail[2].seq, 2)] == [
            "application.sign_on_set", "application.integration_disabled",
        ]  # fmt: skip
        assert "a-secret-token" not in str(trail)
        assert trail[7].details == {
            "people": ["p000"], "groups": ["Everyone"], "values": {}, "priority": 2,
        }  # fmt: skip


async def test_what_was_refused_leaves_nothing() -> None:
    async with company(3) as firm:
        desk = desk_of(firm)
        refused: list[Any] = [
            desk.add(Wanted("APP")),
            desk.connect("nowhere", url="https://x.test"),
            desk.change("app", username_format="nonsense"),
            desk.assign("app", ["nobody"], [], {}),
            desk.assign("app", ["p000"], [], {"nothing": "1"}),
            desk.unlink_group("app", "Everyone"),
            desk.add_rule("app", PushRule(0, "r", Fit.CONTAINS, "")),
            desk.set_engine("app", concurrency=0),
            desk.approve_plan("app", 99, "mia"),
            desk.dismiss("app", "nobody"),
        ]
        for act in refused:
            with pytest.raises(Refused):
                await act
        await desk.add(Wanted("other"), from_="atlassian")
        await desk.sign_on("other", "oidc")
        with pytest.raises(Refused, match="The token is wrong"):
            await desk.connect("other", url="https://x.test", token="t")
        actions = [entry.action for entry in await firm.store.audit()]
        assert actions == ["application.added", "application.sign_on_set"]


async def test_a_name_is_taken_in_words_on_either_store() -> None:
    async with company(3) as firm:
        desk = desk_of(firm)
        await desk.add_rule("app", PushRule(0, "Teams", Fit.STARTS_WITH, "E"))
        with pytest.raises(NameTaken, match=r"There is a push rule 'TEAMS' already\."):
            await desk.add_rule("app", PushRule(0, "TEAMS", Fit.CONTAINS, "x"))
        with pytest.raises(NameTaken, match="There is an application 'App' already"):
            await desk.add(Wanted("App"))
        with pytest.raises(UnknownName, match="There are: Teams"):
            await desk.drop_rule("app", "Others")


async def test_the_entry_is_kept_with_the_first_write_alone_and_not_at_all_where_that_fails() -> None:
    async with company(3) as firm:
        entry = AuditEntry("2026-11-02T12:00:00.000+00:00", "api:ci", "test", "Application", "app")
        told = firm.store.audited(entry)
        with pytest.raises(UnknownName):
            await told.plan(firm.application.id, 1)
        await told.application("app")
        assert await firm.store.audit() == []
        await told.change_application(firm.application)
        await told.change_application(firm.application)
        (kept,) = await firm.store.audit()
        assert (kept.action, kept.actor) == ("test", "api:ci")
