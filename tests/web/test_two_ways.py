"""The short way and the ASGI door give identical answers, whichever server holds the socket."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn

from tests.installation import Site, Tenant, installation
from tests.served import GROUP, HOST, PATCH_OP, USER, Answer
from tests.web.pipelines import hear
from vestibule.web.server import Listening, open_socket, server

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
FILTER = "/Users?filter="


@asynccontextmanager
async def _listening(running: uvicorn.Server) -> AsyncIterator[int]:
    """The port of a running server."""
    bound = open_socket(Listening(HOST, 0))
    running.config.lifespan = "off"
    task = asyncio.create_task(running.serve(sockets=[bound]))
    while not running.started:
        await asyncio.sleep(0.01)
    try:
        yield bound.getsockname()[1]
    finally:
        running.should_exit = True
        await task


def _through_asgi(application: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The application as any ASGI server sees it: one call, nothing beside it."""

    async def only_asgi(scope: Any, receive: Any, send: Any) -> None:
        await application(scope, receive, send)

    return only_asgi


def _servers(site: Site) -> Mapping[str, uvicorn.Server]:
    asgi = _through_asgi(site.application)
    return {
        "short": server(site.application, Listening(HOST, 0)),
        "door": server(asgi, Listening(HOST, 0)),
        "httptools": uvicorn.Server(
            uvicorn.Config(asgi, http="httptools", log_level="warning", ws="none", server_header=False)
        ),
        "h11": uvicorn.Server(
            uvicorn.Config(asgi, http="h11", log_level="warning", ws="none", server_header=False)
        ),
    }


def _wire(method: str, path: str, tenant: Tenant, body: Any, headers: Mapping[str, str]) -> bytes:
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Host": "vestibule.test", "Authorization": f"Bearer {tenant.token}", **headers}
    if body is not None:
        sent = {"Content-Type": "application/scim+json", "Content-Length": str(len(raw)), **sent}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + raw


#: method, path ({0}, {1} … are the ids of what was made), body, headers.
_STEPS: list[tuple[str, str, Any, Mapping[str, str]]] = [
    ("POST", "/Users", {"schemas": [USER], "userName": "anna@a.example", "title": "Lead"}, {}),
    ("POST", "/Users", {"schemas": [USER], "userName": "benno@a.example"}, {"Prefer": "x"}),
    ("POST", "/Users", {"schemas": [USER], "userName": "anna@a.example"}, {}),
    ("POST", "/Groups", {"schemas": [GROUP], "displayName": "Team", "members": [{"value": "{0}"}]}, {}),
    ("GET", FILTER + quote('userName eq "anna@a.example"'), None, {}),
    ("GET", FILTER + quote('title co "ea"'), None, {}),
    ("GET", "/Users", None, {}),
    ("GET", "/Users?count=1&startIndex=2", None, {"Accept": "application/json"}),
    ("GET", "/Users?sortBy=userName&sortOrder=descending", None, {}),
    ("GET", "/Groups?filter=" + quote('displayName eq "Team"'), None, {}),
    ("GET", "/Groups/{2}", None, {}),
    ("GET", "/Groups/{2}?excludedAttributes=members", None, {}),
    ("GET", "/Users/{0}", None, {}),
    ("GET", "/Users/{0}", None, {"If-None-Match": 'W/"1"'}),
    ("GET", "/Users/{0}?attributes=userName", None, {}),
    ("GET", "/Users/nobody", None, {}),
    ("GET", "/Users/%C3%A4%20%2F%00x", None, {}),
    ("GET", "/Users/%ff", None, {}),
    ("GET", "//Users//{0}", None, {}),
    ("GET", "/./Users", None, {}),
    ("GET", "/Users/../Groups", None, {}),
    ("GET", "/%55sers?count=0", None, {}),
    ("GET", "/Users%3Fcount=0", None, {}),
    ("GET", "/Users?count=0?x", None, {}),
    ("GET", "/Users?", None, {}),
    ("GET", "/Users?filter=%zz", None, {}),
    ("GET", "/Users?filter=%ff", None, {}),
    ("GET", '/Users?filter=userName eq"'.replace(" ", "%20"), None, {}),
    ("GET", "/Users;x={0}", None, {}),
    ("GET", "/Users|^`{{}}<>\\", None, {}),
    ("GET", "/Nothing", None, {}),
    ("GET", "/Me", None, {}),
    ("GET", "/", None, {}),
    ("GET", "", None, {}),
    ("GET", "/ServiceProviderConfig", None, {"Authorization": ""}),
    ("GET", "/ResourceTypes", None, {}),
    ("GET", "/Schemas", None, {}),
    ("GET", "/Users", None, {"Authorization": ""}),
    ("GET", "/Users", None, {"Authorization": "Basic eDp5"}),
    ("GET", "/Users", None, {"Authorization": "Bearer \xe4"}),
    ("POST", "/Users", b"{", {}),
    ("POST", "/Users", b"", {}),
    ("POST", "/Users", b"[]", {}),
    ("POST", "/Users", b'{"userName":"a","userName":"b"}', {}),
    ("POST", "/Users", {"userName": "x"}, {"Content-Type": "text/plain"}),
    ("POST", "/Users", {"userName": "x"}, {"Authorization": ""}),
    ("POST", "/Users", {"schemas": [USER], "userName": "dry@a.example"}, {"Vestibule-Dry-Run": "true"}),
    ("POST", "/Users", {"schemas": [USER], "userName": "dry@a.example"}, {"Vestibule-Dry-Run": "maybe"}),
    ("POST", "/Users/.search", {"schemas": [SEARCH], "filter": 'userName sw "b"'}, {}),
    ("POST", "/.search", {"schemas": [SEARCH], "count": 3}, {}),
    ("POST", "/Users/{0}", {"x": 1}, {}),
    ("PUT", "/Users/{1}", {"schemas": [USER], "userName": "benno@a.example", "title": "New"}, {}),
    ("PUT", "/Users/{1}", {"schemas": [USER], "userName": "benno@a.example"}, {"If-Match": 'W/"9"'}),
    (
        "PATCH",
        "/Users/{1}",
        {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "Newer"}]},
        {},
    ),
    (
        "PATCH",
        "/Groups/{2}",
        {
            "schemas": [PATCH_OP],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": "{1}"}]}],
        },
        {},
    ),
    (
        "POST",
        "/Bulk",
        {
            "schemas": [BULK],
            "Operations": [
                {
                    "method": "POST",
                    "path": "/Users",
                    "bulkId": "q",
                    "data": {"schemas": [USER], "userName": "q"},
                }
            ],
        },
        {},
    ),
    ("DELETE", "/Users/{1}", None, {}),
    ("DELETE", "/Users/{1}", None, {}),
    ("DELETE", "/Users", {"x": "y"}, {}),
    ("GET", "/Users", {"x": "y" * 500}, {}),
    ("HEAD", "/Users", None, {}),
    ("OPTIONS", "/Users", None, {}),
    ("GET", "/Users?count=0", None, {"X-Same": "x" * 9000}),
]


@pytest.mark.requirement("R83")
async def test_all_ways_give_the_same_answers() -> None:
    heard: dict[str, list[Any]] = {}
    async with installation() as site:
        for way, running in _servers(site).items():
            async with _listening(running) as port:
                heard[way] = await _walk(port, await site.tenant(slug=f"{way:x<9}"))
    for way in ("door", "httptools", "h11"):
        for step, short, other in zip(_STEPS, heard["short"], heard[way], strict=True):
            assert short == other, (way, step)


async def _walk(port: int, tenant: Tenant) -> list[Any]:
    """What each step was answered, on one connection, with ids and dates by their order."""
    made: list[str] = []
    seen: list[Any] = []
    seen_ids: dict[str, str] = {}
    reading, writing = await asyncio.open_connection(HOST, port, limit=1 << 24)
    for method, path, body, headers in _STEPS:
        text = path
        for number, id in enumerate(made):
            text = text.replace(f"{{{number}}}", id)
        text = f"/scim/v2{text}".replace("{{}}", "{}")
        if isinstance(body, dict):
            filled = json.dumps(body)
            for number, id in enumerate(made):
                filled = filled.replace(f"{{{number}}}", id)
            body = json.loads(filled)
        writing.write(_wire(method, text, tenant, body, headers))
        async with asyncio.timeout(30):
            answer = await hear(reading, method)
        if answer.status == 201 and not path.endswith("Bulk"):
            made.append(answer.json["id"])
        seen.append(_plain(answer, tenant, seen_ids))
    writing.close()
    return seen


def _plain(answer: Answer, tenant: Tenant, ids: dict[str, str]) -> Any:
    """Less what differs between two answers of one server: ids, dates, the tenant's name."""

    def named(found: re.Match[str]) -> str:
        return ids.setdefault(found.group(), f"<{len(ids)}>")

    def plain(text: str) -> str:
        text = text.replace(tenant.slug, "<tenant>")
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", named, text)
        text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "<time>", text)
        return re.sub(r"\b[0-9a-f]{24}\b", "<request>", text)

    kept = {name: plain(value) for name, value in answer.headers.items() if name != "date"}
    return answer.status, kept, plain(answer.body.decode())
