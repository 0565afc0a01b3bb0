"""Lists by number: totals, edges, order, and the same by POST on ``.search`` (R102–R105, R121–R130)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.installation import Tenant
from tests.web.reading import ENTERPRISE, LIST, by_get, by_search, ids, made, person, refused, team, tenants

PEOPLE = [
    person("Ada", title="b", emails=[{"value": "z@x"}, {"value": "a@x", "primary": True}], active=True),
    person("bob", title="A", emails=[{"value": "m@x"}, {"value": "0@x"}], active=False),
    person("Cy", name={"familyName": "Ö"}, **{ENTERPRISE: {"department": "Sales", "employeeNumber": "10"}}),
    person("dee", name={"familyName": "o"}, **{ENTERPRISE: {"department": "law", "employeeNumber": "9"}}),
    person("Eve", name={"familyName": "Z"}, title="c"),
]


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    async with tenants() as (_, [one]):
        for document in PEOPLE:
            await made(one, "/Users", document)
        yield one


def names(answer: Any) -> str:
    ids(answer)
    return "".join(one["userName"][0] for one in answer.json["Resources"])


BOTH = pytest.mark.parametrize("ask", [by_get, by_search])


@BOTH
@pytest.mark.requirement("R121", "R122", "R92")
@pytest.mark.parametrize(
    ("sort_by", "ascending", "descending"),
    [
        ("userName", "AbCdE", "EdCbA"),
        ("USERNAME", "AbCdE", "EdCbA"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", "AbCdE", "EdCbA"),
        ("title", "bAECd", "CdEAb"),
        ("emails", "AbCdE", "CdEbA"),
        ("emails.value", "AbCdE", "CdEbA"),
        ("name.familyName", "dECAb", "AbCEd"),
        (f"{ENTERPRISE}:department", "dCAbE", "AbECd"),
        (f"{ENTERPRISE}:employeeNumber", "CdAbE", "AbEdC"),
        ("active", "bACdE", "ACdEb"),
        ("meta.created", "AbCdE", "EdCbA"),
        ("groups", "AbCdE", "AbCdE"),
    ],
)
async def test_sorted(tenant: Tenant, ask: Any, sort_by: str, ascending: str, descending: str) -> None:
    """By code points, letter case aside unless caseExact; who has no value is last, first in descending order."""
    assert names(await ask(tenant, "/Users", sortBy=sort_by)) == ascending
    assert names(await ask(tenant, "/Users", sortBy=sort_by, sortOrder="Descending")) == descending
    assert names(await ask(tenant, "/Users", sortBy=sort_by, startIndex=2, count=3)) == ascending[1:4]
    some = await ask(tenant, "/Users", sortBy=sort_by, filter='userName ne "bob"')
    assert names(some) == ascending.replace("b", "")


@BOTH
@pytest.mark.requirement("R121")
@pytest.mark.parametrize(
    "sort_by", ["name", "nobody", "password", "department", 'emails[type eq "x"]', "a b"]
)
async def test_what_cannot_be_sorted_by(tenant: Tenant, ask: Any, sort_by: str) -> None:
    assert refused(await ask(tenant, "/Users", sortBy=sort_by))[0] == "invalidValue"


async def test_an_order_without_what_to_order_by(tenant: Tenant) -> None:
    """Changes nothing, but must be one of the two."""
    assert names(await by_get(tenant, "/Users", sortOrder="descending")) == "AbCdE"
    assert names(await by_get(tenant, "/Users", sortBy="", sortOrder="")) == "AbCdE"
    assert refused(await by_get(tenant, "/Users", sortOrder="down"))[0] == "invalidValue"


@BOTH
@pytest.mark.requirement("R104", "R123", "R124", "R125", "R103")
@pytest.mark.parametrize("filter", [{}, {"filter": "userName pr"}, {"sortBy": "userName"}])
@pytest.mark.parametrize(
    ("start", "count", "shown", "says"),
    [
        (None, None, "AbCdE", 1),
        (0, 2, "Ab", 1),
        (-5, 2, "Ab", 1),
        (1, 2, "Ab", 1),
        (4, 2, "dE", 4),
        (5, 2, "E", 5),
        (6, 2, "", 6),
        (2, 0, "", 2),
        (2, -1, "", 2),
        (1, 1000, "AbCdE", 1),
        (1, 2**62, "AbCdE", 1),
        (10**17, 5, "", 10**17),
        (-(2**62), 5, "AbCdE", 1),
    ],
)
async def test_the_edges_of_a_page(
    tenant: Tenant,
    ask: Any,
    filter: dict[str, str],
    start: int | None,
    count: int | None,
    shown: str,
    says: int,
) -> None:
    """Below 1 is 1, a count below 0 is 0, nothing beyond the end; the total is of all."""
    given = {"startIndex": start, "count": count, **filter}
    answer = await ask(
        tenant, "/Users", **{name: value for name, value in given.items() if value is not None}
    )
    assert names(answer) == shown
    message = {key: value for key, value in answer.json.items() if key != "Resources"}
    assert message == {"schemas": [LIST], "totalResults": 5, "startIndex": says, "itemsPerPage": len(shown)}


@pytest.mark.requirement("R123", "R124", "R193")
@pytest.mark.parametrize("value", ["x", "1.0", "1e2", "0x1", "1_0", "--1", "½", "1 2", "9" * 1001, "NaN"])
async def test_no_numbers(tenant: Tenant, value: str) -> None:
    assert refused(await by_get(tenant, "/Users", startIndex=value))[0] == "invalidValue"
    assert refused(await by_get(tenant, "/Users", count=value))[0] == "invalidCount"


@pytest.mark.requirement("R123", "R124")
@pytest.mark.parametrize(
    ("value", "shown"), [("+2", "bC"), (" 2 ", "bC"), ("002", "bC"), ("", "Ab"), ("9" * 900, "")]
)
async def test_numbers_written_oddly(tenant: Tenant, value: str, shown: str) -> None:
    assert names(await by_get(tenant, "/Users", startIndex=value, count=2)) == shown


@pytest.mark.requirement("R125")
async def test_pages_are_stable_while_somebody_comes(tenant: Tenant) -> None:
    """In the order of creation: who is new is met at the end, and nobody twice (W56)."""
    first = await by_get(tenant, "/Users", count=2)
    for n in range(3):
        await made(tenant, "/Users", person(f"AA{n}"))
    second = await by_get(tenant, "/Users", startIndex=3, count=100)
    assert names(first) + names(second) == "AbCdEAAA"
    assert (first.json["totalResults"], second.json["totalResults"]) == (5, 8)


@pytest.mark.requirement("R102", "R105", "R103")
async def test_nobody_and_parameters_nobody_knows(tenant: Tenant) -> None:
    answer = await by_get(tenant, "/Users", filter='userName eq "nobody"', foo="bar", Count="x")
    assert (answer.status, answer.json["totalResults"], answer.json["Resources"]) == (200, 0, [])


@pytest.mark.requirement("R130")
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"filter": 'title pr and not (userName eq "bob")', "sortBy": "title", "count": 1},
        {"attributes": "userName,emails.value", "startIndex": 2},
        {"excludedAttributes": "emails,meta"},
        {"filter": 'userName eq "ADA"'},
        {"filter": "userName eq"},
        {"sortBy": "name"},
        {"attributes": "id", "excludedAttributes": "emails"},
    ],
)
async def test_by_post_it_is_the_same(tenant: Tenant, parameters: dict[str, Any]) -> None:
    get, post = await by_get(tenant, "/Users", **parameters), await by_search(tenant, "/Users", **parameters)
    assert get.status == post.status
    if get.status == 200:
        assert get.json == post.json
    else:
        assert refused(get) == refused(post)


@pytest.mark.requirement("R121")
async def test_groups_are_sorted_by_their_members() -> None:
    async with tenants() as (_, [tenant]):
        ada, bob = [await made(tenant, "/Users", person(name, displayName=name)) for name in ("Ada", "Bob")]
        alone = await made(tenant, "/Groups", team("Alone"))
        with_bob = await made(tenant, "/Groups", team("B", bob))
        with_ada = await made(tenant, "/Groups", team("A", ada, bob))
        assert ids(await by_get(tenant, "/Groups", sortBy="members.display")) == [with_ada, with_bob, alone]
        assert ids(await by_get(tenant, "/Groups", sortBy="members", sortOrder="descending"))[0] == alone
