"""The twenty group-push cases of Okta's manual plan, over real HTTP against our own receiver.

Each case is a row: what the administrator does, and what the product has afterwards.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from bench.servers import Vestibule
from tests.served import Hand, serving
from vestibule.connectors.scim import ScimConnector
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.provisioning import group_push
from vestibule.provisioning.application import Application, Connection, Mode
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.mapping import default_mapping
from vestibule.provisioning.push_rule import Fit, PushRule
from vestibule.provisioning.source import GroupRow, PersonRow, Reading, SourceGroup, difference
from vestibule.provisioning.worker import Worker
from vestibule.stores.sqlite.provisioning import SqliteProvisioningStore

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vestibule]:
    with serving(tmp_path_factory.mktemp("product")) as running:
        yield running


@dataclass
class Desk:
    """A directory of its own with three people, and a tenant of its own at the product."""

    store: SqliteProvisioningStore
    application: Application
    hand: Hand
    reading: Reading
    numbers: Callable[[], int]

    async def reads(self, groups: dict[str, list[str]], **names: str) -> None:
        """The directory now has these groups; ``names`` renames one by its key."""
        self.reading = replace(
            self.reading,
            groups={key: GroupRow(key, names.get(key, key)) for key in groups},
            memberships=frozenset((key, login) for key, logins in groups.items() for login in logins),
        )
        known = await self.store.known()
        await self.store.apply_source(difference(known, self.reading, lambda p: f"{p}{self.numbers():017d}"))
        await group_push.push_by_rules(self.store, self.application)

    async def group(self, name: str) -> SourceGroup:
        return await self.store.source_group(name, even_gone=True)

    async def push(self, *names: str, **given: Any) -> None:
        for name in names:
            await group_push.push(self.store, self.application, await self.group(name), **given)
        await self.apply()

    async def hold_back(self, *names: str) -> None:
        for name in names:
            await group_push.hold_back(self.store, self.application, await self.group(name))
        await self.apply()

    async def unlink(self, *names: str, delete: bool) -> None:
        for name in names:
            await group_push.unlink(self.store, self.application, await self.group(name), delete=delete)
        await self.apply()

    async def rule(self, text: str) -> PushRule:
        rule = PushRule(0, "by name", Fit.STARTS_WITH, text)
        added, _ = await group_push.add_rule(self.store, self.application, rule)
        await self.apply()
        return added

    async def apply(self) -> None:
        connector = ScimConnector(self.application)
        try:
            report = await Worker(self.store, self.application, connector).apply()
        finally:
            await connector.close()
        assert not report.faults, report.faults
        assert not report.stopped

    async def made_there(self, name: str, *logins: str) -> None:
        """Somebody makes a team in the product by hand."""
        ids = await self._ids()
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": ids[one]} for one in logins]}
        answer = await asyncio.to_thread(self.hand, "POST", "/Groups", body)
        assert answer.status == 201

    async def taken_out_there(self, name: str, login: str) -> None:
        """Somebody takes a person out of a team in the product."""
        ids = await self._ids()
        found = next(one for one in await self._list("/Groups") if one["displayName"] == name)
        operation = {"op": "remove", "path": f'members[value eq "{ids[login]}"]'}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
        await asyncio.to_thread(self.hand, "PATCH", f"/Groups/{found['id']}", body)

    async def there(self) -> dict[str, list[str]]:
        """The product's teams with their people."""
        names = {one: login for login, one in (await self._ids()).items()}
        return {
            group["displayName"]: sorted(names[member["value"]] for member in group.get("members", []))
            for group in await self._list("/Groups")
        }

    async def _ids(self) -> dict[str, str]:
        return {user["userName"].partition("@")[0]: user["id"] for user in await self._list("/Users")}

    async def _list(self, path: str) -> list[dict[str, Any]]:
        answer = await asyncio.to_thread(self.hand, "GET", f"{path}?count=200")
        found: list[dict[str, Any]] = json.loads(answer.body)["Resources"]
        return found


Case = Callable[[Desk], Awaitable[None]]


async def c9312_create_with_members(desk: Desk) -> None:
    await desk.push("Sales")
    assert await desk.there() == {"Sales": ["ana", "mika"]}


async def c9317_empty_group(desk: Desk) -> None:
    await desk.push("Empty")
    assert await desk.there() == {"Empty": []}


async def c9332_member_added_later(desk: Desk) -> None:
    await desk.push("Sales")
    await desk.reads({"Sales": ["ana", "mika", "hanako"]})
    await desk.apply()
    assert await desk.there() == {"Sales": ["ana", "hanako", "mika"]}


async def c9333_member_removed(desk: Desk) -> None:
    await desk.push("Sales")
    await desk.reads({"Sales": ["ana"]})
    await desk.apply()
    assert await desk.there() == {"Sales": ["ana"]}


async def c9316_push_now_overwrites(desk: Desk) -> None:
    await desk.push("Sales", "Empty")
    await desk.taken_out_there("Sales", "ana")
    await desk.push("Sales", "Empty", now=True)
    assert await desk.there() == {"Sales": ["ana", "mika"], "Empty": []}


async def c9315_link_and_rename(desk: Desk) -> None:
    await desk.made_there("Vendors", "hanako")
    await desk.push("Sales", link_to="Vendors")
    assert await desk.there() == {"Sales": ["ana", "hanako", "mika"]}


async def c9330_link_without_rename(desk: Desk) -> None:
    await desk.made_there("Vendors", "hanako")
    await desk.push("Sales", link_to="Vendors", keep_name=True)
    await desk.reads({"Sales": ["ana"]}, Sales="Sales EMEA")
    await desk.apply()
    assert await desk.there() == {"Vendors": ["ana", "hanako"]}


async def c9322_link_again_after_leave(desk: Desk) -> None:
    await desk.push("Sales")
    await desk.unlink("Sales", delete=False)
    await desk.push("Sales", link_to="Sales")
    assert await desk.there() == {"Sales": ["ana", "mika"]}


async def c9318_unlink_and_delete(desk: Desk) -> None:
    await desk.push("Sales")
    await desk.unlink("Sales", delete=True)
    assert await desk.there() == {}
    assert len(await desk._list("/Users")) == 3


async def c9321_unlink_and_leave(desk: Desk) -> None:
    await desk.push("Sales")
    await desk.unlink("Sales", delete=False)
    await desk.reads({"Sales": []})
    await desk.apply()
    assert await desk.there() == {"Sales": ["ana", "mika"]}


async def c9319_deactivated_push_holds_changes_back(desk: Desk) -> None:
    await desk.push("Sales")
    await desk.hold_back("Sales")
    await desk.reads({"Sales": ["hanako"]}, Sales="Sales EMEA")
    await desk.apply()
    assert await desk.there() == {"Sales": ["ana", "mika"]}


async def c9320_activated_push_sends_membership_at_once(desk: Desk) -> None:
    await desk.push("Sales")
    await desk.hold_back("Sales")
    await desk.reads({"Sales": ["hanako"]})
    await desk.taken_out_there("Sales", "ana")
    await desk.push("Sales")
    assert await desk.there() == {"Sales": ["hanako"]}


async def c9323_push_by_rule(desk: Desk) -> None:
    await desk.rule("app-")
    assert await desk.there() == {}
    await desk.reads({"APP-one": ["ana"], "app-two": [], "Sales": ["mika"]})
    await desk.apply()
    assert await desk.there() == {"APP-one": ["ana"], "app-two": []}


async def c9324_deactivated_rule_holds_back(desk: Desk) -> None:
    rule = await desk.rule("S")
    await group_push.activate_rule(desk.store, desk.application, rule, active=False)
    await desk.reads({"Sales": ["hanako"], "Support": ["ana"]})
    await desk.apply()
    assert await desk.there() == {"Sales": ["ana", "mika"]}
    held = replace(rule, active=False)
    await group_push.activate_rule(desk.store, desk.application, held, active=True)
    await desk.apply()
    assert await desk.there() == {"Sales": ["hanako"], "Support": ["ana"]}


async def c9325_deleted_rule_with_groups(desk: Desk) -> None:
    rule = await desk.rule("Sales")
    await desk.push("Empty")
    await group_push.drop_rule(desk.store, desk.application, rule, delete_groups=True)
    await desk.apply()
    assert await desk.there() == {"Empty": []}


async def c9326_deleted_rule_leaves_groups(desk: Desk) -> None:
    rule = await desk.rule("Sales")
    await group_push.drop_rule(desk.store, desk.application, rule, delete_groups=False)
    await desk.reads({"Sales": [], "Sales too": []})
    await desk.apply()
    assert await desk.there() == {"Sales": ["ana", "mika"]}


async def c9327_bulk_delete(desk: Desk) -> None:
    await desk.push("Sales", "Empty")
    await desk.unlink("Sales", "Empty", delete=True)
    assert await desk.there() == {}


async def c9331_bulk_leave(desk: Desk) -> None:
    await desk.push("Sales", "Empty")
    await desk.unlink("Sales", "Empty", delete=False)
    assert await desk.there() == {"Sales": ["ana", "mika"], "Empty": []}
    assert await desk.store.push_facts(desk.application.id) == []


async def c9328_bulk_deactivate(desk: Desk) -> None:
    await desk.push("Sales", "Empty")
    await desk.hold_back("Sales", "Empty")
    await desk.reads({"Sales": [], "Empty": ["ana"]})
    await desk.apply()
    assert await desk.there() == {"Sales": ["ana", "mika"], "Empty": []}


async def c9329_bulk_activate(desk: Desk) -> None:
    await c9328_bulk_deactivate(desk)
    await desk.push("Sales", "Empty")
    assert await desk.there() == {"Sales": [], "Empty": ["ana"]}


CASES: tuple[Case, ...] = (
    c9312_create_with_members,
    c9317_empty_group,
    c9332_member_added_later,
    c9333_member_removed,
    c9316_push_now_overwrites,
    c9315_link_and_rename,
    c9330_link_without_rename,
    c9322_link_again_after_leave,
    c9318_unlink_and_delete,
    c9321_unlink_and_leave,
    c9319_deactivated_push_holds_changes_back,
    c9320_activated_push_sends_membership_at_once,
    c9323_push_by_rule,
    c9324_deactivated_rule_holds_back,
    c9325_deleted_rule_with_groups,
    c9326_deleted_rule_leaves_groups,
    c9327_bulk_delete,
    c9331_bulk_leave,
    c9328_bulk_deactivate,
    c9329_bulk_activate,
)


def test_there_are_twenty() -> None:
    assert len({case.__name__ for case in CASES}) == 20


@pytest.fixture(scope="module")
def token(server: Vestibule) -> str:
    """One tenant for all cases: each leaves it without teams."""
    server.command("tenant", "create", "push")
    return server.command("token", "issue", "push").strip()


@pytest.fixture
async def desk(server: Vestibule, token: str, mode: Mode) -> Any:
    store = SqliteProvisioningStore("sqlite://")
    await store.start()
    numbers = count(1)
    product = load_profile(dict(builtin_texts())["generic"], "generic")
    application = Application(
        0, "app", "generic", mode, connection=Connection(f"http://127.0.0.1:{server.port}/scim/v2", token)
    )
    application = await store.add_application(application, default_mapping(product.attributes))
    people = {
        login: PersonRow(
            login,
            {"login": login, "email": f"{login}@corp.test", "firstName": login.title(), "lastName": "Family"},
        )
        for login in ("ana", "mika", "hanako")
    }
    hand = Hand(server.port, token)
    made = Desk(store, application, hand, Reading(people=people), lambda: next(numbers))
    await made.reads({"Sales": ["ana", "mika"], "Empty": []})
    ids = [Assignment(Subject.PERSON, person.id) for person in await store.people()]
    await store.assign(application.id, ids)
    await made.apply()
    yield made
    for group in await made._list("/Groups"):
        await asyncio.to_thread(hand, "DELETE", f"/Groups/{group['id']}")
    await store.stop()


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
async def test_case(case: Case, desk: Desk) -> None:
    await case(desk)
    before = await desk.there()
    await desk.apply()
    assert await desk.there() == before
