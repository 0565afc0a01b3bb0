"""Both sides compared: what was changed there, is missing there, unknown here; and mended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.provisioning.company import Company, company
from vestibule.connectors.scim import ScimConnector
from vestibule.provisioning.drift import Drift, DriftKind
from vestibule.provisioning.job import Kind
from vestibule.provisioning.planning import Planning
from vestibule.provisioning.reconciling import Reconciling
from vestibule.provisioning.source import Status
from vestibule.provisioning.timepiece import SystemTime
from vestibule.provisioning.user_import import ImportedUser, Match, confirm, imported_users
from vestibule.refused import Refused

pytestmark = pytest.mark.usefixtures("each_store")


async def drift(firm: Company, *, mends: bool = False) -> list[Drift]:
    connector = ScimConnector(firm.application)
    try:
        reconciling = Reconciling(firm.store, firm.application, connector, mends=mends)
        return [found async for found in reconciling.drift()]
    finally:
        await connector.close()


async def imported(firm: Company) -> list[ImportedUser]:
    connector = ScimConnector(firm.application)
    try:
        return [user async for user in imported_users(firm.store, firm.application, connector)]
    finally:
        await connector.close()


async def sent(firm: Company) -> None:
    await firm.assign_all()
    await firm.push("Everyone")
    await firm.apply()


async def test_nothing_drifted() -> None:
    async with company(5) as firm:
        await sent(firm)
        await firm.person("p001", status=Status.DEPROVISIONED)
        await firm.apply()
        assert await drift(firm) == []


async def test_every_kind_of_drift_is_listed_and_mended() -> None:
    async with company(6) as firm:
        await sent(firm)
        users, group = firm.server.users, firm.server.group("Everyone")
        changed = firm.server.user("p000@corp.test")
        changed["name"]["familyName"] = "Edited"
        firm.server.user("p001@corp.test")["active"] = False
        gone = firm.server.user("p002@corp.test")["id"]
        del users[gone]
        users["x9"] = {"id": "x9", "userName": "stranger@corp.test", "active": True}
        firm.server.groups["g9"] = {"id": "g9", "displayName": "By hand", "members": []}
        group["displayName"] = "All"
        dropped = firm.server.user("p003@corp.test")["id"]
        group["members"] = [m for m in group["members"] if m["value"] not in (gone, dropped)] + [
            {"value": "x9"}
        ]
        found = await drift(firm, mends=True)
        found[:3] = sorted(found[:3], key=lambda one: one.label)
        assert [(one.kind, one.of, one.label, one.sentence) for one in found] == [
            (DriftKind.CHANGED_THERE, "user", "p000", "differs in familyName"),
            (DriftKind.CHANGED_THERE, "user", "p001", "differs in active"),
            (
                DriftKind.UNKNOWN_HERE,
                "user",
                "stranger@corp.test",
                "is there and nobody here stands for them",
            ),
            (DriftKind.UNKNOWN_THERE, "user", "p002", "was created or linked, and is not there"),
            (
                DriftKind.CHANGED_THERE,
                "group",
                "Everyone",
                "is called All there, not Everyone; 2 members missing there; 1 member there whom it was not told",
            ),
            (DriftKind.UNKNOWN_HERE, "group", "By hand", "is there and is not pushed from here"),
        ]
        assert [(d.variable, d.before, d.after) for d in found[0].differences] == [
            ("familyName", "Edited", "Family0")
        ]
        report = await firm.apply()
        assert report.counts == {Kind.CREATE: 1, Kind.REACTIVATE: 1, Kind.UPDATE: 1, Kind.CHANGE_GROUP: 1}
        assert len(firm.server.member_names("Everyone")) == 6
        assert {one.kind for one in await drift(firm)} == {DriftKind.UNKNOWN_HERE}


async def test_a_refreshed_plan_shows_what_is_there_and_what_it_becomes() -> None:
    async with company(2) as firm:
        await sent(firm)
        firm.server.user("p000@corp.test")["name"]["familyName"] = "Edited"
        assert [
            one async for one in Planning(firm.store, firm.application, SystemTime().now).operations()
        ] == []
        await drift(firm, mends=True)
        (operation,) = [
            one async for one in Planning(firm.store, firm.application, SystemTime().now).operations()
        ]
        assert [(d.variable, d.before, d.after) for d in operation.differences] == [
            ("familyName", "Edited", "Family0")
        ]


async def test_a_group_that_is_gone_there_is_pushed_anew() -> None:
    async with company(3) as firm:
        await sent(firm)
        firm.server.groups.clear()
        assert [one.kind for one in await drift(firm, mends=True)] == [DriftKind.UNKNOWN_THERE]
        await firm.apply()
        assert len(firm.server.member_names("Everyone")) == 3


async def test_whoever_is_there_is_matched_and_linked_once_confirmed() -> None:
    async with company(4) as firm:
        there = {
            "u1": {"userName": "P000@CORP.test"},
            "u2": {"userName": "other", "emails": [{"value": "p001@corp.test"}]},
            "u3": {"userName": "third", "name": {"givenName": "given2", "familyName": "Family2"}},
            "u4": {"userName": "fourth", "name": {"givenName": "No", "familyName": "Body"}},
            "u5": {"userName": "fifth", "active": False},
        }
        firm.server.users.update(
            {id: {"id": id, "active": True, "schemas": [], "meta": {}, **user} for id, user in there.items()}
        )
        found = await imported(firm)
        assert [(one.user_name, one.match, one.login) for one in found] == [
            ("P000@CORP.test", Match.EXACT, "p000"),
            ("other", Match.EXACT, "p001"),
            ("third", Match.PARTIAL, "p002"),
            ("fourth", Match.NEW, ""),
        ]
        exact = [one for one in found if one.match is Match.EXACT]
        assert await confirm(firm.store, firm.application, exact) == exact
        assert [one.user_name for one in await imported(firm)] == ["third", "fourth"]
        assert (await firm.apply()).counts == {Kind.UPDATE: 2}
        assert firm.server.users["u2"]["userName"] == "P001@corp.test"
        twice = [replace(found[2], person_id=exact[0].person_id)]
        with pytest.raises(Refused, match="is linked to another user there"):
            await confirm(firm.store, firm.application, twice)
