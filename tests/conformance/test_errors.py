"""Whatever goes wrong is answered by SCIM's own error, with the status and word that mean it (RFC 7644 §3.12)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cast import CORE_USER, ENTERPRISE_USER, patch
from tests.conformance.people import SEARCH, change, created, is_error, path_of, person, team
from tests.installation import Site, Tenant, over_asgi
from vestibule.recordings.replay import Request
from vestibule.scim.errors import Unavailable

GONE = "/Users/0b5e0000-0000-4000-8000-00000000beef"

#: method, path ("{id}" is Mika's), body, status, scimType ("" where the table of §3.12 has none).
FAULTS: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/Users?filter=userName", None, 400, "invalidFilter"),
    ("GET", '/Users?filter=userName regex "a"', None, 400, "invalidFilter"),
    ("GET", '/Users?filter=shoeSize eq "9"', None, 400, "invalidFilter"),
    ("GET", '/Users?filter=name eq "x"', None, 400, "invalidFilter"),
    ("GET", "/Users?filter=active gt true", None, 400, "invalidFilter"),
    ("POST", "/Users/.search", {"schemas": [SEARCH], "filter": "("}, 400, "invalidFilter"),
    ("GET", "/Users?attributes=userName&excludedAttributes=title", None, 400, "invalidValue"),
    ("POST", "/Users", [], 400, "invalidSyntax"),
    ("POST", "/Users", {"schemas": ["urn:x:y"], "userName": "a"}, 400, "invalidSyntax"),
    ("POST", "/Users", {"schemas": [CORE_USER]}, 400, "invalidValue"),
    ("POST", "/Users", person(""), 400, "invalidValue"),
    ("POST", "/Users", person("x@corp.test", active="perhaps"), 400, "invalidValue"),
    ("POST", "/Users", person("x@corp.test", emails=5), 400, "invalidValue"),
    ("POST", "/Users", person("MIKA@corp.test"), 409, "uniqueness"),
    ("POST", "/Groups", team("SALES"), 409, "uniqueness"),
    ("POST", "/Groups", {"schemas": team("x")["schemas"]}, 400, "invalidValue"),
    ("PUT", "/Users/{id}", person("other@corp.test"), 409, "uniqueness"),
    ("PUT", "/Users/{id}", {"schemas": [CORE_USER], "title": "x"}, 400, "invalidValue"),
    ("PUT", GONE, person("nobody@corp.test"), 404, ""),
    ("PATCH", GONE, change("replace", "title", "x"), 404, ""),
    ("DELETE", GONE, None, 404, ""),
    ("GET", GONE, None, 404, ""),
    ("GET", "/Users/{id}/emails", None, 404, ""),
    ("GET", "/Robots", None, 404, ""),
    ("GET", "/Schemas/urn:x:y", None, 404, ""),
    ("GET", "/ResourceTypes/Robot", None, 404, ""),
    ("PATCH", "/Users/{id}", {"Operations": []}, 400, "invalidSyntax"),
    ("PATCH", "/Users/{id}", patch(), 400, "invalidSyntax"),
    ("PATCH", "/Users/{id}", patch({"op": "move", "path": "title"}), 400, "invalidSyntax"),
    ("PATCH", "/Users/{id}", change("replace", "shoeSize", "9"), 400, "invalidPath"),
    ("PATCH", "/Users/{id}", change("replace", "department", "x"), 400, "invalidPath"),
    ("PATCH", "/Users/{id}", change("replace", "name..givenName", "x"), 400, "invalidPath"),
    ("PATCH", "/Users/{id}", change("remove", None), 400, "noTarget"),
    ("PATCH", "/Users/{id}", change("replace", 'emails[type sw "x"].value', "a@b"), 400, "noTarget"),
    ("PATCH", "/Users/{id}", change("remove", "userName"), 400, "mutability"),
    ("PATCH", "/Users/{id}", change("replace", "id", "x"), 400, "mutability"),
    ("PATCH", "/Users/{id}", change("replace", "meta.created", "x"), 400, "mutability"),
    ("PATCH", "/Users/{id}", change("add", "groups", [{"value": "g"}]), 400, "mutability"),
    (
        "PATCH",
        "/Users/{id}",
        change("replace", f"{ENTERPRISE_USER}:manager.displayName", "x"),
        400,
        "mutability",
    ),
    ("PATCH", "/Users/{id}", change("replace", "active", "perhaps"), 400, "invalidValue"),
    ("PATCH", "/Users/{id}", change("replace", "userName", "other@corp.test"), 409, "uniqueness"),
    ("POST", "/Users/{id}", person(), 405, ""),
    ("DELETE", "/Users", None, 405, ""),
    ("PUT", "/Users", person(), 405, ""),
    ("POST", "/Schemas", {}, 405, ""),
    ("OPTIONS", "/Users", None, 405, ""),
    ("TRACE", "/Users", None, 405, ""),
    ("GET", "/Schemas?filter=id pr", None, 403, ""),
]


@pytest.mark.requirement(
    "R37", "R50", "R83", "R84", "R85", "R86", "R98", "R100", "R112", "R117", "R119", "R129", "R133", "R138", "R142",
    "R144", "R154", "R159",
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "scim_type"),
    FAULTS,
    ids=[f"{number} {row[0]} {row[1]}" for number, row in enumerate(FAULTS)],
)
async def test_a_fault_has_its_status_and_its_word(
    either: Tenant, method: str, path: str, body: Any, status: int, scim_type: str
) -> None:
    mika = await created(either, person())
    await created(either, person("other@corp.test"))
    await created(either, team("Sales"))
    before = (await either.get(path_of(mika))).json
    answer = await either._ask(method, path.format(id=mika["id"]), body, None)
    is_error(answer, status, scim_type or None)
    assert scim_type or "scimType" not in answer.json
    assert (await either.get(path_of(mika))).json == before
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.requirement("R83", "R84", "R86")
async def test_outside_of_any_resource_too(site: Site) -> None:
    tenant = await site.tenant()
    good = {"Authorization": f"Bearer {tenant.token}", "Content-Type": "application/scim+json"}
    other = await site.tenant()
    requests = [
        ("/scim/v2", "GET", "/Users", {}, b"", 401),
        ("/scim/v2", "POST", "/Users", {"Authorization": "Basic eDp5"}, b"{}", 401),
        ("", "GET", "/nothing/here", {}, b"", 404),
        ("", "POST", "/nothing/here", {}, b"", 404),
        ("", "POST", "/", {}, b"", 405),
        ("", "DELETE", "/operator/health", {}, b"", 405),
        (f"/t/{other.slug}/scim/v2", "GET", "/Users", good, b"", 401),
        ("/scim/v2", "POST", "/Users", {**good, "Content-Type": "text/xml"}, b"<a/>", 415),
        ("/scim/v2", "POST", "/Users", good, b" " * (1 << 20) + b"{}", 413),
        ("/scim/v2", "POST", "/Users", good, b"{", 400),
    ]
    for base, method, path, headers, body, status in requests:
        reply = await over_asgi(site.application, base, Request(method, path, headers, body))
        assert reply.status == status, (base, method, path)
        document = json.loads(reply.body)
        assert (document["status"], document["schemas"][0].rpartition(":")[2]) == (str(status), "Error")
        assert ("www-authenticate" in reply.headers) == (status == 401)
        assert document["detail"].endswith(f"/r/{reply.headers['x-request-id']}")


@pytest.mark.requirement("R77", "K13")
@pytest.mark.parametrize(
    "path", ["/Users", "/Users/x", "/Groups", "/Schemas", "/ResourceTypes", "/Me", "/Robots"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_without_a_token_nothing_opens_and_the_scheme_is_named(
    tenant: Tenant, method: str, path: str
) -> None:
    answer = await tenant._ask(method, path, None, {"Authorization": ""})
    is_error(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.requirement("R87", "K8")
async def test_a_fault_of_ours_says_what_to_do_and_nothing_of_the_inside(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await site.tenant()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret FROM token")

    for verb in ("get", "page", "apply"):
        monkeypatch.setattr(type(site.application.store.directory), verb, broken)
    for answer in (
        await tenant.get("/Users/x"),
        await tenant.get("/Users"),
        await tenant.post("/Users", person()),
    ):
        is_error(answer, 500)
        assert "Try again" in answer.json["detail"]
        assert answer.json["detail"].endswith(f"/r/{answer.headers['x-request-id']}")
        for inside in ("SELECT", "RuntimeError", "Traceback", ".py", "token"):
            assert inside not in answer.json["detail"]


@pytest.mark.requirement("K7")
@pytest.mark.parametrize("seconds", [0, 1, 7, 2.5])
async def test_retry_after_is_in_whole_seconds(
    site: Site, monkeypatch: pytest.MonkeyPatch, seconds: Any
) -> None:
    tenant = await site.tenant()

    async def busy(*_: object, **__: object) -> None:
        raise Unavailable("Nothing was changed: try later.", seconds)

    monkeypatch.setattr(type(site.application.store.directory), "page", busy)
    answer = await tenant.get("/Users?filter=title pr")
    is_error(answer, 503)
    assert answer.headers["retry-after"].isdigit()
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.requirement("K8")
async def test_a_detail_is_short_enough_for_a_task_list(either: Tenant) -> None:
    for answer in (
        await either.post("/Users", person(userType="x" * 60_000, active="y" * 60_000)),
        await either.get("/Users?filter=" + "x" * 5000),
        await either.get("/" + "y" * 5000),
        await either.post("/Users", person(**{"z" * 30_000: 1}, emails=7)),
    ):
        assert answer.status in (400, 404)
        sentence, _, link = answer.json["detail"].rpartition(" ")
        assert len(sentence) <= 1000
        assert sentence.count(" ") > 3
        assert link.startswith("https://vestibule.test/r/")
