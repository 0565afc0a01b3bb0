"""Requests put together at random: each is served or refused by SCIM's own error, none is a fault of ours."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import quote

import pytest

from tests.cast import CORE_GROUP, CORE_USER, ENTERPRISE_USER, PATCH_OP
from tests.conformance.people import ERROR, SEARCH, created, path_of, person, team
from tests.installation import Tenant, over_asgi
from vestibule.recordings.replay import Request

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
METHODS = ["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW"]
PATHS = [
    "", "/", "/Users", "/users/", "/Groups", "/Users/.search", "/Groups/.search", "/.search", "/Bulk", "/Me", "/Schemas",
    f"/Schemas/{CORE_USER}", "/ResourceTypes", "/ResourceTypes/User", "/ServiceProviderConfig", "/Robots", "/Users/x/y",
    "/Users/%00", "/Users/%F0%9F%98%80", "/Users/..%2F..", "//Users", "/Users/{user}", "/Groups/{group}", "/Groups/{user}",
    "/Users/{group}", "/Users/{user}/", "/Users/" + "x" * 3000,
]  # fmt: skip
FILTERS = [
    'userName eq "a"', "userName", "(" * 200, 'a[b eq "c"]', 'emails[type eq "work"].value pr', "active gt true",
    'meta.created gt "2026-01-01T00:00:00Z"', "not (title pr)", 'id eq "' + "x" * 4000 + '"', "\0", "😀 eq 1", '"',
    f'{ENTERPRISE_USER}:department co ""', "members pr", 'groups.value eq "x"', "name eq null", "x509Certificates pr",
]  # fmt: skip
QUERIES = [
    "", "?", "?count=0", "?count=-5", "?count=9999999999999999999999", "?count=x", "?startIndex=0", "?startIndex=1e3",
    "?attributes=userName", "?attributes=,,", "?attributes=a.b.c", "?excludedAttributes=id", "?sortBy=userName",
    "?sortBy=emails.value&sortOrder=descending", "?sortBy=nope", "?sortOrder=sideways", "?cursor", "?cursor=%00",
    "?cursor=forged&count=2", "?attributes=a&excludedAttributes=b", "?filter", "?%ff=%fe",
]  # fmt: skip
SCALARS: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**70,
    "",
    "x",
    "True",
    "\u0000",
    "a" * 3000,
    "2026-01-01T00:00:00Z",
    "😀",
]
KEYS = [
    "schemas", "id", "externalId", "meta", "userName", "name", "displayName", "emails", "active", "roles", "groups",
    "members", "value", "type", "primary", "$ref", "givenName", "password", "x509Certificates", ENTERPRISE_USER, "manager",
    "department", CORE_USER, "Operations", "op", "path", "filter", "attributes", "count", "startIndex", "sortBy", "cursor",
    "failOnErrors", "method", "bulkId", "data", "version", "name.givenName", "", "USERNAME",
]  # fmt: skip
OPERATION_PATHS = [
    None, "", "userName", "active", "emails", 'emails[type eq "work"]', 'emails[type eq "work"].value', "emails.value",
    "members", 'members[value eq "x"]', "members[", "schemas", "id", "meta.version", "password", ENTERPRISE_USER,
    f"{ENTERPRISE_USER}:manager", CORE_USER, "nope", "name[givenName pr].familyName", 7, "x" * 3000,
]  # fmt: skip
HEADERS: list[dict[str, str]] = [
    {}, {"Accept": "application/json"}, {"Accept": "image/png"}, {"If-Match": "x"}, {"If-Match": "*"},
    {"If-None-Match": 'W/"1"'}, {"Content-Type": "text/plain"}, {"User-Agent": "Okta SCIM Client 1.0.0"},
    {"User-Agent": "Microsoft Identity Provisioning"}, {"Vestibule-Dry-Run": "true"}, {"Authorization": "Bearer x"},
    {"X-HTTP-Method-Override": "DELETE"}, {"Accept-Encoding": "gzip"}, {"Content-Encoding": "gzip"},
]  # fmt: skip


def anything(dice: random.Random, depth: int = 3) -> Any:
    kind = dice.random()
    if depth == 0 or kind < 0.45:
        return dice.choice(SCALARS)
    if kind < 0.7:
        return [anything(dice, depth - 1) for _ in range(dice.randint(0, 3))]
    return {dice.choice(KEYS): anything(dice, depth - 1) for _ in range(dice.randint(0, 4))}


#: Where a value of the right kind has its effect, so that many a PATCH succeeds.
LIKELY: list[tuple[str | None, list[Any]]] = [
    ("title", ["Boss", "x" * 500, ""]),
    ("active", [True, False]),
    ("name", [{"givenName": "A"}, {"familyName": "B", "middleName": None}, None]),
    ("name.givenName", ["C", "", "😀"]),
    ("emails", [[{"value": "n@b.test", "type": "home", "primary": True}], {"value": "o@b.test"}, []]),
    ("emails[value pr]", [{"value": "p@b.test"}, {"primary": True}]),
    ("emails[value pr].primary", [True, False]),
    ("emails[value pr].type", ["work", "home", None]),
    ("roles", [[{"value": "r", "primary": True}, {"value": "s"}], []]),
    (f"{ENTERPRISE_USER}:department", ["D", ""]),
    (ENTERPRISE_USER, [{"division": "E", "manager": {"value": "m"}}, None]),
    ("externalId", ["e", None]),
    (None, [{"nickName": "N", "emails": [{"value": "q@b.test", "primary": True}]}, {"active": False}]),
]


def operation(dice: random.Random) -> Any:
    if dice.random() < 0.7:
        path, values = dice.choice(LIKELY)
        likely = {"op": dice.choice(["add", "replace", "replace", "remove"]), "value": dice.choice(values)}
        if likely["op"] == "remove":
            del likely["value"]
        return likely if path is None else {**likely, "path": path}
    made = {"op": dice.choice(["add", "replace", "remove", "Add", "move", None]), "value": anything(dice)}
    path = dice.choice(OPERATION_PATHS)
    return made if path is None else {**made, "path": path}


def fitting(dice: random.Random, path: str) -> str:
    """A method that the path is likely to offer."""
    path = path.partition("?")[0].rstrip("/").lower()
    if path.endswith((".search", "bulk")):
        return "POST"
    if path.endswith(("users", "groups")):
        return dice.choice(["GET", "POST"])
    return dice.choice(["GET", "PUT", "PATCH", "DELETE"]) if path.startswith(("/users", "/groups")) else "GET"


def body(dice: random.Random) -> bytes:
    kind = dice.random()
    if kind < 0.08:
        return dice.choice([b"", b"{", b"\xff\xfe", b"[1,", b'{"a":' * 300, b"null", b'"text"'])
    if kind < 0.2:
        return json.dumps(anything(dice)).encode()
    message = dice.choice(
        [
            {"schemas": [CORE_USER], "userName": f"u{dice.randint(0, 40)}@corp.test"},
            {"schemas": [CORE_GROUP], "displayName": f"G{dice.randint(0, 20)}"},
            {"schemas": [PATCH_OP], "Operations": [operation(dice) for _ in range(dice.randint(1, 3))]},
            {"schemas": [SEARCH], "filter": dice.choice(FILTERS)},
            {"schemas": [BULK], "Operations": [anything(dice) for _ in range(2)]},
        ]
    )
    if dice.random() < 0.6:
        message = {**message, dice.choice(KEYS): anything(dice)}
    return json.dumps(message).encode()


@pytest.mark.requirement("R83", "R84", "R85", "R87", "R102")
@pytest.mark.parametrize("seed", range(4))
async def test_each_is_served_or_refused_in_scims_words(either: Tenant, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(150):
        user = await either.post("/Users", person(f"held{dice.random()}@corp.test"))
        group = await either.post("/Groups", team(f"Held {dice.random()}", user.json["id"]))
        ids = {"user": user.json["id"], "group": group.json["id"]}
        query = dice.choice(QUERIES) if dice.random() < 0.6 else f"?filter={quote(dice.choice(FILTERS))}"
        path = dice.choice(PATHS).format(**ids) + query
        headers = {"Authorization": f"Bearer {either.token}", "Content-Type": "application/scim+json"}
        method = fitting(dice, path) if dice.random() < 0.8 else dice.choice(METHODS)
        sent = body(dice) if method in ("POST", "PUT", "PATCH", "BREW") else b""
        request = Request(method, path, {**headers, **dice.choice(HEADERS)}, sent)
        reply = await over_asgi(either.application, either.base, request)
        assert reply.status < 500 or reply.status == 501, (request, reply)
        assert reply.headers["x-request-id"]
        if reply.status >= 400 and method != "HEAD":
            document = json.loads(reply.body)
            assert document["schemas"] == [ERROR], request
            assert document["status"] == str(reply.status)
            assert document["detail"]
            assert document.get("scimType", "invalidSyntax") in SCIM_TYPES
        elif reply.body and method != "HEAD":
            assert json.loads(reply.body)
        await either.delete(f"/Groups/{ids['group']}")
        await either.delete(f"/Users/{ids['user']}")


#: RFC 7644 §3.12 and RFC 9865 §2.1.
SCIM_TYPES = {
    "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget", "invalidValue",
    "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount",
}  # fmt: skip


@pytest.mark.requirement("R148", "R14", "R24")
@pytest.mark.parametrize("seed", range(3))
async def test_a_random_patch_leaves_a_whole_person_or_the_one_before(either: Tenant, seed: int) -> None:
    dice = random.Random(seed)
    held = await created(
        either, person(title="Boss", emails=[{"value": "a@b.test", "type": "work", "primary": True}])
    )
    path = path_of(held)
    changed = 0
    for _ in range(150):
        message = {"schemas": [PATCH_OP], "Operations": [operation(dice) for _ in range(dice.randint(1, 2))]}
        answer = await either.patch(path, message)
        now = (await either.get(path)).json
        if answer.status == 200:
            assert now == answer.json, message
            changed += now["meta"]["version"] != held["meta"]["version"]
        else:
            assert answer.status in (400, 409), (message, answer)
            assert now == held, message
        assert now["id"] == held["id"]
        assert now["userName"]
        for several in (value for value in now.values() if isinstance(value, list)):
            assert sum(isinstance(one, dict) and one.get("primary") is True for one in several) < 2
        echoed = await either.put(path, now)
        assert (echoed.status, echoed.json) == (200, now), (
            "its own GET answer is accepted, and changes nothing"
        )
        held = now
    assert changed > 20, "patches that change nothing prove little"
