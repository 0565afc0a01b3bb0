"""``attributes`` and ``excludedAttributes`` on every verb that answers a resource (R126–R129)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.installation import Answer, Tenant
from tests.web.reading import ENTERPRISE, SEARCH, USER, made, person, refused, tenants, url

ADA = person(
    "ada",
    displayName="Ada",
    name={"givenName": "Ada", "familyName": "L."},
    emails=[{"value": "ada@x", "type": "work", "primary": True}],
    password="Correct-Horse-1",
    **{ENTERPRISE: {"department": "Sales", "costCenter": "7"}},
)
PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "title", "value": "Boss"}],
}
ALWAYS = {"schemas", "id"}


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    async with tenants() as (_, [one]):
        yield one


async def by_verb(tenant: Tenant, verb: str, query: dict[str, str]) -> Answer:
    """The answer of that verb about Ada, asked for like that; of a list, its one resource."""
    if verb == "POST":
        return await tenant.post(url("/Users", query), ADA)
    path = f"/Users/{await made(tenant, '/Users', ADA)}"
    match verb:
        case "GET":
            return await tenant.get(url(path, query))
        case "PUT":
            return await tenant.put(url(path, query), {**ADA, "title": "Boss"})
        case "PATCH":
            return await tenant.patch(url(path, query), PATCH)
        case "list":
            return await tenant.get(url("/Users", query))
        case "cursor":
            return await tenant.get(url("/Users", {"cursor": "", **query}))
        case "root":
            return await tenant.get(url("/", query))
        case _:
            lists = {name: value.split(",") for name, value in query.items()}
            return await tenant.post("/Users/.search", {"schemas": [SEARCH], **lists})


def one(answer: Answer) -> dict[str, Any]:
    assert answer.status in (200, 201), answer.json
    document: dict[str, Any] = answer.json
    return document["Resources"][0] if "Resources" in document else document


VERBS = pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "list", "cursor", "root", ".search"])


@VERBS
@pytest.mark.requirement("R126", "R127", "R128", "R71", "R92")
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"attributes": "userName"}, {"userName": "ada"}),
        ({"attributes": " USERNAME , displayname"}, {"userName": "ada", "displayName": "Ada"}),
        ({"attributes": f"{USER}:userName"}, {"userName": "ada"}),
        ({"attributes": "emails.value"}, {"emails": [{"value": "ada@x"}]}),
        ({"attributes": "name.givenName"}, {"name": {"givenName": "Ada"}}),
        ({"attributes": f"{ENTERPRISE}:department"}, {ENTERPRISE: {"department": "Sales"}}),
        ({"attributes": ENTERPRISE.upper()}, {ENTERPRISE: {"department": "Sales", "costCenter": "7"}}),
        ({"attributes": "password"}, {}),
        ({"attributes": "id"}, {}),
        ({"attributes": "nobody"}, {}),
    ],
)
async def test_the_named_alone(
    tenant: Tenant, verb: str, query: dict[str, str], shown: dict[str, Any]
) -> None:
    """And what is always shown; never what is never shown."""
    answered = one(await by_verb(tenant, verb, query))
    assert {key: value for key, value in answered.items() if key not in ALWAYS} == shown
    assert set(answered) >= ALWAYS


@VERBS
@pytest.mark.requirement("R126", "R128", "R70")
@pytest.mark.parametrize(
    ("excluded", "lacks"),
    [
        ("displayName,meta", {"displayName", "meta"}),
        ("EMAILS", {"emails"}),
        ("name.givenName", set()),
        (f"{ENTERPRISE}:costCenter", set()),
        (ENTERPRISE, {ENTERPRISE}),
        ("id,schemas", set()),
        ("nobody", set()),
    ],
)
async def test_all_but_the_excluded(tenant: Tenant, verb: str, excluded: str, lacks: set[str]) -> None:
    """What is always shown stays."""
    whole = {"schemas", "id", "userName", "displayName", "name", "emails", "active", "meta", ENTERPRISE}
    answered = one(await by_verb(tenant, verb, {"excludedAttributes": excluded}))
    assert set(answered) - {"title", "groups", "externalId"} == whole - lacks
    assert "password" not in answered
    if excluded == "name.givenName":
        assert answered["name"] == {"familyName": "L."}
    if excluded == f"{ENTERPRISE}:costCenter":
        assert answered[ENTERPRISE] == {"department": "Sales"}


@VERBS
@pytest.mark.requirement("R129")
async def test_one_of_the_two(tenant: Tenant, verb: str) -> None:
    """Both at once are refused, and nothing is written."""
    answer = await by_verb(tenant, verb, {"attributes": "userName", "excludedAttributes": "title"})
    scim_type, sentence = refused(answer)
    assert (scim_type, "Send one of them" in sentence) == ("invalidValue", True)
    if verb == "POST":
        assert (await tenant.get("/Users")).json["totalResults"] == 0
    if verb in ("PUT", "PATCH"):
        assert "title" not in one(await tenant.get("/Users"))


@VERBS
async def test_names_without_number(tenant: Tenant, verb: str) -> None:
    answer = await by_verb(tenant, verb, {"attributes": ",".join(f"a{n}" for n in range(501))})
    assert refused(answer)[0] == "invalidValue"


async def test_a_group_patch_answers_who_asks(tenant: Tenant) -> None:
    """204 unless ``attributes`` is given; then just these."""
    group = await made(
        tenant, "/Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G"}
    )
    patch = {**PATCH, "Operations": [{"op": "replace", "path": "displayName", "value": "H"}]}
    assert (await tenant.patch(f"/Groups/{group}", patch)).status == 204
    answer = await tenant.patch(f"/Groups/{group}?attributes=displayName", patch)
    assert (answer.status, set(answer.json)) == (200, ALWAYS | {"displayName"})
