"""Rare text sorts, filters and folds alike on every store, and as the reference evaluation does."""

from __future__ import annotations

import pytest

from tests.contracts.store.opened import Opened, person
from tests.scim.compiled import USERS
from vestibule.scim.filter.evaluate import matches
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve

#: U+FF5E stands before U+1F600 by code points and by the bytes of UTF-8, after it by the units of UTF-16.
TEXTS = [
    "Istanbul",
    "İstanbul",
    "ıstanbul",
    "istanbul",
    "Straße",
    "STRASSE",
    "strasse",
    "ﬁnance",
    "FINANCE",
    "ＦＩＮＡＮＣＥ",
    "ｆｉｎａｎｃｅ",
    "한국",
    "\u1112\u1161\u11ab\u1100\u116e\u11a8",
    "Zoë",
    "Zoe\u0308",
    "zoe",
    "Ångström",
    "A\u030angstro\u0308m",
    "\u212bngström",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "Ǆ",
    "ǆ",
    "～",
    "\U0001f600",
    "\U0001f469\u200d\U0001f680",
    "\U00010400",
    "\U00010428",
    "\uffee",
    "\ue000",
    "\U0002f800",
    "丽",
    "é",
    "e",
    "f",
    "-a",
    "a-b",
    "ab",
    "a b",
    "A",
    "a",
    "_",
    "%",
    "\\",
    "'",
    '"',
    "\u00a0",
    "\u2028x",
]


@pytest.fixture
async def people(store: Opened) -> Opened:
    """One person for each text, in another order than that of the list."""
    for number in range(len(TEXTS)):
        text = TEXTS[number * 7 % len(TEXTS)]
        await store.put(person(f"p{number}", title=text, nickName=text, displayName=text))
    return store


def folded(text: str) -> str:
    return str(USERS.search_form({"title": text})["title"])


async def titles(store: Opened, **more: object) -> list[str]:
    return [str(row.resource.document()["title"]) for row in (await store.page(count=200, **more)).rows]


async def test_the_order_is_that_of_code_points(people: Opened) -> None:
    """Not of a language, and not of UTF-16."""
    got = [folded(title) for title in await titles(people, order="title")]
    assert got == sorted(folded(text) for text in TEXTS)
    assert got.index("～") < got.index("\U0001f600")
    assert got == [folded(title) for title in await titles(people, order="displayName")]
    assert got[::-1] == [folded(title) for title in await titles(people, order="title", descending=True)]


async def test_every_text_finds_what_the_reference_finds(people: Opened) -> None:
    """Each with each, by every operator."""
    everybody = (await people.page(count=200)).rows
    forms = {row.resource.id: USERS.search_form(row.resource.document()) for row in everybody}
    for text in TEXTS:
        for operator in ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"):
            for attribute in ("title", "displayName"):
                quoted = text.replace("\\", "\\\\").replace('"', '\\"')
                resolved = resolve(parse_filter(f'{attribute} {operator} "{quoted}"'), USERS)
                expected = [id for id, form in forms.items() if matches(resolved, form)]
                query = people.query(count=200)
                page = await people.store.page(
                    people.tenant, type(query)("User", 1, resolved, count=200, base_url=query.base_url)
                )
                assert [row.resource.id for row in page.rows] == expected, (attribute, operator, text)


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("Straße", "STRASSE", True),
        ("Zoë", "Zoe\u0308", True),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", True),
        ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8", True),
        ("\U00010400", "\U00010428", True),
        ("\u212bngström", "Ångström", True),
        ("ıstanbul", "istanbul", False),
        ("Zoë", "zoe", False),
    ],
)
async def test_what_counts_as_the_same(people: Opened, one: str, other: str, are_alike: bool) -> None:
    """The fold is made before the database sees the text."""
    found = await titles_of(people, f'title eq "{one}"')
    assert one in found
    assert (other in found) is are_alike


async def titles_of(store: Opened, filter: str) -> list[str]:
    return [str(row.resource.document()["title"]) for row in (await store.page(filter, count=200)).rows]
