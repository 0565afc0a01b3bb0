"""What each kind of fact answers."""

from __future__ import annotations

from tests.contracts.store.opened import Opened, changed, person
from tests.scim.compiled import GROUPS
from vestibule.directory.change import AuditEntry, ExternalIdWrite, MemberDelta
from vestibule.directory.facts import (
    ByDisplayName,
    ByEmail,
    ByExternalId,
    ById,
    ByUserName,
    Domains,
    Inactivated,
    Membership,
    MembersMatching,
    MemberTarget,
    TenantRoles,
)
from vestibule.directory.resource import Access, State
from vestibule.profiles.profile import Role
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve_value_filter
from vestibule.scim.filter.tree import AttributePath
from vestibule.tenancy.tenant import Domain


def ids(found: tuple[object, ...]) -> list[str]:
    return [resource.id for resource in found]  # type: ignore[attr-defined]


async def test_a_resource_comes_back_as_it_was_written(store: Opened) -> None:
    put = await store.put(
        person("Kim", displayName="Kim", emails=[{"value": "Kim@X.test"}]), external_id="E1"
    )
    found = await store.fact(ById("User", put.id, 1))
    assert found.document() == put.document()
    assert (found.user_name, found.display_name, found.email) == ("kim", "kim", "kim@x.test")
    assert (found.external_id, found.connection, found.version) == ("E1", 1, 1)
    assert (found.state, found.access, found.active) == (State.MANAGED, Access.GRANTED, True)
    assert (found.created, found.modified) == (put.created, put.modified)
    assert await store.fact(ById("Group", put.id, 1)) is None
    assert await store.fact(ById("User", put.id, 1), store.strangers) is None


async def test_to_no_question_there_is_no_answer(store: Opened) -> None:
    assert await store.store.facts(store.tenant, ()) == {}


async def test_people_by_name_and_address(store: Opened) -> None:
    shared = [{"value": "shared@x.test", "type": "work"}]
    managed = [await store.put(person(f"m{n}", emails=shared)) for n in range(3)]
    before = await store.put(person("b", emails=shared), state=State.UNCLAIMED, connection=None)
    await store.put(person("t", emails=shared), state=State.TOMBSTONE)
    assert ids(await store.fact(ByEmail("shared@x.test", 1))) == [before.id, managed[0].id, managed[1].id]
    assert ids(await store.fact(ByUserName("b", 1))) == [before.id]
    assert await store.fact(ByUserName("t", 1)) == ()
    assert (await store.fact(Inactivated("t", 1))).state is State.TOMBSTONE
    assert await store.fact(Inactivated("b", 1)) is None


async def test_by_external_id(store: Opened) -> None:
    first = await store.put(person("a"), external_id="x")
    second = await store.put(person("b"), external_id="x")
    group = await store.put({"displayName": "G"}, type="Group", external_id="x")
    await store.apply(changed(external_ids=(ExternalIdWrite(2, "User", first.id, "y"),)))
    assert ids(await store.fact(ByExternalId("User", "x", 1))) == [first.id, second.id]
    assert ids(await store.fact(ByExternalId("Group", "x", 1))) == [group.id]
    assert ids(await store.fact(ByExternalId("User", "y", 2))) == [first.id]
    assert await store.fact(ByExternalId("User", "y", 1)) == ()


async def test_groups_by_name_are_those_of_the_connection(store: Opened) -> None:
    mine = await store.put({"displayName": "Sales"}, type="Group")
    theirs = await store.put({"displayName": "SALES"}, type="Group", connection=2)
    assert ids(await store.fact(ByDisplayName("Group", "sales", 1))) == [mine.id]
    assert ids(await store.fact(ByDisplayName("Group", "sales", 2))) == [theirs.id]


async def test_member_targets(store: Opened) -> None:
    """An id first, then exactly one person by externalId, then by userName; strict looks for ids only."""
    kim = await store.put(person("Kim"), external_id="E1")
    lee = await store.put(person("Lee"), external_id="E2")
    twin = await store.put(person("E2-twin"), external_id="E2")
    gone = await store.put(person("gone"), state=State.TOMBSTONE)
    await store.put(person("old"), state=State.UNCLAIMED, connection=None)
    group = await store.put({"displayName": "G"}, type="Group")
    expected = {
        kim.id: ("id", kim.id, "User"),
        group.id: ("id", group.id, "Group"),
        gone.id: ("tombstone", gone.id, "User"),
        "E1": ("externalId", kim.id, "User"),
        "E2": ("unknown", "", ""),
        "KIM": ("userName", kim.id, "User"),
        "lee": ("userName", lee.id, "User"),
        "e2-TWIN": ("userName", twin.id, "User"),
        "old": ("unknown", "", ""),
        "gone": ("unknown", "", ""),
        "nobody": ("unknown", "", ""),
    }
    keys = [MemberTarget(value, 1, True) for value in expected]
    assert await store.store.facts(store.tenant, keys) == dict(zip(keys, expected.values(), strict=True))
    assert await store.fact(MemberTarget("KIM", 1, False)) == ("unknown", "", "")
    assert await store.fact(MemberTarget("E1", 2, True)) == ("unknown", "", "")
    assert await store.fact(MemberTarget(kim.id, 1, True), store.strangers) == ("unknown", "", "")


async def test_many_facts_at_once(store: Opened) -> None:
    """More than the loop would read itself."""
    writes = [store.written(person(f"p{n}")) for n in range(700)]
    await store.apply(changed(*writes))
    people = [write.resource.id for write in writes]
    keys = [MemberTarget(id, 1, True) for id in people]
    found = await store.store.facts(store.tenant, keys)
    assert [found[key][1] for key in keys] == people
    group = (await store.put({"displayName": "G"}, type="Group")).id
    await store.apply(changed(members=tuple(MemberDelta(group, id, "User", True) for id in people[:300])))
    assert await store.fact(Membership(group, frozenset(people))) == frozenset(people[:300])


async def test_members_matching(store: Opened) -> None:
    group = (await store.put({"displayName": "G"}, type="Group")).id
    a, b = [await store.put(person(n, displayName=f"Name {n}")) for n in "ab"]
    inner = await store.put({"displayName": "Inner"}, type="Group")
    nameless = await store.put(person("nameless"))
    deltas = [MemberDelta(group, r.id, r.type, True) for r in (a, b, inner, nameless)]
    await store.apply(changed(members=tuple(deltas)))
    target = GROUPS.target(AttributePath("members"))
    assert target is not None
    for text, expected in (
        ('type eq "User"', [a, b, nameless]),
        ('display eq "name B"', [b]),
        (f'value eq "{a.id}" or type eq "group"', [a, inner]),
        ('display eq "nameless"', []),  # a userName is not shown as display
        ("not (display pr)", [nameless]),
        (f'not (value eq "{a.id}")', [b, inner, nameless]),
    ):
        matching = MembersMatching(group, resolve_value_filter(parse_filter(text), target))
        assert await store.fact(matching) == tuple((r.id, r.type) for r in expected), text


async def test_what_tenancy_says(store: Opened) -> None:
    entry = AuditEntry("operator", "x", "Tenant", "corp")
    domain = Domain(store.tenant, "corp.test", store.clock(), "operator")
    await store.whole.tenancy.add_domain(domain, entry, store.clock())
    await store.whole.tenancy.put_role(store.tenant, Role("Auditor", ("read",)), entry, store.clock())
    assert await store.fact(Domains()) == {"corp.test"}
    assert await store.fact(Domains(), store.strangers) == frozenset()
    assert await store.fact(TenantRoles()) == (Role("Auditor", ("read",)),)
