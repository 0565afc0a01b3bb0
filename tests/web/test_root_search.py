"""Queries over all resource types, at the root (R106, R130)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.installation import Tenant
from tests.web.reading import SEARCH, by_get, by_search, ids, made, person, refused, team, tenants

BOTH = [by_get, by_search]


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    """Ada, the team Beta (Ada), Bob, the team Alpha (nobody): made in this order."""
    async with tenants() as (_, [one]):
        ada = await made(one, "/Users", person("ada@corp.test", displayName="Ada", title="Boss"))
        await made(one, "/Groups", team("Beta", ada))
        await made(one, "/Users", person("bob@corp.test", displayName="bob"))
        await made(one, "/Groups", team("Alpha"))
        yield one


def names(answer: Any) -> str:
    ids(answer)
    return " ".join(one.get("userName", one["displayName"])[:3].lower() for one in answer.json["Resources"])


@pytest.mark.requirement("R106", "R130")
@pytest.mark.parametrize("ask", BOTH)
@pytest.mark.parametrize(
    ("parameters", "expected", "total"),
    [
        ({}, "ada bet bob alp", 4),
        ({"startIndex": 2, "count": 2}, "bet bob", 4),
        ({"startIndex": 5}, "", 4),
        ({"count": 0}, "", 4),
        ({"sortBy": "displayName"}, "ada alp bet bob", 4),
        ({"sortBy": "displayName", "sortOrder": "descending"}, "bob bet alp ada", 4),
        ({"sortBy": "title"}, "ada bet bob alp", 4),
        ({"sortBy": "title", "sortOrder": "descending"}, "bet bob alp ada", 4),
        ({"sortBy": "meta.created", "sortOrder": "descending", "count": 2}, "alp bob", 4),
        ({"filter": 'meta.resourceType eq "Group"'}, "bet alp", 2),
        ({"filter": 'meta.resourceType eq "Group"', "sortBy": "displayName", "count": 1}, "alp", 2),
        ({"filter": 'displayName sw "b"'}, "bet bob", 2),
        ({"filter": 'displayName sw "b" and meta.resourceType ne "User"'}, "bet", 1),
        ({"filter": 'userName eq "BOB@corp.test"'}, "bob", 1),
        ({"filter": 'userName ne "bob@corp.test"'}, "ada bet alp", 3),
        ({"filter": "members pr or title pr"}, "ada bet", 2),
        ({"filter": "userName pr and members pr"}, "", 0),
        ({"filter": 'meta.resourceType eq "Nothing"'}, "", 0),
        ({"filter": 'emails[type eq "work"]'}, "", 0),
    ],
)
async def test_one_list(
    tenant: Tenant, ask: Any, parameters: dict[str, Any], expected: str, total: int
) -> None:
    answer = await ask(tenant, "/", **parameters)
    assert (names(answer), answer.json["totalResults"]) == (expected, total)
    assert answer.json["startIndex"] == parameters.get("startIndex", 1)
    assert answer.json["itemsPerPage"] == len(answer.json["Resources"])


@pytest.mark.requirement("R106", "R195")
@pytest.mark.parametrize("ask", BOTH)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"sortBy": "displayName"},
        {"filter": 'displayName co "a"'},
        {"filter": 'meta.resourceType eq "User"'},
    ],
)
async def test_by_cursor(tenant: Tenant, ask: Any, parameters: dict[str, Any]) -> None:
    whole = names(await ask(tenant, "/", **parameters)).split()
    there: list[str] = []
    answer = await ask(tenant, "/", cursor="", count=1, **parameters)
    for _ in whole:
        there.append(names(answer))
        if "nextCursor" in answer.json:
            answer = await ask(tenant, "/", cursor=answer.json["nextCursor"], count=1, **parameters)
    assert there == whole
    assert "nextCursor" not in answer.json
    back = [names(answer)]
    while "previousCursor" in answer.json:
        answer = await ask(tenant, "/", cursor=answer.json["previousCursor"], count=1, **parameters)
        back.insert(0, names(answer))
    assert back == whole


async def test_nothing_by_cursor(tenant: Tenant) -> None:
    answer = await by_get(tenant, "/", cursor="", filter='meta.resourceType eq "Nothing"')
    assert (ids(answer), answer.json["totalResults"]) == ([], 0)


@pytest.mark.requirement("R126", "R127", "R128")
async def test_each_resource_as_its_own_endpoint_shows_it(tenant: Tenant) -> None:
    everything = (await by_get(tenant, "/")).json["Resources"]
    for shown in everything:
        path = "/Groups" if shown["meta"]["resourceType"] == "Group" else "/Users"
        assert shown == (await tenant.get(f"{path}/{shown['id']}")).json
    lean = (await by_get(tenant, "/", attributes="members.display,userName,nobody")).json["Resources"]
    assert [set(shown) - {"schemas", "id"} for shown in lean] == [
        {"userName"},
        {"members"},
        {"userName"},
        set(),
    ]
    assert lean[1]["members"] == [{"display": "Ada"}]
    for shown in (await by_get(tenant, "/", excludedAttributes="members,groups,meta")).json["Resources"]:
        assert not {"members", "groups", "meta"} & set(shown)


@pytest.mark.requirement("R106")
async def test_faults(tenant: Tenant) -> None:
    assert refused(await by_get(tenant, "/", filter='nobody eq "x"'))[0] == "invalidFilter"
    assert refused(await by_get(tenant, "/", filter="userName"))[0] == "invalidFilter"
    assert refused(await by_get(tenant, "/", sortBy="nobody"))[0] == "invalidValue"
    assert refused(await by_get(tenant, "/", attributes="id", excludedAttributes="id"))[0] == "invalidValue"
    assert refused(await tenant.post("/.search", {"schemas": []}))[0] == "invalidSyntax"
    refused(await tenant.get("/.search"), 405)
    refused(await tenant.post("/", {}), 405)
    refused(await tenant.post("/.search/x", {"schemas": [SEARCH]}), 404)


@pytest.mark.requirement("R106", "R93")
async def test_strict_refuses_a_name_that_no_type_has() -> None:
    async with tenants() as (site, [tenant]):
        connection = (await site.desk.store.connections(tenant.record.id))[0].id
        entry = site.desk.entry("connection.pinned", "Connection", str(connection))
        await site.desk.store.pin_dialect(connection, "strict", entry, site.desk.clock())
        await made(tenant, "/Users", person("ada", displayName="Ada"))
        assert len(ids(await by_get(tenant, "/", attributes="members,userName"))) == 1
        scim_type, sentence = refused(await by_get(tenant, "/", attributes="nobody"))
        assert (scim_type, sentence[:31]) == ("invalidValue", "nobody is no attribute of User ")


@pytest.mark.requirement("R106")
async def test_the_stranger_sees_nothing(tenant: Tenant) -> None:
    async with tenants(2) as (_, [corp, strangers]):
        await made(corp, "/Users", person("ada"))
        await made(corp, "/Groups", team("Alpha"))
        for parameters in ({}, {"filter": "displayName pr or userName pr"}, {"cursor": ""}):
            answer = await by_get(strangers, "/", **parameters)
            assert (ids(answer), answer.json["totalResults"]) == ([], 0)


async def test_a_product_without_teams() -> None:
    async with tenants(profile="acall") as (_, [tenant]):
        answer = await by_get(tenant, "/")
        assert (answer.json["totalResults"], answer.json["Resources"]) == (0, [])
        assert refused(await by_get(tenant, "/", filter="members pr"))[0] == "invalidFilter"
