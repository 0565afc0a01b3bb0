"""U+0000 in an address, a filter or the path of a bulk operation: refused or not found, on both stores, and logged."""

from __future__ import annotations

import pytest

from tests.installation import installation

pytestmark = pytest.mark.usefixtures("each_store")
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "active", "value": False}],
}


async def test_nothing_has_such_an_address_and_every_request_is_in_the_log() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answers = [
            await tenant.get("/Users/a%00b"),
            await tenant.get("/Groups/%00"),
            await tenant.delete("/Users/a%00b"),
            await tenant.patch("/Users/a%00b", PATCH),
            await tenant.get("/a%00b"),
        ]
        assert [answer.status for answer in answers] == [404] * 5
        stranger = await tenant.get("/Users/a%00b", headers={"Authorization": "Bearer nobody"})
        assert stranger.status == 401
        log = site.application.store.log
        for answer in (*answers, stranger):
            kept = await log.request(answer.headers["x-request-id"])
            assert kept is not None
            assert "\0" not in kept.path + kept.reason


@pytest.mark.requirement("R119")
@pytest.mark.parametrize("attribute", ["userName", "externalId", "id", "title"])
async def test_no_filter_finds_it(attribute: str) -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await tenant.get(f"/Users?filter={attribute}%20eq%20%22a%00%22")
        assert answer.status == 400
        assert answer.json["scimType"] == "invalidFilter"
        assert "U+0000" in answer.json["detail"]


async def test_no_bulk_operation_names_it() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        body = {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": "/Users/a\0b"}]}
        [result] = (await tenant.post("/Bulk", body)).json["Operations"]
        assert result["status"] == "400"
        assert "U+0000" in result["response"]["detail"]
        assert (await tenant.get("/Users")).status == 200
