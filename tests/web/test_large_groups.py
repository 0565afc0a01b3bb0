"""A group larger than one text: whole, projected, in a list, and as the answer to a write."""

from __future__ import annotations

from typing import Any

import pytest

from tests.installation import Tenant, installation

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
MANY = 2500


@pytest.fixture
async def large() -> Any:
    async with installation() as site:
        tenant = await site.tenant()
        await tenant.post_all(
            "/Users",
            [
                {"schemas": [USER], "userName": f"user{n}@corp.test", "displayName": f"User {n}"}
                for n in range(MANY)
            ],
        )
        members: list[dict[str, str]] = []
        while len(members) < MANY:
            page = await tenant.get(f"/Users?startIndex={len(members) + 1}&count=1000&attributes=id")
            members += [{"value": person["id"]} for person in page.json["Resources"]]
        made = await tenant.post("/Groups", {"schemas": [GROUP], "displayName": "All", "members": members})
        assert made.status == 201
        assert len(made.json["members"]) == MANY
        yield tenant, made.json


async def test_whole(large: tuple[Tenant, dict[str, Any]]) -> None:
    tenant, made = large
    answer = await tenant.get(f"/Groups/{made['id']}")
    assert int(answer.headers["content-length"]) > 300_000
    assert answer.json == made
    assert {member["display"] for member in made["members"]} == {f"User {n}" for n in range(MANY)}


@pytest.mark.requirement("R127", "R128")
@pytest.mark.parametrize(
    ("query", "keys", "of_each"),
    [
        ("attributes=members", {"schemas", "id", "members"}, {"value", "$ref", "display", "type"}),
        ("attributes=members.value", {"schemas", "id", "members"}, {"value"}),
        (
            "excludedAttributes=displayName,members.display",
            {"schemas", "id", "members", "meta"},
            {"value", "$ref", "type"},
        ),
    ],
)
async def test_projected(
    large: tuple[Tenant, dict[str, Any]], query: str, keys: set[str], of_each: set[str]
) -> None:
    tenant, made = large
    answer = await tenant.get(f"/Groups/{made['id']}?{query}")
    assert set(answer.json) == keys
    assert len(answer.json["members"]) == MANY
    assert {key for member in answer.json["members"] for key in member} == of_each


async def test_in_a_list(large: tuple[Tenant, dict[str, Any]]) -> None:
    tenant, made = large
    await tenant.post("/Groups", {"schemas": [GROUP], "displayName": "Nobody"})
    answer = await tenant.get("/Groups")
    assert [len(group.get("members", ())) for group in answer.json["Resources"]] == [MANY, 0]
    assert answer.json["Resources"][0] == made
