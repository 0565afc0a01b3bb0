"""What commands and pages for operators read beyond what identity providers ask for."""

from __future__ import annotations

from tests.contracts.store.opened import Opened, person, team
from vestibule.directory.request import Create
from vestibule.directory.resource import State
from vestibule.directory.store import Unresolved


async def test_unresolved_members_with_since(store: Opened) -> None:
    group = await store.create(team("One", "kim", "lee"), type="Group")
    found = await store.store.unresolved_members(store.tenant, group)
    assert [(one.value, one.connection) for one in found] == [("kim", 1), ("lee", 1)]
    assert all(isinstance(one, Unresolved) and one.since.endswith("Z") for one in found)
    await store.carry_out(Create("User", person("kim")))
    assert [one.value for one in await store.store.unresolved_members(store.tenant, group)] == ["lee"]
    assert list(await store.store.unresolved_members(store.strangers, group)) == []
    assert list(await store.store.unresolved_members(store.tenant, "nothing")) == []


async def test_a_lookup_of_everybody_lists_the_unclaimed_too(store: Opened) -> None:
    await store.put(person("before"), state=State.UNCLAIMED, connection=None)
    await store.put(person("managed"))
    await store.put(person("gone"), state=State.TOMBSTONE)
    page = await store.page("userName pr", lookup=True)
    assert [row.resource.user_name for row in page.rows] == ["before", "managed"]
    assert page.total == 2


async def test_the_schema_has_a_version(store: Opened) -> None:
    assert await store.whole.schema_version() > 0
