"""One person with everything, a team, and short words for what tests of rows say and ask."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.cast import CORE_GROUP, CORE_USER, ENTERPRISE_USER, patch
from tests.installation import Answer, Tenant

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

#: A value for every attribute of the core and the enterprise User that a client may write.
EVERYTHING: dict[str, Any] = {
    "schemas": [CORE_USER, ENTERPRISE_USER],
    "userName": "Hanako.Sato@corp.test",
    "externalId": "00u1Hanako",
    "name": {
        "formatted": "Dr. 佐藤 M 花子 III",
        "familyName": "佐藤",
        "givenName": "花子",
        "middleName": "M",
        "honorificPrefix": "Dr.",
        "honorificSuffix": "III",
    },
    "displayName": "佐藤 花子",
    "nickName": "Hana",
    "profileUrl": "https://people.corp.test/Hanako",
    "title": "Facility Manager",
    "userType": "Employee",
    "preferredLanguage": "ja-JP",
    "locale": "ja-JP",
    "timezone": "Asia/Tokyo",
    "active": True,
    "emails": [
        {"value": "Hanako.Sato@Corp.test", "display": "Work", "type": "work", "primary": True},
        {"value": "hanako@home.test", "type": "home"},
    ],
    "phoneNumbers": [
        {"value": "tel:+81-3-1234-5678;ext=9", "display": "Desk", "type": "work", "primary": True}
    ],
    "ims": [{"value": "Hanako Sato", "display": "Chat", "type": "xmpp", "primary": True}],
    "photos": [
        {"value": "https://people.corp.test/Hanako.jpg", "display": "Me", "type": "photo", "primary": True}
    ],
    "addresses": [
        {
            "formatted": "1-1 Chiyoda\nTokyo",
            "streetAddress": "1-1 Chiyoda",
            "locality": "Tōkyō",
            "region": "Kantō",
            "postalCode": "100-0001",
            "country": "JP",
            "type": "work",
            "primary": True,
        }
    ],
    "entitlements": [{"value": "printer", "display": "Printer", "type": "device", "primary": True}],
    "roles": [{"value": "Admin", "display": "Administrator", "type": "office", "primary": True}],
    "x509Certificates": [{"value": "TWFuTWE=", "display": "Card", "type": "card", "primary": True}],
    ENTERPRISE_USER: {
        "employeeNumber": "K1001",
        "costCenter": "C-7",
        "organization": "Kitano Works",
        "division": "East",
        "department": "Facilities",
        "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"},
    },
}


def person(user_name: str = "mika@corp.test", **more: Any) -> dict[str, Any]:
    """The least that a person needs."""
    return {"schemas": [CORE_USER], "userName": user_name, **more}


def team(name: str, *members: str, **more: Any) -> dict[str, Any]:
    """A group with members."""
    body: dict[str, Any] = {"schemas": [CORE_GROUP], "displayName": name, **more}
    return {**body, "members": [{"value": value} for value in members]} if members else body


def change(op: str, path: str | None, value: Any = None) -> dict[str, Any]:
    """A PATCH of one operation."""
    return patch(
        {"op": op, **({"path": path} if path else {}), **({} if op == "remove" else {"value": value})}
    )


async def created(tenant: Tenant, body: dict[str, Any]) -> dict[str, Any]:
    """POST at the endpoint of its schema; the resource as it was answered."""
    endpoint = "/Groups" if CORE_GROUP in body["schemas"] else "/Users"
    answer = await tenant.post(endpoint, body)
    assert answer.status == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


async def found(tenant: Tenant, filter: str, endpoint: str = "/Users") -> list[str]:
    """The ids that a filter finds."""
    answer = await tenant.get(f"{endpoint}?filter={quote(filter, safe='')}")
    assert answer.status == 200, answer.json
    assert answer.json["totalResults"] == len(answer.json["Resources"])
    return [one["id"] for one in answer.json["Resources"]]


def path_of(resource: dict[str, Any]) -> str:
    """Where it is, below the base."""
    endpoint = {"User": "/Users", "Group": "/Groups"}[resource["meta"]["resourceType"]]
    return f"{endpoint}/{resource['id']}"


def is_error(answer: Answer, status: int, scim_type: str | None = None) -> None:
    """The answer is a SCIM error with that status in both places, and that scimType if one is given (R83, R84)."""
    assert answer.status == status, (answer.status, answer.json)
    assert answer.headers["content-type"] == "application/scim+json"
    assert answer.json["schemas"] == [ERROR]
    assert answer.json["status"] == str(status)
    assert answer.json["detail"]
    assert set(answer.json) <= {"schemas", "status", "scimType", "detail"}
    if scim_type is not None:
        assert answer.json["scimType"] == scim_type, answer.json
