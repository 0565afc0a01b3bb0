"""Bulk requests that are too large, malformed, hostile or merely odd: the right error, and nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bulk.batches import (
    BULK_REQUEST,
    add_member,
    bulk,
    held_to,
    id_in,
    patch,
    person,
    statuses,
    team,
)
from tests.installation import Tenant, installation
from vestibule.recordings.replay import Reply, Request


async def raw(tenant: Tenant, body: bytes, **headers: str) -> Reply:
    """The answer to that body, as it is."""
    sent = {"Authorization": f"Bearer {tenant.token}", "Content-Type": "application/scim+json", **headers}
    return await tenant.send(Request("POST", "/Bulk", sent, body))


async def is_empty(tenant: Tenant) -> bool:
    """Whether nothing was made."""
    people, teams = await tenant.get("/Users"), await tenant.get("/Groups")
    return [people.json["totalResults"], teams.json["totalResults"]] == [0, 0]


@pytest.mark.requirement("R171")
async def test_one_operation_too_many_is_413_and_names_the_limit() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        gone = {"method": "DELETE", "path": "/Users/x"}
        for count in (1001, 10_000):
            answer = await bulk(tenant, person("a"), *[gone] * (count - 1))
            assert answer.status == 413
            assert f"{count:,} operations, more than maxOperations (1000)" in answer.json["detail"]
        assert await is_empty(tenant)
        answer = await bulk(tenant, *[gone] * 1000)
        assert statuses(answer) == ["404"] * 1000


@pytest.mark.requirement("R171")
async def test_one_byte_too_many_is_413_and_names_the_limit() -> None:
    limit = 16 * 1024 * 1024
    whole = b'{"schemas":["%s"],"Operations":[{"method":"DELETE","path":"/Users/x"}]' % BULK_REQUEST.encode()
    async with installation() as site:
        tenant = await site.tenant()
        fits = await raw(tenant, whole + b" " * (limit - len(whole) - 1) + b"}")
        assert fits.status == 200
        over = await raw(tenant, whole + b" " * (limit - len(whole)) + b"}")
        assert over.status == 413
        assert b"larger than maxPayloadSize (16777216 bytes)" in over.body


async def test_an_operation_keeps_the_limit_of_its_own_request() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(tenant, person("a", title="x" * (1024 * 1024)), person("b"))
        assert statuses(answer) == ["413", "201"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"schemas":',
        b'{"Operations":[]}',
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{}]}',
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":"DELETE"}',
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[null]}',
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"bulkId":"\\ud800"}]}',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_bulk_request_is_400(body: bytes) -> None:
    async with installation() as site:
        tenant = await site.tenant()
        reply = await raw(tenant, body)
        assert reply.status == 400
        assert b'"invalidSyntax"' in reply.body


async def test_another_media_type_is_415() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        assert (await raw(tenant, b"{}", **{"Content-Type": "text/xml"})).status == 415


async def test_doubled_bulk_ids_refuse_the_whole() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(tenant, person("a"), person("b"), {**team("b"), "bulkId": "a"})
        assert answer.status == 400
        assert 'Operations 1 and 3 have the same bulkId "a"' in answer.json["detail"]
        assert await is_empty(tenant)


async def test_keys_in_two_letter_cases_refuse_the_whole() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(tenant, person("a"), operations=[])
        assert answer.status == 400
        assert await is_empty(tenant)


async def test_a_bulk_request_cannot_hold_another() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        inner = {"schemas": [BULK_REQUEST], "Operations": [person("inner")]}
        paths = ("/Bulk", "/bulk/", "//Bulk", "/Users/.search", "/.search")
        answer = await bulk(
            tenant,
            *({"method": "POST", "path": path, "bulkId": path, "data": inner} for path in paths),
        )
        assert statuses(answer) == ["400"] * len(paths)
        assert await is_empty(tenant)


async def test_paths_that_leave_the_root_lead_nowhere() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        paths = (
            "/../api/v1",
            "/Users/../Groups/x",
            "/t/other/scim/v2/Users",
            "/Users/x/y",
            "/healthz",
            "/%2e%2e/Users",
        )
        answer = await bulk(tenant, *({"method": "DELETE", "path": path} for path in paths))
        assert set(statuses(answer)) <= {"404", "405"}


async def test_bulk_ids_in_odd_places_are_errors_and_never_stored() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(
            tenant,
            person("a", displayName="bulkId:nobody"),
            person("b", displayName="see bulkId:a"),
            {"method": "DELETE", "path": "/Users/bulkId:"},
            {"method": "DELETE", "path": "/bulkId:a"},
            {"method": "POST", "path": "/Users/bulkId:b", "bulkId": "p", "data": {}},
            patch("/Groups/bulkId:b", add_member("x")),
        )
        assert statuses(answer) == ["400", "201", "404", "404", "405", "404"]
        shown = (await tenant.get(f"/Users/{id_in(answer.json['Operations'][1])}")).json
        assert shown["displayName"] == "see bulkId:a"


async def test_ids_of_another_tenant_are_as_unknown_as_any() -> None:
    async with installation() as site:
        owner, stranger = await site.tenant(), await held_to(site, "strict")
        id = (await owner.post("/Users", person("owner")["data"])).json["id"]
        club = (await owner.post("/Groups", team("club")["data"])).json["id"]
        answer = await bulk(
            stranger,
            patch(f"/Users/{id}", {"op": "add", "path": "title", "value": "mine"}),
            {"method": "DELETE", "path": f"/Groups/{club}"},
            {"method": "PUT", "path": f"/Users/{id}", "data": person("x")["data"]},
            team("g"),
            patch("/Groups/bulkId:g", add_member(id)),
            {"method": "DELETE", "path": f"/t/{owner.slug}/scim/v2/Users/{id}"},
        )
        assert statuses(answer) == ["404", "404", "404", "201", "400", "404"]
        assert (await owner.get(f"/Users/{id}")).headers["etag"] == 'W/"1"'
        assert (await owner.get(f"/Groups/{club}")).status == 200


async def test_without_a_token_nothing_is_looked_at() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        reply = await raw(tenant, b"[" * 1000, Authorization="Bearer nobody")
        assert reply.status == 401


async def test_a_token_that_is_revoked_meanwhile_stops_it() -> None:
    """Every operation shows the token anew."""
    async with installation() as site:
        tenant = await site.tenant()
        calls = 0
        admit = site.application.store.tenancy.admit

        async def admit_thrice(hash: bytes) -> Any:
            nonlocal calls
            calls += 1
            return await admit(hash) if calls <= 3 else None

        patched = pytest.MonkeyPatch()
        patched.setattr(type(site.application.store.tenancy), "admit", lambda self, hash: admit_thrice(hash))
        try:
            answer = await bulk(tenant, *(person(name) for name in "abcd"))
        finally:
            patched.undo()
        assert statuses(answer) == ["201", "201", "401", "401"]
        assert (await tenant.get("/Users")).json["totalResults"] == 2


async def test_strict_refuses_unknown_keys() -> None:
    async with installation() as site:
        tenant = await held_to(site, "strict")
        answer = await bulk(tenant, {**person("a"), "etag": "x"})
        assert answer.status == 400
        assert (await bulk(tenant, person("a"))).status == 200
