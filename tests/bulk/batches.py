"""Bulk requests as these tests send them."""

from __future__ import annotations

from typing import Any

from tests.installation import Answer, Site, Tenant

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MANAGER = f"{ENTERPRISE}:manager"

Operation = dict[str, Any]


def person(bulk_id: str, manager: str = "", **more: Any) -> Operation:
    """A POST of a person called like the bulkId; ``manager`` is another one's."""
    data: dict[str, Any] = {"schemas": [USER], "userName": f"{bulk_id}@corp.test", **more}
    if manager:
        data[ENTERPRISE] = {"manager": {"value": f"bulkId:{manager}"}}
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data}


def team(bulk_id: str, *members: str) -> Operation:
    """A POST of a group called like the bulkId; ``members`` are the bulkIds of others."""
    values = [{"value": f"bulkId:{member}"} for member in members]
    data = {"schemas": [GROUP], "displayName": bulk_id, "members": values}
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data}


def patch(path: str, *operations: dict[str, Any], **more: Any) -> Operation:
    """A PATCH of those operations."""
    return {
        "method": "PATCH",
        "path": path,
        "data": {"schemas": [PATCH_OP], "Operations": list(operations)},
        **more,
    }


def add_member(value: str) -> dict[str, Any]:
    """One operation of a PATCH on a group."""
    return {"op": "add", "path": "members", "value": [{"value": value}]}


async def bulk(
    tenant: Tenant, *operations: Any, headers: dict[str, str] | None = None, **more: Any
) -> Answer:
    """The answer to all of them in one request."""
    body = {"schemas": [BULK_REQUEST], **more, "Operations": list(operations)}
    return await tenant.post("/Bulk", body, headers)


async def held_to(site: Site, dialect: str) -> Tenant:
    """A new tenant whose connection is pinned to that dialect."""
    tenant = await site.tenant()
    (connection,) = await site.desk.store.connections(tenant.record.id)
    entry = site.desk.entry("connection.dialect_pinned", "Connection", connection.id)
    await site.desk.store.pin_dialect(connection.id, dialect, entry, site.desk.clock())
    return tenant


def statuses(answer: Answer) -> list[str]:
    """The status of each result, in their order."""
    assert answer.status == 200, answer.json
    return [result["status"] for result in answer.json["Operations"]]


def id_in(result: dict[str, Any]) -> str:
    """The id at the end of a result's location."""
    id: str = result["location"].rpartition("/")[2]
    return id


async def end_state(tenant: Tenant) -> dict[str, Any]:
    """Everybody by name, ids replaced by names: what must not depend on the order of a request."""
    people = (await tenant.get("/Users?count=1000")).json["Resources"]
    teams = (await tenant.get("/Groups?count=1000")).json["Resources"]
    names = {one["id"]: one.get("userName") or one["displayName"] for one in [*people, *teams]}
    managers = {
        one["userName"]: names.get(one.get(ENTERPRISE, {}).get("manager", {}).get("value")) for one in people
    }
    members = {one["displayName"]: sorted(names[m["value"]] for m in one.get("members", [])) for one in teams}
    return {"managers": managers, "members": members}
