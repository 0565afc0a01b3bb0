"""``Vestibule-Dry-Run: true``: the Change is shown, and nothing is left behind, in the log neither."""

from __future__ import annotations

from pathlib import Path

from tests.installation import installation

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
DRY = {"Content-Type": "application/scim+json", "Vestibule-Dry-Run": "true"}
MIKA = {"schemas": [USER], "userName": "mika@corp.test"}


async def test_the_change_is_shown() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await tenant.post("/Users", MIKA, DRY)
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json["status"] == 201
        assert [event["type"] for event in answer.json["events"]] == ["user.created"]
        assert answer.json["resources"][0]["document"]["userName"] == "mika@corp.test"


async def test_a_refusal_has_the_status_of_the_real_call() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        made = await tenant.post("/Users", MIKA)
        assert (await tenant.post("/Users", MIKA, DRY)).status == 409
        assert (await tenant.post("/Users", {"schemas": [USER]}, DRY)).status == 400
        path = f"/Users/{made.json['id']}"
        assert (await tenant.put(path, MIKA, {**DRY, "If-Match": 'W/"7"'})).status == 412
        assert (await tenant.delete(path, DRY)).status == 200
        assert (await tenant.get(path)).status == 200


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/x.db"
    async with installation(address) as site:
        tenant = await site.tenant()
        for body in (MIKA, {"schemas": [USER]}, {**MIKA, "roles": "admin"}):
            await tenant.post("/Users", body, DRY)
        await tenant.patch("/Users/x", {"Operations": [{"op": "frob"}]}, DRY)
    async with installation(address) as site:
        store = site.application.store
        assert await store.directory.count(tenant.record.id, "User") == 0
        assert not await store.log.requests(tenant.record.id)
        assert not await store.log.events(tenant=tenant.record.id)
        assert not await store.log.tolerances(1)


async def test_another_word_than_true_or_false_writes_nothing() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        for word in ("1", "yes", "ture"):
            assert (await tenant.post("/Users", MIKA, {**DRY, "Vestibule-Dry-Run": word})).status == 400
        assert (await tenant.get("/Users")).json["totalResults"] == 0
        assert (await tenant.post("/Users", MIKA, {**DRY, "Vestibule-Dry-Run": "false"})).status == 201
