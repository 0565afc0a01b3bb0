"""Every operator on every kind of attribute finds what the reference evaluation finds, and reads no other rows."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from tests.contracts.store.opened import BASE, Opened, changed, person
from tests.scim.compiled import ENTERPRISE, USERS, WSOS
from vestibule.directory.change import ExternalIdWrite
from vestibule.scim.filter.evaluate import matches
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve
from vestibule.scim.filter.resolved import AllOf, AnyOf, Negation, ResolvedFilter

PEOPLE: list[dict[str, Any]] = [
    person("hanako.sato@corp.test", displayName="佐藤 花子", title="Größe", active=True),
    person("Zoë.Brontë@corp.test", name={"givenName": "Zoë", "familyName": "Brontë"}, active=False),
    person("sean.o’brien@corp.test", displayName="Seán 50%_\\", nickName="O'Brien", userType="Employee"),
    person(
        "kim.mj",
        emails=[
            {"value": "minjun.kim@corp.test", "type": "work", "primary": True},
            {"value": "MinJun@home.test", "type": "home", "display": "Home"},
        ],
        phoneNumbers=[{"value": "+82 2 1234", "type": "work"}],
    ),
    person("one@corp.test", emails=[{"value": "Shared@corp.test", "type": "home"}]),
    person("two@corp.test", emails=[{"value": "shared@corp.test", "type": "work"}, {"value": "x@y.test"}]),
    person(
        "ext@corp.test",
        **{
            ENTERPRISE: {"department": "Sales", "manager": {"value": "M-1", "$ref": "../Users/M-1"}},
            WSOS: {
                "level": 3,
                "height": 1.72,
                "hiredAt": "2026-01-02T05:04:05.5+02:00",
                "name": {"familyNamePhonetic": "さとう"},
                "badges": [{"value": "A1", "type": "gold"}, {"value": "b2", "type": "tin"}],
            },
        },
    ),
    person("low@corp.test", **{WSOS: {"level": -7, "height": 1.5, "hiredAt": "2025-12-31T23:59:59Z"}}),
    person(
        "zero@corp.test", title="", **{WSOS: {"level": 0, "badges": []}, ENTERPRISE: {"department": "sales"}}
    ),
    person("quote@corp.test", title='say "hi" \\ there', locale="en-US", timezone="Asia/Tokyo"),
    person("emoji@corp.test", title="z\U0001f600", nickName="\uffee"),
    person("roles@corp.test", roles=[{"value": "Admin", "primary": True}, {"value": "user"}]),
    person("addr@corp.test", addresses=[{"type": "work", "locality": "Tōkyō", "country": "JP"}]),
]

FILTERS = [
    'userName eq "HANAKO.sato@corp.test"',
    'userName eq "nobody"',
    'userName ne "kim.mj"',
    'userName co "@CORP"',
    'userName sw "z"',
    'userName ew ".mj"',
    'userName co "o’b"',
    'userName gt "kim.mj"',
    'userName ge "kim.mj"',
    'userName lt "kim.mj"',
    'userName le "kim.mj"',
    "userName pr",
    'title eq "GRÖSSE"',
    'title ne "größe"',
    'title co "öSS"',
    'title co ""',
    'title sw ""',
    'title ew ""',
    'title sw "say \\"HI"',
    'title co "\\\\"',
    'title ew "\U0001f600"',
    'title gt "z"',
    "title pr",
    "title eq null",
    "title ne null",
    'nickName gt "z"',
    'nickName lt "\U0001f600"',
    'displayName co "%"',
    'displayName co "_"',
    'displayName eq "佐藤 花子"',
    'displayName ne "佐藤 花子"',
    "displayName pr",
    "active eq true",
    "active eq false",
    "active ne true",
    "active pr",
    "name pr",
    "not (name pr)",
    'name.givenName eq "zoë"',
    'name.givenName ne "zoë"',
    'name.familyName ew "TË"',
    'name[givenName eq "zoë" and familyName sw "b"]',
    'name[not (givenName eq "zoë")]',
    'name[middleName ne "x"]',
    "emails pr",
    "phoneNumbers pr",
    'emails eq "shared@corp.test"',
    'emails co "HOME"',
    'emails.value eq "shared@corp.test"',
    'emails.value eq "minjun@home.test"',
    'emails.value ne "shared@corp.test"',
    'emails.value sw "min"',
    'emails.value gt "n"',
    "emails.value pr",
    "emails.display pr",
    'emails.type eq "work"',
    'emails.type ne "work"',
    "emails.primary eq true",
    "emails.primary eq false",
    "emails.primary ne true",
    'emails[type eq "work"]',
    'emails[type ne "work"]',
    'emails[not (type eq "work")]',
    'emails[type eq "work" and value eq "shared@corp.test"]',
    'emails[type eq "work"].value eq "minjun.kim@corp.test"',
    'emails[type eq "home" and value co "corp"]',
    'emails[type eq "work" or display pr]',
    "emails[type eq null]",
    'emails[value eq "x@y.test" and type ne "work"]',
    'emails.type eq "work" and emails.value co "home"',
    f'{ENTERPRISE}:department eq "SALES"',
    f'{ENTERPRISE}:department ne "sales"',
    f"{ENTERPRISE}:department pr",
    f"{ENTERPRISE} pr",
    f'{ENTERPRISE}:manager.value eq "M-1"',
    f'{ENTERPRISE}:manager.value eq "m-1"',
    f'{ENTERPRISE}:manager.$ref ew "m-1"',
    f"{ENTERPRISE}:manager pr",
    f'{ENTERPRISE}:manager[value eq "M-1"]',
    f"{WSOS}:level eq 3",
    f"{WSOS}:level eq 3.0",
    f"{WSOS}:level ne 3",
    f"{WSOS}:level gt -7",
    f"{WSOS}:level ge 0",
    f"{WSOS}:level lt 2.5",
    f"{WSOS}:level le 3",
    f"{WSOS}:level pr",
    f"{WSOS}:height eq 1.72",
    f"{WSOS}:height gt 1.5",
    f"{WSOS}:height lt 1e3",
    f'{WSOS}:hiredAt eq "2026-01-02T03:04:05.500Z"',
    f'{WSOS}:hiredAt gt "2026-01-01T00:00:00+09:00"',
    f'{WSOS}:hiredAt le "2025-12-31T23:59:59Z"',
    f"{WSOS}:hiredAt pr",
    f'{WSOS}:name.familyNamePhonetic sw "さ"',
    f'{WSOS}:badges.type eq "gold"',
    f'{WSOS}:badges[type eq "gold" and value eq "b2"]',
    f'{WSOS}:badges[type eq "tin" and value eq "B2"]',
    f'{WSOS}:badges.value eq "a1"',
    f"{WSOS}:badges pr",
    'roles.value eq "ADMIN"',
    'roles[primary eq true and value eq "user"]',
    'addresses.locality co "TŌK"',
    f'schemas eq "{ENTERPRISE}"',
    f'schemas ne "{WSOS}"',
    'schemas co "enterprise"',
    'externalId eq "x-ext@corp.test"',
    'externalId eq "X-ext@corp.test"',
    'externalId ne "x-ext@corp.test"',
    'externalId sw "x-"',
    "externalId pr",
    "not (externalId pr)",
    'id eq "00000000-0000-7000-8000-000000000001"',
    'id sw "00000000"',
    "id pr",
    'meta.resourceType eq "User"',
    'meta.created gt "2026-01-02T03:00:00.010Z"',
    'meta.lastModified le "2026-01-02T03:00:00.010Z"',
    'meta[created gt "2026-01-02T03:00:00.010Z"]',
    'meta.version eq "W/\\"1\\""',
    'meta.location co "/Users/"',
    "meta pr",
    'userName eq "kim.mj" and active eq true',
    'userName eq "kim.mj" and not (active eq true)',
    'userName eq "kim.mj" or userName eq "one@corp.test"',
    'userName eq "kim.mj" or title pr',
    'not (userName sw "h" or title pr)',
    "not (not (title pr))",
    'active eq true and (title pr or nickName pr) and userName co "corp"',
    "groups pr",
    'groups.value eq "nothing"',
]


@pytest.fixture
async def people(store: Opened) -> Opened:
    """All of them in the acting tenant, and a copy of each with the strangers."""
    for tenant in (store.tenant, store.strangers):
        for document in PEOPLE:
            write = store.written(document)
            name = document["userName"]
            given = (
                (ExternalIdWrite(1, "User", write.resource.id, f"x-{name}"),) if name.startswith("e") else ()
            )
            await store.apply(changed(write, external_ids=given), tenant)
    return store


async def find_forms(store: Opened) -> dict[str, dict[str, Any]]:
    """What the reference evaluation looks at, by id: the search form, and what is spliced on."""
    forms = {}
    for shown in (await store.page(count=200)).rows:
        resource = shown.resource
        forms[resource.id] = {
            **USERS.search_form(orjson.loads(resource.doc)),
            "id": resource.id,
            "meta": {
                "resourceType": "User",
                "created": resource.created,
                "lastModified": resource.modified,
                "version": resource.etag,
                "location": f"{BASE}/Users/{resource.id}",
            },
        }
        if resource.external_id is not None:
            forms[resource.id]["externalId"] = resource.external_id
    return forms


async def found(store: Opened, resolved: ResolvedFilter) -> list[str]:
    query = store.query(count=200)
    page = await store.store.page(store.tenant, type(query)("User", 1, resolved, count=200, base_url=BASE))
    assert page.total == len(page.rows)
    return [shown.resource.id for shown in page.rows]


@pytest.mark.requirement("R15", "R55", "R67", "R108", "R111", "R113", "R115", "R116", "R120")
async def test_finds_what_the_reference_finds(people: Opened) -> None:
    """Every operator, on every type, column, extension, and on several values."""
    forms = await find_forms(people)
    assert len(forms) == len(PEOPLE)
    matched = 0
    for text in FILTERS:
        resolved = resolve(parse_filter(text), USERS)
        expected = [id for id, find in forms.items() if matches(resolved, find)]
        assert await found(people, resolved) == expected, text
        matched += bool(expected)
    assert matched > len(FILTERS) * 0.8, "filters that match nobody prove little"


@pytest.mark.requirement("R108", "R114")
async def test_random_combinations_find_what_the_reference_finds(people: Opened) -> None:
    """And, or, not over all of the above."""
    forms = await find_forms(people)
    chosen = random.Random(7643)
    leaves = [resolve(parse_filter(text), USERS) for text in FILTERS]

    def grown(depth: int) -> ResolvedFilter:
        kind = chosen.random()
        if depth == 0 or kind < 0.3:
            return chosen.choice(leaves)
        if kind < 0.5:
            return Negation(grown(depth - 1))
        several = tuple(grown(depth - 1) for _ in range(chosen.randint(2, 3)))
        return AllOf(several) if kind < 0.75 else AnyOf(several)

    for _ in range(150):
        resolved = grown(3)
        expected = [id for id, find in forms.items() if matches(resolved, find)]
        assert await found(people, resolved) == expected, resolved


async def test_a_long_list_of_alternatives(people: Opened) -> None:
    """Two thousand terms are one statement, not a tower of brackets."""
    terms = tuple(resolve(parse_filter(f'title eq "t{n}"'), USERS) for n in range(2000))
    last = resolve(parse_filter('title eq "größe"'), USERS)
    assert len(await found(people, AnyOf((*terms, last)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "kim.mj"',
        'emails.value eq "minjun@home.test"',
        'externalId eq "x-ext@corp.test"',
        'title eq "größe"',
        'title co "öß" or nickName eq "zzz"',
        f'{ENTERPRISE}:manager.value eq "M-1"',
        f"{WSOS}:level gt 2",
        'emails[type eq "home" and primary eq false and value sw "minjun"]',
    ],
)
async def test_no_row_is_read_that_does_not_match(people: Opened, text: str) -> None:
    """Filtering is the database's work: rows come to Python only to be shown."""
    resolved = resolve(parse_filter(text), USERS)
    before = people.rows_read()
    shown = await found(people, resolved)
    assert len(shown) in (1, 2)
    assert people.rows_read() - before <= len(shown) + 1


async def test_an_indexed_attribute(store: Opened) -> None:
    """Attributes that the profile declares indexed are found through their key rows, each value of them."""
    ids = []
    for n in range(5):
        values = [{"value": f"Slack{n}", "type": "gold"}, {"value": "Both", "type": "tin"}]
        document = person(f"p{n}", title="Same", **{WSOS: {"badges": values, "level": n}})
        ids.append((await store.put(document, indexed=(f"{WSOS}:badges.value", "title", f"{WSOS}:level"))).id)
    indexed = (f"{WSOS}:badges.value", "title", f"{WSOS}:level")
    assert await store.ids(f'{WSOS}:badges.value eq "slack3"', indexed=indexed) == [ids[3]]
    assert await store.ids(f'{WSOS}:badges.value eq "BOTH"', indexed=indexed) == ids
    assert await store.ids('title eq "same"', indexed=indexed) == ids
    assert await store.ids(f"{WSOS}:level eq 2", indexed=indexed) == [ids[2]]
    assert await store.ids(f'{WSOS}:badges[value eq "both" and type eq "gold"]', indexed=indexed) == []


@pytest.mark.requirement("R31")
async def test_external_ids_are_as_the_asking_connection_gave_them(store: Opened) -> None:
    """Of two connections each sees and finds its own; the stranger's is another still."""
    first = await store.put(person("a"), external_id="from-1")
    await store.apply(changed(external_ids=(ExternalIdWrite(2, "User", first.id, "from-2"),)))
    await store.put(person("a"), external_id="from-2", tenant=store.strangers)
    assert await store.ids('externalId eq "from-1"') == [first.id]
    assert await store.ids('externalId eq "from-1"', connection=2) == []
    assert await store.ids('externalId eq "from-2"', connection=2) == [first.id]
    assert await store.ids('externalId sw "from-2"', connection=2) == [first.id]
    assert (await store.page(connection=2)).rows[0].resource.external_id == "from-2"
    await store.apply(changed(external_ids=(ExternalIdWrite(2, "User", first.id, None),)))
    assert await store.ids("externalId pr", connection=2) == []
    assert await store.ids("externalId pr") == [first.id]
