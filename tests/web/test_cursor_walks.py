"""Reading by cursor over HTTP (RFC 9865): there and back, bound to its query, and refused in words otherwise."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Tenant, installation
from tests.web.reading import by_get, by_search, ids, made, person, refused, team, tenants, url
from vestibule.app import Vestibule
from vestibule.settings import Settings
from vestibule.tenancy.access_tokens import issue_token, revoke_token

MANY = 23


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    async with tenants() as (_, [one]):
        await one.post_all(
            "/Users",
            [
                person(f"p{n * 7 % MANY:02}@corp.test", title=f"T{n % 3}" if n % 4 else "")
                for n in range(MANY)
            ],
        )
        yield one


async def walk(
    tenant: Tenant, path: str, ask: Any = by_get, **parameters: Any
) -> tuple[list[list[str]], Any]:
    """The pages of a walk, and its last answer."""
    pages: list[list[str]] = []
    answer = await ask(tenant, path, cursor="", **parameters)
    while True:
        pages.append(ids(answer))
        assert answer.json["totalResults"] == MANY
        assert answer.json["itemsPerPage"] == len(pages[-1])
        assert "startIndex" not in answer.json
        assert ("previousCursor" in answer.json) == (len(pages) > 1)
        if "nextCursor" not in answer.json:
            return pages, answer
        answer = await ask(tenant, path, cursor=answer.json["nextCursor"], **parameters)


SORTS: list[dict[str, str]] = [
    {},
    {"sortBy": "userName"},
    {"sortBy": "title", "sortOrder": "descending"},
    {"sortBy": "TITLE"},
    {"filter": 'userName sw "p"'},
    {"filter": 'userName sw "p"', "sortBy": "meta.created", "sortOrder": "descending"},
]


@pytest.mark.requirement("R188", "R191", "R195")
@pytest.mark.parametrize("ask", [by_get, by_search])
@pytest.mark.parametrize("parameters", SORTS)
async def test_there_and_back(tenant: Tenant, ask: Any, parameters: dict[str, str]) -> None:
    """The whole list in its order, and backwards the same."""
    whole = ids(await by_get(tenant, "/Users", **parameters))
    pages, answer = await walk(tenant, "/Users", ask, count=5, **parameters)
    assert [id for page in pages for id in page] == whole
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    back = [pages[-1]]
    while "previousCursor" in answer.json:
        answer = await ask(tenant, "/Users", cursor=answer.json["previousCursor"], count=5, **parameters)
        back.insert(0, ids(answer))
        assert "nextCursor" in answer.json
    assert back == pages


@pytest.mark.requirement("R188")
async def test_how_a_walk_begins(tenant: Tenant) -> None:
    """A bare ``cursor`` is an empty one, and cursors have unreserved characters only."""
    bare, empty = await tenant.get("/Users?cursor&count=4"), await tenant.get("/Users?cursor=&count=4")
    assert ids(bare) == ids(empty)
    for answer in (bare, empty):
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", answer.json["nextCursor"])


@pytest.mark.requirement("R194")
async def test_by_number_unless_asked_for_otherwise(tenant: Tenant) -> None:
    """Clients that know no cursors get what they always got (K3)."""
    for answer in (
        await by_get(tenant, "/Users", count=5),
        await by_search(tenant, "/Users", cursor=None, count=5),
    ):
        assert answer.json["startIndex"] == 1
        assert not {"nextCursor", "previousCursor"} & set(answer.json)


@pytest.mark.requirement("R190", "R124")
@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (-3, 0), (1, 1), (1000, MANY), (10**30, MANY), ("", MANY)]
)
async def test_counts(tenant: Tenant, count: Any, shown: int) -> None:
    answer = await by_get(tenant, "/Users", cursor="", count=count)
    assert (len(ids(answer)), answer.json["totalResults"]) == (shown, MANY)
    assert ("nextCursor" in answer.json) == (shown == 1)


@pytest.mark.requirement("R193")
@pytest.mark.parametrize("count", ["ten", "1.5", "0x10", "1_000", "--1", "١٢x", "1" * 2000, "true", "1e3"])
async def test_a_bad_count(tenant: Tenant, count: str) -> None:
    for cursor in ({}, {"cursor": ""}):
        scim_type, sentence = refused(await by_get(tenant, "/Users", count=count, **cursor))
        assert scim_type == "invalidCount"
        assert "no whole number" in sentence


@pytest.mark.requirement("R193")
@pytest.mark.parametrize(
    "body", [{"count": "5"}, {"count": 1.5}, {"count": True}, {"cursor": 5}, {"cursor": []}]
)
async def test_wrong_types_in_a_search(tenant: Tenant, body: dict[str, Any]) -> None:
    scim_type, _ = refused(await by_search(tenant, "/Users", **{"cursor": "", **body}))
    assert scim_type == ("invalidCursor" if "cursor" in body else "invalidCount")


@pytest.mark.requirement("R193")
@pytest.mark.parametrize("forged", ["x", "A" * 80, "%00", "../..", "null", "é", "A" * 100_000])
async def test_forged_cursors(tenant: Tenant, forged: str) -> None:
    assert refused(await by_get(tenant, "/Users", cursor=forged))[0] == "invalidCursor"


@pytest.mark.requirement("R193")
async def test_a_cursor_of_a_megabyte(tenant: Tenant) -> None:
    assert refused(await by_search(tenant, "/Users", cursor="A" * 1_000_000))[0] == "invalidCursor"


@pytest.mark.requirement("R192", "R197", "R199")
async def test_a_cursor_is_for_its_query(tenant: Tenant) -> None:
    """Everything else is repeated unchanged; a change is seen, and said in one and the same sentence."""
    asked: dict[str, Any] = {
        "filter": "userName pr",
        "sortBy": "title",
        "count": 5,
        "attributes": "userName,title",
    }
    cursor = (await by_get(tenant, "/Users", cursor="", **asked)).json["nextCursor"]
    assert (await by_get(tenant, "/Users", cursor=cursor, **asked)).status == 200
    same = {
        **asked,
        "sortBy": "TITLE",
        "attributes": "title, userName",
        "sortOrder": "Ascending",
        "foo": "bar",
    }
    assert (await by_get(tenant, "/Users", cursor=cursor, **same)).status == 200
    others: list[dict[str, Any]] = [
        {**asked, "filter": 'userName sw "p"'},
        {**asked, "sortBy": "userName"},
        {**asked, "sortOrder": "descending"},
        {**asked, "count": 6},
        {**asked, "attributes": "userName"},
        {key: value for key, value in asked.items() if key != "filter"},
        {key: value for key, value in asked.items() if key != "attributes"} | {"excludedAttributes": "title"},
    ]
    sentences = {refused(await by_get(tenant, "/Users", cursor=cursor, **other)) for other in others}
    sentences.add(refused(await by_get(tenant, "/Users", cursor=cursor[:-2], **asked)))
    sentences.add(refused(await by_get(tenant, "/Groups", cursor=cursor, filter="displayName pr", count=5)))
    sentences.add(refused(await by_get(tenant, "/", cursor=cursor, count=5)))
    assert len(sentences) == 1
    assert sentences.pop()[0] == "invalidCursor"


@pytest.mark.requirement("R197")
async def test_a_cursor_of_another_tenant_or_connection() -> None:
    """It opens nothing there, and after a revocation nothing anywhere."""
    async with tenants(2) as (site, [corp, strangers]):
        for one in (corp, strangers):
            await one.post_all("/Users", [person(f"p{n}") for n in range(4)])
        cursor = (await by_get(corp, "/Users", cursor="", count=2)).json["nextCursor"]
        assert refused(await by_get(strangers, "/Users", cursor=cursor, count=2))[0] == "invalidCursor"
        second = await issue_token(site.desk, corp.record)
        other = Tenant(site.application, corp.record, second.secret)
        assert len(ids(await by_get(other, "/Users", cursor=cursor, count=2))) == 2
        await revoke_token(site.desk, second.record)
        assert (await by_get(other, "/Users", cursor=cursor, count=2)).status == 401
        assert len(ids(await by_get(corp, "/Users", cursor=cursor, count=2))) == 2


@pytest.mark.requirement("R193", "R196")
async def test_cursors_expire(tmp_path: Path) -> None:
    """After the time that discovery tells, in words and with the scimType."""
    now = ["2026-01-02T03:04:05.678Z"]
    async with installation(clock=lambda: now[0]) as site:
        tenant = await site.tenant()
        await tenant.post_all("/Users", [person(f"p{n}") for n in range(3)])
        cursor = (await by_get(tenant, "/Users", cursor="", count=2)).json["nextCursor"]
        config = (await tenant.get("/ServiceProviderConfig")).json["pagination"]
        assert config == {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": 100,
            "maxPageSize": 1000,
            "cursorTimeout": 3600,
        }
        now[0] = "2026-01-02T04:04:05.000Z"
        assert len(ids(await by_get(tenant, "/Users", cursor=cursor, count=2))) == 1
        now[0] = "2026-01-02T04:04:06.000Z"
        scim_type, sentence = refused(await by_get(tenant, "/Users", cursor=cursor, count=2))
        assert scim_type == "expiredCursor"
        assert "3600 seconds" in sentence


@pytest.mark.parametrize("keys", ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="])
async def test_cursors_outlive_the_process(tmp_path: Path, keys: str) -> None:
    """Another process over the same database opens them, with keys given or not."""
    database = f"sqlite:///{tmp_path / 'v.db'}"
    async with installation(database, keys=keys) as site:
        tenant = await site.tenant()
        await tenant.post_all("/Users", [person(f"p{n}") for n in range(4)])
        cursor = (await by_get(tenant, "/Users", cursor="", count=3)).json["nextCursor"]
    again = Vestibule(Settings(database=database, public_url="https://vestibule.test", keys=keys))
    async with again.lifespan():
        reader = Tenant(again, tenant.record, tenant.token)
        assert len(ids(await by_get(reader, "/Users", cursor=cursor, count=3))) == 1


async def test_one_way_of_paging_at_a_time(tenant: Tenant) -> None:
    scim_type, sentence = refused(await by_get(tenant, "/Users", cursor="", startIndex=1))
    assert scim_type == "invalidValue"
    assert "exclude each other" in sentence


@pytest.mark.requirement("R200")
async def test_opened_cursors_cost_nothing(tenant: Tenant) -> None:
    """All of a thousand first pages can be gone on from: nothing was kept, so nothing was dropped."""
    cursors = [(await by_get(tenant, "/Users", cursor="", count=2)).json["nextCursor"] for _ in range(1000)]
    assert len(set(cursors)) == 1000
    for cursor in (cursors[0], cursors[-1]):
        assert len(ids(await by_get(tenant, "/Users", cursor=cursor, count=2))) == 2


async def test_groups_and_products_without_teams() -> None:
    async with tenants(profile="acall") as (_, [tenant]):
        answer = await by_get(tenant, "/Groups", cursor="")
        assert (ids(answer), answer.json["totalResults"]) == ([], 0)
    async with tenants() as (_, [tenant]):
        kim = await made(tenant, "/Users", person("kim"))
        teams = [await made(tenant, "/Groups", team(f"T{n}", kim)) for n in range(3)]
        first = await tenant.get(url("/Groups", {"cursor": "", "count": 2}))
        assert ids(first) == teams[:2]
        assert [group["members"][0]["value"] for group in first.json["Resources"]] == [kim, kim]
        lean = await by_get(tenant, "/Groups", cursor="", count=2, excludedAttributes="members")
        assert not any("members" in group for group in lean.json["Resources"])
        one = await by_get(tenant, "/Users", cursor="", filter='userName eq "kim"')
        assert [len(found["groups"]) for found in one.json["Resources"]] == [3]
