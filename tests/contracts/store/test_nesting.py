"""Groups in groups: what a person's ``groups`` show, what filters find, and that no circle can be made."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from tests.contracts.store.opened import BASE, Opened, add_members, person, remove_member


async def shown(store: Opened, user: str) -> dict[str, str]:
    """The names of a person's groups, and whether each is direct."""
    row = await store.store.get(store.tenant, "User", user, 1, with_groups=True, base_url=BASE)
    groups = orjson.loads(row.groups or b"[]")
    assert all(group["$ref"] == f"{BASE}/Groups/{group['value']}" for group in groups)
    return {group["display"]: group["type"] for group in groups}


async def nest(store: Opened, *names: str) -> tuple[str, list[str]]:
    """A person in the first group, which is in the second, and so on; the ids."""
    user = await store.create(person("mia@x.test"))
    ids: list[str] = []
    for name in names:
        ids.append(await store.carry_out_team(name, ids[-1] if ids else user))
    return user, ids


@pytest.mark.requirement("R48", "R53")
async def test_groups_of_a_person_are_direct_or_indirect(store: Opened) -> None:
    user, (inner, _, outer) = await nest(store, "Inner", "Middle", "Outer")
    assert await shown(store, user) == {"Inner": "direct", "Middle": "indirect", "Outer": "indirect"}
    await store.patch("Group", outer, add_members(user))
    assert (await shown(store, user))["Outer"] == "direct", "each once"
    await store.patch("Group", outer, remove_member(user))
    assert (await shown(store, user))["Outer"] == "indirect"
    page = await store.page(None)
    assert orjson.loads(page.rows[0].groups)[0]["value"] == inner


@pytest.mark.requirement("R162")
async def test_a_deleted_group_leads_nowhere(store: Opened) -> None:
    user, (_, middle, _) = await nest(store, "Inner", "Middle", "Outer")
    await store.delete("Group", middle)
    assert await shown(store, user) == {"Inner": "direct"}
    assert await store.ids('groups.display eq "outer"') == []


@pytest.mark.requirement("R108")
async def test_filters_see_what_is_shown(store: Opened) -> None:
    user, (inner, _, outer) = await nest(store, "Inner", "Middle", "Outer")
    other = await store.create(person("zoe@x.test"))
    await store.patch("Group", outer, add_members(other))
    assert await store.ids(f'groups.value eq "{outer}"') == [user, other]
    assert await store.ids(f'groups.value eq "{inner}"') == [user]
    assert await store.ids('groups.display eq "MIDDLE"') == [user]
    assert await store.ids('groups.type eq "indirect"') == [user]
    assert await store.ids(f'groups[value eq "{outer}" and type eq "direct"]') == [other]
    assert await store.ids(f'groups.$ref eq "{BASE}/Groups/{outer}" and userName sw "m"') == [user]
    assert await store.ids(f'groups.value eq "{inner}" or groups.value eq "{outer}"') == [user, other]
    assert await store.ids("groups pr") == [user, other]
    assert await store.ids("not (groups pr)") == []
    assert await store.ids(order="groups.display") == [user, other]


@pytest.mark.requirement("R53")
async def test_a_circle_is_refused_in_words(store: Opened) -> None:
    _, (inner, _, outer) = await nest(store, "Inner", "Middle", "Outer")
    for group, member in ((inner, outer), (inner, inner)):
        change = await store.patch("Group", group, add_members(member))
        assert change.answer.status == 400
        assert change.answer.error is not None
        assert change.answer.error.scim_type == "invalidValue"
        assert "is itself in it, directly or through others" in change.answer.error.detail
    assert await store.member_ids(outer) != []


@pytest.mark.requirement("R53")
@pytest.mark.parametrize("length", [2, 3, 8])
async def test_writers_who_would_close_a_circle_together(store: Opened, length: int) -> None:
    """Each alone would be fine; all but one succeed, whichever comes last."""
    ids = [await store.carry_out_team(f"G{n}") for n in range(length)]
    steps: list[Any] = [store.patch("Group", group, add_members(ids[at - 1])) for at, group in enumerate(ids)]
    changes = await asyncio.gather(*steps)
    assert sorted(change.answer.status for change in changes) == [204] * (length - 1) + [400]
    members = [await store.member_ids(id) for id in ids]
    assert sum(map(len, members)) == length - 1


@pytest.mark.requirement("R53")
async def test_a_long_chain_is_answered(store: Opened) -> None:
    user, _ = await nest(store, *(f"G{n}" for n in range(60)))
    assert len(await shown(store, user)) == 60
