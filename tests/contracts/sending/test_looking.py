"""What the console asks of a store to show it page by page, held on both."""

from __future__ import annotations

import pytest

from tests.provisioning.company import Company, company
from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.source import GroupRow, PersonRow
from vestibule.stores.shared_sql.sending import looking

pytestmark = pytest.mark.usefixtures("each_store")

PEOPLE = {
    "o'brien": {"email": "OBrien@corp.test", "lastName": "O’Brien", "department": "50% off_site!"},
    "straße": {"email": "s@corp.test", "lastName": "STRASSE", "firstName": "Ärger"},
    "sato": {"email": "sato@corp.test", "lastName": "佐藤", "firstName": "花子"},
    "zoe": {"email": "zoe@corp.test", "lastName": "Zoë", "title": 'says "hello"\\n'},
}


async def peopled(firm: Company) -> None:
    """The company is these four."""
    people = {login: PersonRow(login, {"login": login, **attributes}) for login, attributes in PEOPLE.items()}
    await firm.reads(people=people, groups={}, memberships=frozenset())


@pytest.mark.parametrize(
    ("typed", "logins"),
    [
        ("BRIEN", ["o'brien"]),
        ("o'b", ["o'brien"]),
        ("50% OFF_site!", ["o'brien"]),
        ("50%site", []),
        ("ÄRGER", ["straße"]),
        ("ärg", ["straße"]),
        ("strasse", ["straße"]),
        ("花", ["sato"]),
        ('"hello"\\n', ["zoe"]),
        ("zoe\u0308", ["zoe"]),
        ("@corp.test", ["o'brien", "sato", "straße", "zoe"]),
        ("lastName", []),
        ("nobody", []),
    ],
)
async def test_people_are_found_by_what_their_attributes_hold(typed: str, logins: list[str]) -> None:
    async with company(0) as firm:
        await peopled(firm)
        found = await firm.store.find_people(typed)
        assert sorted(person.login for person in found) == logins


async def test_found_people_come_in_the_order_of_logins_page_by_page() -> None:
    async with company(7) as firm:
        first = await firm.store.find_people("corp.test", limit=4)
        assert [one.login for one in first] == ["p000", "p001", "p002", "p003"]
        rest = await firm.store.find_people("corp.test", first[-1].login, limit=4)
        assert [one.login for one in rest] == ["p004", "p005", "p006"]
        assert [one.login for one in await firm.store.find_people("")] == [f"p{n:03d}" for n in range(7)]


async def test_whoever_changes_is_found_by_what_they_are_now() -> None:
    async with company(2) as firm:
        await firm.person("p000", lastName="Changed")
        assert [one.login for one in await firm.store.find_people("changed")] == ["p000"]
        assert await firm.store.find_people("family0") == []
        await firm.person("p001", status="DEPROVISIONED")
        assert [one.login for one in await firm.store.find_people("family1")] == ["p001"]


async def test_what_a_version_that_knows_no_texts_has_written_is_found_after_the_next_start() -> None:
    async with company(1) as firm:
        (person,) = await firm.store.people()
        await firm.store.database.write(
            lambda connection: connection.change(
                "UPDATE person SET attributes = ? WHERE id = ?", ('{"lastName": "Elsewhere"}', person.id)
            )
        )
        await firm.store.renew_texts()
        assert [one.login for one in await firm.store.find_people("elsewhere")] == ["p000"]
        assert await firm.store.find_people("family0") == []
        await firm.store.renew_texts()


async def test_members_and_groups_come_page_by_page_with_their_numbers() -> None:
    async with company(4) as firm:
        groups = {
            "all": GroupRow("all", "Everyone"),
            "50%": GroupRow("50%", "Sales 50%"),
            "s": GroupRow("s", "Sales"),
        }
        members = frozenset({*(("all", f"p{n:03d}") for n in range(4)), ("s", "p002"), ("s", "p003")})
        await firm.reads(groups=groups, memberships=members)
        store = firm.store
        everyone = await store.source_group("Everyone")
        first = await store.members_of(everyone.id, limit=3)
        assert [one.login for one in first] == ["p000", "p001", "p002"]
        assert [one.login for one in await store.members_of(everyone.id, "p002")] == ["p003"]
        found = await store.find_groups("", limit=2)
        assert [(group.name, count) for group, count in found] == [("Everyone", 4), ("Sales", 2)]
        assert [group.name for group, _ in await store.find_groups("", "sales")] == ["Sales 50%"]
        assert [group.name for group, _ in await store.find_groups("SALES 50%")] == ["Sales 50%"]
        assert [group.name for group, _ in await store.find_groups("%")] == ["Sales 50%"]
        sales = await store.source_group("Sales")
        assert await store.groups_with_counts([sales.id, "gone"]) == {sales.id: (sales, 2)}
        assert (await store.group_names())[sales.id] == "Sales"


@pytest.mark.parametrize("few", [0, 50_000], ids=["everybody is walked", "a few are put in order"])
async def test_whoever_is_concerned_is_found_once_in_order(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_FEW", few)
    async with company(6) as firm:
        store, id = firm.store, firm.application.id
        groups = {"all": GroupRow("all", "Everyone"), "s": GroupRow("s", "Sales")}
        await firm.reads(groups=groups, memberships=frozenset({("s", "p001"), ("s", "p003")}))
        sales = await store.source_group("Sales")
        assert await store.find_facts(id) == []
        people = {one.login: one.id for one in await store.people()}
        await store.assign(
            id, [Assignment(Subject.GROUP, sales.id), Assignment(Subject.PERSON, people["p003"])]
        )
        await store.note_app_user(id, AppUser(people["p005"], AppUserState.ACTIVE, "there-5", "p005"))
        other = await store.find_facts(id + 1)
        found = await store.find_facts(id, limit=2)
        assert ([facts.person.login for facts in found], other) == (["p001", "p003"], [])
        assert [len(facts.assignments) for facts in found] == [1, 2]
        (rest,) = await store.find_facts(id, after="p003")
        assert (rest.person.login, rest.app_user and rest.app_user.external_id) == ("p005", "there-5")
        assert [one.person.login for one in await store.find_facts(id, "Family3")] == ["p003"]
        assert [one.person.login for one in await store.find_facts(id, "P00")] == ["p001", "p003", "p005"]
        assert await store.find_facts(id, "family2") == []


async def test_pushed_groups_are_counted_where_that_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async with company(3) as firm:
        store, id = firm.store, firm.application.id
        groups = {"all": GroupRow("all", "Everyone"), "s": GroupRow("s", "Sales")}
        members = frozenset({*(("all", f"p{n:03d}") for n in range(3)), ("s", "p001")})
        await firm.reads(groups=groups, memberships=members)
        await firm.assign_all()
        await firm.apply()
        for name in ("Everyone", "Sales"):
            group = await store.source_group(name)
            await store.put_push_group(id, PushGroup(group.id, group.name))
        everyone, sales = await store.pushed_groups(id)
        assert (everyone.facts.to_add, everyone.is_due, everyone.is_counted) == (3, True, True)
        assert [one.facts.group.name for one in await store.pushed_groups(id, everyone.key)] == ["Sales"]
        assert sales.facts == (await store.push_facts(id, sales.facts.group.group_id))[0]
        monkeypatch.setattr(looking, "_COUNTED_MEMBERS", 2)
        everyone, _ = await store.pushed_groups(id, limit=2)
        assert (everyone.facts.to_add, everyone.is_due, everyone.is_counted) == (0, True, False)
        await firm.apply()
        await firm.apply()
        everyone, _ = await store.pushed_groups(id)
        assert (everyone.is_due, everyone.facts.group.name_sent) == (False, "Everyone")
