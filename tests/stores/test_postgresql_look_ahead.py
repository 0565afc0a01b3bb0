"""A lookup in one statement with its token: it finds what two statements find, and never more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.installation import Site, Tenant, installation
from tests.postgresql import Place
from vestibule.directory.request import Import, Standing
from vestibule.directory.run import carry_out
from vestibule.identifiers import new_resource_id

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.fixture
async def site(postgresql: Place) -> AsyncIterator[Site]:
    async with installation(postgresql) as site:
        yield site


@pytest.fixture
async def corp(site: Site) -> Tenant:
    return await site.tenant(slug="corp")


def person(user_name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": user_name, "name": {"familyName": "Laine"}, **more}


def by(attribute: str, value: str, more: str = "") -> str:
    return f"/Users?filter={quote(f'{attribute} eq {json.dumps(value)}')}{more}"


async def statements(site: Site, tenant: Tenant, path: str) -> tuple[Any, int]:
    """The answer to a GET, and how often the database was asked."""
    database = site.application.store.database  # type: ignore[attr-defined]
    asked, rows = 0, database.rows

    async def counted(sql: str, parameters: Any = ()) -> Any:
        nonlocal asked
        asked += 1
        return await rows(sql, parameters)

    database.rows = counted
    try:
        return await tenant.get(path), asked
    finally:
        database.rows = rows


async def test_the_shapes_of_identity_providers_take_one_statement(site: Site, corp: Tenant) -> None:
    mika = (await corp.post("/Users", person("Mika@corp.test", externalId="00u1"))).json
    team = (await corp.post("/Groups", {"schemas": [GROUP], "displayName": "Sales"})).json
    await corp.patch(
        f"/Groups/{team['id']}",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": mika["id"]}]}],
        },
    )
    for path in (
        f"/Users/{mika['id']}",
        by("userName", "MIKA@corp.test"),
        by("userName", "mika@corp.test", "&startIndex=1&count=100"),
        by("externalId", "00u1"),
    ):
        answer, asked = await statements(site, corp, path)
        shown = answer.json["Resources"][0] if "Resources" in answer.json else answer.json
        assert asked == 1, path
        assert (shown["id"], shown["externalId"]) == (mika["id"], "00u1")
        assert [group["display"] for group in shown["groups"]] == ["Sales"]
    for path in (by("userName", "nobody@corp.test"), by("externalId", "00u2")):
        answer, asked = await statements(site, corp, path)
        assert (asked, answer.json["totalResults"]) == (1, 0)
    answer, asked = await statements(site, corp, "/Users/00000000-0000-7000-8000-000000000001")
    assert (asked, answer.status) == (1, 404)


@pytest.mark.parametrize(
    "more",
    ["&attributes=userName", "&excludedAttributes=groups", "&startIndex=2", "&count=0", "&sortBy=userName"],
)
async def test_what_is_asked_beside_it_holds(corp: Tenant, more: str) -> None:
    """The same as the filter that says the same and is no plain lookup."""
    await corp.post("/Users", person("mika@corp.test", externalId="00u1"))
    for attribute, value in (("userName", "mika@corp.test"), ("externalId", "00u1")):
        quick = (await corp.get(by(attribute, value, more))).json
        slow = (await corp.get(f"/Users?filter={quote(f'({attribute} eq {json.dumps(value)})')}{more}")).json
        assert quick == slow


async def test_groups_in_groups_are_all_shown(corp: Tenant) -> None:
    mika = (await corp.post("/Users", person("mika@corp.test"))).json
    inner = {"schemas": [GROUP], "displayName": "Inner", "members": [{"value": mika["id"]}]}
    inner_id = (await corp.post("/Groups", inner)).json["id"]
    await corp.post("/Groups", {"schemas": [GROUP], "displayName": "Outer", "members": [{"value": inner_id}]})
    for path in (f"/Users/{mika['id']}", by("userName", "mika@corp.test")):
        answer = (await corp.get(path)).json
        shown = answer["Resources"][0] if "Resources" in answer else answer
        assert {(group["display"], group["type"]) for group in shown["groups"]} == {
            ("Inner", "direct"),
            ("Outer", "indirect"),
        }
    assert "groups" not in (await corp.get(f"/Groups/{inner_id}")).json


async def test_a_stranger_gets_nothing(site: Site, corp: Tenant) -> None:
    mika = (await corp.post("/Users", person("mika@corp.test", externalId="00u1"))).json
    stranger = await site.tenant(slug="strangers")
    assert (await stranger.get(f"/Users/{mika['id']}")).status == 404
    for path in (by("userName", "mika@corp.test"), by("externalId", "00u1")):
        assert (await stranger.get(path)).json["totalResults"] == 0


async def test_a_user_is_no_group(corp: Tenant) -> None:
    mika = (await corp.post("/Users", person("mika@corp.test"))).json
    assert (await corp.get(f"/Groups/{mika['id']}")).status == 404


async def test_deleted_people_are_not_found(corp: Tenant) -> None:
    mika = (await corp.post("/Users", person("mika@corp.test", externalId="00u1"))).json
    await corp.delete(f"/Users/{mika['id']}")
    assert (await corp.get(f"/Users/{mika['id']}")).status == 404
    for path in (by("userName", "mika@corp.test"), by("externalId", "00u1")):
        assert (await corp.get(path)).json["totalResults"] == 0


async def test_people_who_existed_before_are_found_by_name_and_id_alone(site: Site, corp: Tenant) -> None:
    """W26; by externalId no identity provider knows them."""
    connection = (await site.desk.store.connections(corp.record.id))[0].id
    profile = await site.desk.profile_of(corp.record)
    standing = Standing(corp.record.id, connection, profile, "strict", "operator:test", "r-set-up")
    store = site.application.store.directory
    applied = await carry_out(
        store, standing, Import(person("mika@corp.test")), site.desk.clock, new_resource_id
    )
    assert applied.change.answer.resource is not None
    id = applied.change.answer.resource.id
    assert (await corp.get(by("userName", "mika@corp.test"))).json["totalResults"] == 1
    assert (await corp.get(f"/Users/{id}")).status == 200


async def test_a_refused_token_is_told_nothing(site: Site, corp: Tenant) -> None:
    """Whether the resource exists or not: the same status and, request number apart, the same words."""
    mika = (await corp.post("/Users", person("mika@corp.test"))).json
    [token] = await site.desk.store.tokens(corp.record.id)
    database = site.application.store.database  # type: ignore[attr-defined]
    await database.change(
        "UPDATE token SET revoked_at = '2026-01-02T03:04:05.678Z' WHERE id = $1", (token.id,)
    )
    there = await corp.get(f"/Users/{mika['id']}")
    nowhere = await corp.get("/Users/00000000-0000-7000-8000-000000000001")
    assert there.status == nowhere.status == 401
    assert there.json["detail"].rpartition(" ")[0] == nowhere.json["detail"].rpartition(" ")[0]


async def test_a_change_of_plan_by_another_process_holds_at_the_next_request(postgresql: Place) -> None:
    async with installation(postgresql) as serving:
        acall = await serving.tenant("acall", slug="corp")
        assert (await acall.get("/Users")).status == 200
        async with installation(postgresql) as other:
            database = other.application.store.database  # type: ignore[attr-defined]
            await database.change("UPDATE tenant SET plan = 'basic' WHERE slug = 'corp'")
            refused = await acall.get(by("userName", "mika@corp.test"))
    assert refused.status == 403
    assert "plan" in refused.json["detail"]
