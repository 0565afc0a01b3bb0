"""A directory from another SCIM server: by index pages and cursors from our own receiver, and servers that misbehave."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.installation import Tenant, installation
from vestibule.provisioning.reading import UnreadableSource
from vestibule.provisioning.source import Status, with_nested
from vestibule.sources.scim import ScimSettings, ScimSource

URL = "http://127.0.0.1:8000/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
CROWD = 23

#: The path and query of a request → status and document.
Answering = Callable[[str, dict[str, str]], tuple[int, Any]]


async def crowd(tenant: Tenant) -> None:
    """Twenty-three people, one of them inactive, and a group in a group."""
    ids = []
    for number in range(CROWD):
        name = f"p{number}@corp.test"
        body = {
            "schemas": [USER],
            "userName": name,
            "name": {"givenName": f"P{number}", "familyName": "花"},
            "emails": [{"value": name.upper(), "primary": True, "type": "work"}],
            "active": number != 3,
        }
        ids.append((await tenant.post("/Users", body)).json["id"])
    inner = {"schemas": [GROUP], "displayName": "EMEA", "members": [{"value": one} for one in ids[:15]]}
    inner_id = (await tenant.post("/Groups", inner)).json["id"]
    outer = {"displayName": "Sales", "members": [{"value": ids[20]}, {"value": inner_id}]}
    assert (await tenant.post("/Groups", {"schemas": [GROUP], **outer})).status == 201


class Seen(httpx2.AsyncBaseTransport):
    """Hands requests on, and remembers their queries."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner
        self.queries: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.queries.append(str(request.url).partition("/scim/v2")[2])
        return await self._inner.handle_async_request(request)


@pytest.mark.parametrize(
    ("pages", "asked"),
    [
        ("index", ["/Users?startIndex=1&count=10", "/Users?startIndex=11&count=10"]),
        ("cursor", ["/Users?cursor=&count=10", "/Users?cursor="]),
        ("auto", ["/ServiceProviderConfig", "/Users?cursor=&count=10"]),
    ],
)
async def test_our_own_receiver(pages: str, asked: list[str]) -> None:
    async with installation() as site:
        tenant = await site.tenant()
        await crowd(tenant)
        seen = Seen(httpx2.ASGITransport(app=site.application))  # type: ignore[arg-type]
        settings = ScimSettings(URL, tenant.token, pages=pages, page_size=10)
        reading, faults = await ScimSource(settings, transport=seen).read()
    assert not faults
    assert len(reading.people) == CROWD
    assert [query.startswith(start) for query, start in zip(seen.queries, asked, strict=False)] == [
        True,
        True,
    ]
    first = reading.people["p0@corp.test"]
    assert first.attributes["email"] == "P0@CORP.TEST"
    assert (first.attributes["firstName"], first.attributes["lastName"]) == ("P0", "花")
    assert first.attributes["sourceId"]
    assert reading.people["p3@corp.test"].status is Status.DEPROVISIONED
    names = {key: row.name for key, row in reading.groups.items()}
    whole = with_nested(reading.memberships, reading.nested)
    assert sum(names[key] == "EMEA" for key, _ in whole) == 15
    assert sum(names[key] == "Sales" for key, _ in whole) == 16


def user(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"u{number}", "userName": f"p{number}@x.test", **more}


def server(answering: Answering) -> ScimSource:
    """A server that answers so; read by index pages of two."""

    def respond(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/scim/v2")
        status, body = answering(path, dict(request.url.params))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx2.Response(status, content=content)

    transport = httpx2.MockTransport(respond)
    return ScimSource(ScimSettings(URL, "a-token", pages="index", page_size=2), transport=transport)


def holds(
    users: list[dict[str, Any]], groups: list[dict[str, Any]] | None = None, total: int | None = None
) -> Answering:
    """A server with these, that promises ``total``."""

    def answer(path: str, query: dict[str, str]) -> tuple[int, Any]:
        found = users if path == "/Users" else groups or []
        if path.startswith("/Groups/"):
            return 200, {"id": path[8:], "displayName": "Late", "members": [{"value": "u1"}]}
        start, count = int(query["startIndex"]) - 1, int(query["count"])
        promised = len(found) if total is None or path != "/Users" else total
        return 200, {"totalResults": promised, "Resources": found[start : start + count]}

    return answer


async def test_a_page_shorter_than_asked_for_is_followed_by_the_next() -> None:
    """A server may give fewer than asked for (RFC 7644 §3.4.2.4): the next page begins after what came."""

    def one_at_a_time(path: str, query: dict[str, str]) -> tuple[int, Any]:
        return holds([user(n) for n in range(3)])(path, {**query, "count": "1"})

    reading, faults = await server(one_at_a_time).read()
    assert not faults
    assert len(reading.people) == 3


async def test_members_that_the_list_leaves_out_are_asked_for() -> None:
    reading, _ = await server(holds([user(1)], [{"id": "g1", "displayName": "Late"}])).read()
    assert reading.memberships == {("g1", "p1@x.test")}


async def test_a_broken_user_is_told_and_stays_as_known() -> None:
    broken = {"id": "u2", "userName": "no-mail", "emails": [{"value": "none", "primary": True}]}
    group = {"id": "g1", "displayName": "G", "members": [{"value": "u1"}, {"value": "u2"}]}
    reading, faults = await server(holds([user(1), broken], [group])).read()
    assert [str(fault) for fault in faults] == ["user u2: email 'none' is no e-mail address"]
    assert reading.unread == {"no-mail"}
    assert reading.people_complete


async def test_a_member_that_nobody_knows_takes_nobody_out() -> None:
    group = {"id": "g1", "displayName": "G", "members": [{"value": "u1"}, {"value": "u9"}]}
    reading, faults = await server(holds([user(1)], [group])).read()
    assert [str(fault) for fault in faults] == ["group G: member 'u9' is neither a user nor a group there"]
    assert not reading.memberships_complete


def _html(path: str, query: dict[str, str]) -> tuple[int, Any]:
    return 200, b"<html>Sign in</html>"


def _status(status: int) -> Answering:
    return lambda path, query: (status, {"detail": "Said there."})


def _again(path: str, query: dict[str, str]) -> tuple[int, Any]:
    return 200, {"totalResults": 4, "Resources": [user(1), user(2)]}


def _half_way(path: str, query: dict[str, str]) -> tuple[int, Any]:
    return (500, {}) if query["startIndex"] != "1" else _again(path, query)


@pytest.mark.parametrize(
    ("answering", "said"),
    [
        pytest.param(holds([user(1)], total=9), "promised 9 and gave 1", id="short"),
        pytest.param(_again, "gave u1 twice", id="the same page again"),
        pytest.param(_half_way, "500 Internal Server Error", id="fails half-way"),
        pytest.param(_html, "without a SCIM resource", id="HTML"),
        pytest.param(
            _status(401), "401 Unauthorized. Errors reported by remote server: Said there.", id="401"
        ),
        pytest.param(_status(429), "429", id="429"),
        pytest.param(lambda p, q: (200, {"Resources": {}}), "something that is no list", id="no list"),
        pytest.param(holds([{"userName": "x@x.test"}]), "has no id", id="no id"),
    ],
)
async def test_what_is_not_the_whole_directory_is_not_read_at_all(answering: Answering, said: str) -> None:
    with pytest.raises(UnreadableSource, match=said):
        await server(answering).read()


async def test_cursors_that_come_to_no_end_end() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"totalResults": 2, "Resources": [user(1)], "nextCursor": "same"})

    source = ScimSource(ScimSettings(URL, "a-token", pages="cursor"), transport=httpx2.MockTransport(answer))
    with pytest.raises(UnreadableSource, match="gave u1 twice"):
        await source.read()
