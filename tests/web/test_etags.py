"""If-Match and If-None-Match on every verb (RFC 7644 §3.14, RFC 9110 §13)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import pytest

from tests.installation import Answer, Tenant
from tests.web.reading import made, person, refused, team, tenants

PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "externalId", "value": "New"}],
}
#: At version 2.
CURRENT = ['W/"2"', '"2"', "*", 'W/"1", W/"2"', '"1","2"', "2"]
OTHERS = ['W/"1"', '"1"', 'W/"3", W/"22"', '"*"', "nonsense", '"2', '"a,2,b"', "\xe9"]

NUMBERS = count()


@pytest.fixture
async def tenant() -> AsyncIterator[Tenant]:
    async with tenants() as (_, [one]):
        yield one


async def ask(tenant: Tenant, verb: str, path: str, document: object, headers: dict[str, str]) -> Answer:
    match verb:
        case "GET":
            return await tenant.get(path, headers)
        case "PUT":
            return await tenant.put(path, document, headers)
        case "PATCH":
            return await tenant.patch(path, PATCH, headers)
        case _:
            return await tenant.delete(path, headers)


async def at_version_2(tenant: Tenant, endpoint: str) -> tuple[str, dict[str, object]]:
    name = f"ada{next(NUMBERS)}"
    document = person(name) if endpoint == "/Users" else team(name)
    path = f"{endpoint}/{await made(tenant, endpoint, document)}"
    renamed = {**document, "displayName": f"{name} L."}
    changed = await tenant.put(path, renamed)
    assert changed.headers["etag"] == changed.json["meta"]["version"] == 'W/"2"'
    return path, renamed


DONE = {"GET": 200, "PUT": 200, "PATCH": 200, "DELETE": 204}


@pytest.mark.requirement("R175")
@pytest.mark.parametrize("endpoint", ["/Users", "/Groups"])
@pytest.mark.parametrize("verb", list(DONE))
async def test_if_match(tenant: Tenant, endpoint: str, verb: str) -> None:
    """Another version is 412 and nothing happens; the current one, however it is written, is no hindrance."""
    path, document = await at_version_2(tenant, endpoint)
    before = (await tenant.get(path)).json
    for header in OTHERS:
        _, sentence = refused(await ask(tenant, verb, path, document, {"If-Match": header}), 412)
        assert 'W/"2"' in sentence
        assert (await tenant.get(path)).json == before
    for header in CURRENT:
        path, document = await at_version_2(tenant, endpoint)
        answer = await ask(tenant, verb, path, document, {"If-Match": header})
        expected = 204 if (verb, endpoint) == ("PATCH", "/Groups") else DONE[verb]
        assert answer.status == expected, (header, answer.json)


@pytest.mark.requirement("R174")
@pytest.mark.parametrize("endpoint", ["/Users", "/Groups"])
async def test_if_none_match_on_get(tenant: Tenant, endpoint: str) -> None:
    """304 without a body for who has this version; it says which version that is."""
    path, _ = await at_version_2(tenant, endpoint)
    for header in CURRENT:
        answer = await tenant.get(path, {"If-None-Match": header})
        assert (answer.status, answer.json, answer.headers["etag"]) == (304, None, 'W/"2"')
        assert "content-length" not in answer.headers
    for header in OTHERS:
        answer = await tenant.get(path, {"If-None-Match": header})
        assert (answer.status, answer.headers["etag"]) == (200, 'W/"2"')


@pytest.mark.requirement("R175")
@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
async def test_if_none_match_on_writes(tenant: Tenant, verb: str) -> None:
    """RFC 9110 §13.1.2: 412 for the version that was ruled out, and nothing happens."""
    path, document = await at_version_2(tenant, "/Users")
    before = (await tenant.get(path)).json
    for header in CURRENT:
        refused(await ask(tenant, verb, path, document, {"If-None-Match": header}), 412)
    assert (await tenant.get(path)).json == before
    assert (await ask(tenant, verb, path, document, {"If-None-Match": 'W/"1"'})).status == DONE[verb]


@pytest.mark.requirement("R174", "R175")
async def test_both(tenant: Tenant) -> None:
    """If-Match comes first (RFC 9110 §13.2.2)."""
    path, _ = await at_version_2(tenant, "/Users")
    assert (await tenant.get(path, {"If-Match": '"1"', "If-None-Match": '"2"'})).status == 412
    assert (await tenant.get(path, {"If-Match": '"2"', "If-None-Match": '"2"'})).status == 304


@pytest.mark.requirement("R175")
async def test_two_writers(tenant: Tenant) -> None:
    """Who comes second with the same version is told, and what the first did stays."""
    path, document = await at_version_2(tenant, "/Users")
    first = await tenant.put(path, {**document, "title": "First"}, {"If-Match": 'W/"2"'})
    refused(await tenant.put(path, {**document, "title": "Second"}, {"If-Match": 'W/"2"'}), 412)
    assert (await tenant.get(path)).json == first.json
    assert first.headers["etag"] == 'W/"3"'


@pytest.mark.requirement("R133", "R175")
async def test_nobody_there(tenant: Tenant) -> None:
    """An unknown id is 404, whatever version is asked for."""
    for verb in DONE:
        answer = await ask(tenant, verb, "/Users/nobody", person("x"), {"If-Match": "*"})
        refused(answer, 404)


@pytest.mark.requirement("R173")
async def test_a_new_one_has_its_etag(tenant: Tenant) -> None:
    answer = await tenant.post("/Users", person("ada"), {"If-None-Match": "*"})
    assert (answer.status, answer.headers["etag"]) == (201, answer.json["meta"]["version"])
    assert (await tenant.get("/ServiceProviderConfig")).json["etag"] == {"supported": True}
