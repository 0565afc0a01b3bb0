"""POST /Bulk: what each operation is answered, and that it went by the door of a request of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.batches import (
    BULK_RESPONSE,
    ERROR,
    USER,
    add_member,
    bulk,
    id_in,
    patch,
    person,
    statuses,
    team,
)
from tests.installation import installation
from tests.profiles.devices import device, tenant_with_devices
from vestibule.recordings.replay import Request


@pytest.mark.requirement("R165", "R170")
@pytest.mark.parametrize("at_tenant_url", [False, True])
async def test_every_method_is_answered_with_location_version_and_status(at_tenant_url: bool) -> None:
    async with installation() as site:
        tenant = await site.tenant()
        if at_tenant_url:
            tenant = replace(tenant, base=f"/t/{tenant.slug}/scim/v2")
        base = f"https://vestibule.test{tenant.base}"
        old = (await tenant.post("/Users", person("old")["data"])).json["id"]
        gone = (await tenant.post("/Users", person("gone")["data"])).json["id"]
        club = (await tenant.post("/Groups", team("club")["data"])).json["id"]
        answer = await bulk(
            tenant,
            person("new"),
            {"method": "PUT", "path": f"/Users/{old}", "data": person("old", title="Chef")["data"]},
            patch(f"/Users/{old}", {"op": "add", "path": "title", "value": "Boss"}, bulkId="mine"),
            patch(f"/Groups/{club}", add_member(old)),
            {"method": "DELETE", "path": f"/Users/{gone}"},
        )
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/scim+json"
        new = id_in(answer.json["Operations"][0])
        assert answer.json == {
            "schemas": [BULK_RESPONSE],
            "Operations": [
                {
                    "method": "POST",
                    "bulkId": "new",
                    "location": f"{base}/Users/{new}",
                    "version": 'W/"1"',
                    "status": "201",
                },
                {"method": "PUT", "location": f"{base}/Users/{old}", "version": 'W/"2"', "status": "200"},
                {
                    "method": "PATCH",
                    "bulkId": "mine",
                    "location": f"{base}/Users/{old}",
                    "version": 'W/"3"',
                    "status": "200",
                },
                {"method": "PATCH", "location": f"{base}/Groups/{club}", "status": "204"},
                {"method": "DELETE", "location": f"{base}/Users/{gone}", "status": "204"},
            ],
        }
        person_now = await tenant.get(f"/Users/{old}")
        assert person_now.json["title"] == "Boss"
        assert person_now.headers["etag"] == 'W/"3"'
        assert (await tenant.get(f"/Users/{new}")).json["userName"] == "new@corp.test"
        assert (await tenant.get(f"/Users/{gone}")).status == 404
        assert [m["value"] for m in (await tenant.get(f"/Groups/{club}")).json["members"]] == [old]


@pytest.mark.requirement("R166", "R170")
async def test_it_goes_on_over_failures_and_tells_each() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(
            tenant,
            person("a"),
            {**person("a"), "bulkId": "again"},
            {"method": "POST", "path": "/Users", "data": person("b")["data"]},
            {"method": "GET", "path": "/Users"},
            patch("/Users/nobody", {"op": "add", "path": "title", "value": "x"}),
            {"method": "POST", "path": "/Nothing", "bulkId": "n", "data": {}},
            {"method": "PUT", "path": "/Users", "data": {}},
            {"method": "POST", "path": "/Users/x", "bulkId": "p", "data": {}},
            {"method": "POST", "path": "/Schemas", "bulkId": "s", "data": {}},
            {"method": "DELETE"},
            person("last"),
        )
        assert statuses(answer) == [
            "201", "409", "400", "400", "404", "404", "405", "405", "405", "400", "201",
        ]  # fmt: skip
        results = answer.json["Operations"]
        number = answer.headers["x-request-id"]
        for position, result in enumerate(results, 1):
            if int(result["status"]) < 400:
                assert "response" not in result
                continue
            assert result["response"]["schemas"] == [ERROR]
            assert result["response"]["status"] == result["status"]
            assert result["response"]["detail"].endswith(f"https://vestibule.test/r/{number}:{position}")
            assert ("location" in result) == (result["method"] in ("GET", "PATCH", "PUT"))
        assert results[1]["response"]["scimType"] == "uniqueness"
        assert "Operation 3: a POST needs a bulkId" in results[2]["response"]["detail"]
        assert results[4]["location"] == "https://vestibule.test/scim/v2/Users/nobody"
        assert (await tenant.get("/Users")).json["totalResults"] == 2


@pytest.mark.requirement("R166")
@pytest.mark.parametrize(("allowed", "processed"), [(1, 2), (2, 4), (3, 5), (4, 5), (None, 5)])
async def test_fail_on_errors_ends_it_after_so_many(allowed: int | None, processed: int) -> None:
    wrong = {"method": "DELETE", "path": "/Users/nobody"}
    async with installation() as site:
        tenant = await site.tenant()
        more: dict[str, Any] = {} if allowed is None else {"failOnErrors": allowed}
        answer = await bulk(tenant, person("a"), wrong, person("b"), wrong, {"method": "FROB"}, **more)
        assert len(answer.json["Operations"]) == processed
        made = sum(status == "201" for status in statuses(answer))
        assert (await tenant.get("/Users")).json["totalResults"] == made


@pytest.mark.requirement("R166")
async def test_fail_on_errors_counts_in_the_order_of_processing() -> None:
    """The group waits for the person behind it, who fails; the group is never tried."""
    async with installation() as site:
        tenant = await site.tenant()
        nameless = {**person("u"), "data": {"schemas": [USER]}}
        answer = await bulk(tenant, team("g", "u"), person("a"), nameless, person("z"), failOnErrors=1)
        assert [(one["bulkId"], one["status"]) for one in answer.json["Operations"]] == [
            ("a", "201"),
            ("u", "400"),
        ]
        assert (await tenant.get("/Groups")).json["totalResults"] == 0


@pytest.mark.requirement("R175", "R170")
async def test_a_version_is_an_if_match() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        id = (await tenant.post("/Users", person("a")["data"])).json["id"]
        title = {"op": "add", "path": "title", "value": "x"}
        answer = await bulk(
            tenant,
            patch(f"/Users/{id}", title, version='W/"7"'),
            patch(f"/Users/{id}", title, version='W/"1"'),
            {"method": "PUT", "path": f"/Users/{id}", "version": 'W/"1"', "data": person("a")["data"]},
            {"method": "DELETE", "path": f"/Users/{id}", "version": 'W/"1"'},
            {**person("b"), "version": "nonsense on a POST"},
        )
        assert statuses(answer) == ["412", "200", "412", "412", "201"]
        assert (await tenant.get(f"/Users/{id}")).json["title"] == "x"


async def test_each_operation_stands_in_the_log_under_the_number_of_the_request(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/x.db"
    async with installation(address) as site:
        tenant = await site.tenant()
        answer = await bulk(tenant, person("a"), team("g", "a"), {"method": "DELETE", "path": "/Users/x"}, {})
        number = answer.headers["x-request-id"]
    async with installation(address) as site:
        log = site.application.store.log
        whole = await log.request(number)
        assert whole is not None
        assert (whole.status, whole.rule) == (200, "bulk")
        assert whole.reason.startswith(
            "4 operations: 2 done, 2 refused (3, 4). Each is logged under this number"
        )
        found = [await log.request(f"{number}:{position}") for position in (1, 2, 3, 4)]
        assert [one and (one.method, one.path, one.status) for one in found] == [
            ("POST", "/scim/v2/Users", 201),
            ("POST", "/scim/v2/Groups", 201),
            ("DELETE", "/scim/v2/Users/x", 404),
            ("", "/scim/v2", 400),
        ]
        assert found[0] is not None
        assert json.loads((found[0].payload or {})["request"])["userName"] == "a@corp.test"
        events = await log.events(tenant=tenant.record.id)
        assert [(event.type, event.request_id) for event in events] == [
            ("user.created", f"{number}:1"),
            ("team.created", f"{number}:2"),
            ("team.member_added", f"{number}:2"),
        ]
        audit = await log.audit(tenant.record.id)
        assert {entry.request_id for entry in audit} >= {f"{number}:1", f"{number}:2"}


async def test_the_link_of_an_operation_leads_to_its_page() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(tenant, {"method": "DELETE", "path": "/Users/x"})
        detail: str = answer.json["Operations"][0]["response"]["detail"]
        path = detail.rpartition("https://vestibule.test")[2]
        page = await replace(tenant, base="").send(Request("GET", path, {}, b""))
        assert page.status == 200
        assert f"vestibule explain {path.rpartition('/')[2]}".encode() in page.body


async def test_the_dialect_repairs_operations_too_and_is_counted() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(tenant, {**person("a"), "data": {**person("a")["data"], "active": "False"}})
        assert statuses(answer) == ["201"]
        id = id_in(answer.json["Operations"][0])
        assert (await tenant.get(f"/Users/{id}")).json["active"] is False
        counted = await site.application.store.log.tolerances(1)
        assert [one.count for one in counted] == [1]


async def test_a_product_without_teams_says_so() -> None:
    async with installation() as site:
        tenant = await site.tenant("acall")
        answer = await bulk(tenant, team("g"))
        assert statuses(answer) == ["501"]
        assert "has no teams" in answer.json["Operations"][0]["response"]["detail"]


async def test_other_methods_are_not_offered() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        for answer in (
            await tenant.get("/Bulk"),
            await tenant.delete("/Bulk"),
            await tenant.put("/Bulk", {}),
        ):
            assert answer.status == 405
            assert answer.headers["allow"] == "POST"


@pytest.mark.requirement("R60", "R57", "R164")
async def test_discovery_tells_the_limits_that_hold() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        config = (await tenant.get("/ServiceProviderConfig")).json
        assert config["bulk"] == {
            "supported": True,
            "maxOperations": 1000,
            "maxPayloadSize": 16 * 1024 * 1024,
        }


@pytest.mark.requirement("R172")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_me_is_not_offered_and_says_why(method: str) -> None:
    """A token belongs to a tenant; no person stands behind it."""
    async with installation() as site:
        tenant = await site.tenant()
        headers = {"Authorization": f"Bearer {tenant.token}"}
        reply = await tenant.send(Request(method, "/Me", headers, b""))
        assert reply.status == 501
        assert "a token speaks for a directory, not for a person" in reply.body.decode()
        if method == "POST":
            inside: Any = await bulk(tenant, {"method": "POST", "path": "/Me", "bulkId": "m", "data": {}})
            assert statuses(inside) == ["501"]


async def test_what_is_refused_leaves_nothing() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        wrong_patch = patch(
            "/Groups/bulkId:g",
            {"op": "replace", "path": "displayName", "value": "renamed"},
            {"op": "frob"},
        )
        answer = await bulk(tenant, team("g"), wrong_patch, {"method": "DELETE", "path": "/Groups/bulkId:g"})
        assert statuses(answer) == ["201", "400", "204"]
        events = await site.application.store.log.events(tenant=tenant.record.id)
        assert [event.type for event in events] == ["team.created", "team.deleted"]


@pytest.mark.requirement("R168")
async def test_a_type_declared_in_the_profile_is_written_too() -> None:
    async with installation() as site:
        tenant = await tenant_with_devices(site)
        laptop = {
            "method": "POST",
            "path": "/Devices",
            "bulkId": "d",
            "data": device("SN-1", owner={"value": "bulkId:mika"}),
        }
        named = {"op": "add", "path": "displayName", "value": "Mika's"}
        answer = await bulk(
            tenant,
            patch("/Devices/bulkId:d", named),
            laptop,
            {**laptop, "bulkId": "again"},
            person("mika"),
        )
        assert statuses(answer) == ["200", "201", "409", "201"]
        laptop_id, mika_id = id_in(answer.json["Operations"][1]), id_in(answer.json["Operations"][3])
        shown = (await tenant.get(f"/Devices/{laptop_id}")).json
        assert shown["displayName"] == "Mika's"
        assert shown["owner"]["value"] == mika_id
