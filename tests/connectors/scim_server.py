"""A small, strict SCIM server on a real socket that records what it is sent.

It refuses what the RFC refuses and Okta never sends; ``answers`` lets a test put an answer in
front of the real one.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import uvicorn

from tests.doubles.listening import Prompt

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
TOKEN = "secret-token-of-the-test"

Scope = dict[str, Any]
#: method, path → (status, headers, body) or None for the real answer.
Answering = Callable[[str, str], tuple[int, dict[str, str], Any] | None]


@dataclass(frozen=True)
class Recorded:
    """One request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any

    @property
    def line(self) -> str:
        """Method, path and query with ids and filters made short."""
        path = re.sub(r"/(user|group)-\d+", r"/\1", self.path)
        if "filter=" in self.query:
            return f"{self.method} {path}?filter"
        return f"{self.method} {path}{'?' + self.query if self.query else ''}"


@dataclass
class ScimServer:
    """The server's memory."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[Recorded] = field(default_factory=list)
    answering: Answering = lambda method, path: None
    delay: float = 0.0
    in_flight: int = 0
    most_in_flight: int = 0
    url: str = ""
    _numbers: int = 0

    @property
    def lines(self) -> list[str]:
        return [request.line for request in self.requests]

    def writes(self) -> list[str]:
        return [line for line in self.lines if not line.startswith("GET")]

    def refuse(self, request: Recorded) -> tuple[int, dict[str, str], Any] | None:
        """What this server takes less than any other does; None is the ordinary answer."""
        return None

    def forget_requests(self) -> None:
        self.requests.clear()

    def user(self, user_name: str) -> dict[str, Any]:
        return next(u for u in self.users.values() if u["userName"].lower() == user_name.lower())

    def group(self, name: str) -> dict[str, Any]:
        return next(g for g in self.groups.values() if g["displayName"] == name)

    def member_names(self, name: str) -> set[str]:
        return {self.users[m["value"]]["userName"] for m in self.group(name).get("members", [])}

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = scope["path"].removeprefix("/scim/v2")
        request = Recorded(
            scope["method"],
            path,
            scope["query_string"].decode(),
            headers,
            _read(headers.get("content-type", ""), body),
        )
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(self.delay)
        self.in_flight -= 1
        status, extra, document = self.answer(request)
        content = b"" if document is None else json.dumps(document).encode()
        sent = {"content-type": "application/scim+json", "content-length": str(len(content)), **extra}
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            }
        )
        await send({"type": "http.response.body", "body": content})

    def answer(self, request: Recorded) -> tuple[int, dict[str, str], Any]:
        """What it answers: a test's answer, a refusal of its own, or the ordinary one."""
        return self.answering(request.method, request.path) or self.refuse(request) or self._answer(request)

    def _answer(self, request: Recorded) -> tuple[int, dict[str, str], Any]:
        if request.headers.get("authorization") not in (f"Bearer {TOKEN}", TOKEN):
            return error(401, "this token is not known")
        parts = request.path.strip("/").split("/")
        store = {"Users": self.users, "Groups": self.groups}.get(parts[0])
        if store is None:
            return error(404, "no such endpoint")
        if len(parts) == 1:
            if request.method == "POST":
                return self._create(parts[0], store, request.body)
            return self._list(store, request.query)
        found = store.get(parts[1])
        if found is None:
            return error(404, f"{parts[1]} is not there")
        match request.method:
            case "GET":
                return 200, {}, found
            case "DELETE":
                del store[parts[1]]
                return 204, {}, None
            case "PUT":
                kept = {**request.body, "id": found["id"], "meta": found["meta"]}
                kept.pop("password", None)
                store[parts[1]] = kept
                return 200, {}, kept
            case "PATCH":
                return self._patch(found, request.body)
        return error(405, request.method)

    def _create(self, endpoint: str, store: dict[str, Any], body: Any) -> tuple[int, dict[str, str], Any]:
        key = "userName" if endpoint == "Users" else "displayName"
        if not body.get("schemas") or not body.get(key):
            return error(400, f"{key} is missing")
        if any(entry[key].lower() == body[key].lower() for entry in store.values()):
            return error(409, f"{key} {body[key]} is taken")
        if endpoint == "Users" and "familyName" not in body.get("name", {}):
            return error(400, "name.familyName is required")
        self._numbers += 1
        id = f"{endpoint.lower()[:-1]}-{self._numbers}"
        kept = {
            **json.loads(json.dumps(body)),
            "id": id,
            "meta": {"resourceType": endpoint[:-1], "location": f"{self.url}/{id}"},
        }
        kept.pop("password", None)
        store[id] = kept
        return 201, {}, kept

    def _list(self, store: dict[str, Any], query: str) -> tuple[int, dict[str, str], Any]:
        given = parse_qs(query)
        found = list(store.values())
        if "filter" in given:
            match = re.fullmatch(r'(\w+) eq ("(?:[^"\\]|\\.)*")', unquote(given["filter"][0]))
            if match is None:
                return error(400, "filter")
            value = json.loads(match[2])
            found = [entry for entry in found if str(entry.get(match[1], "")).lower() == value.lower()]
        start, count = int(given.get("startIndex", ["1"])[0]), int(given.get("count", ["100"])[0])
        page = found[start - 1 : start - 1 + count]
        return (
            200,
            {},
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": len(found),
                "startIndex": start,
                "itemsPerPage": len(page),
                "Resources": page,
            },
        )

    def _patch(self, found: dict[str, Any], body: Any) -> tuple[int, dict[str, str], Any]:
        for operation in body["Operations"]:
            op, path, value = operation["op"], operation.get("path"), operation.get("value")
            if op == "replace" and path is None:
                found.update({key: entry for key, entry in value.items() if key != "id"})
            elif op == "replace" and path == "members":
                found["members"] = value
            elif op == "add" and path == "members":
                known = {member["value"] for member in found["members"]}
                if unknown := [m["value"] for m in value if m["value"] not in self.users]:
                    return error(400, f"no user {unknown[0]}")
                found["members"] += [member for member in value if member["value"] not in known]
            elif op == "remove" and (match := re.fullmatch(r'members\[value eq "([^"]+)"\]', path)):
                found["members"] = [m for m in found["members"] if m["value"] != match[1]]
            else:
                return error(400, f"operation {operation}")
        return 204, {}, None


def _read(kind: str, body: bytes) -> Any:
    if not body:
        return None
    return body.decode() if kind.startswith("application/x-www-form-urlencoded") else json.loads(body)


def error(status: int, detail: str) -> tuple[int, dict[str, str], Any]:
    """A SCIM error."""
    schema = "urn:ietf:params:scim:api:messages:2.0:Error"
    return status, {}, {"schemas": [schema], "status": str(status), "detail": detail}


@asynccontextmanager
async def scim_server(memory: ScimServer | None = None) -> AsyncIterator[ScimServer]:
    """The server, listening on loopback until the end."""
    memory = memory or ScimServer()
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    config = uvicorn.Config(memory, log_level="critical", lifespan="off", interface="asgi3")
    server = Prompt(config)
    running = asyncio.create_task(server.serve(sockets=[bound]))
    memory.url = f"http://127.0.0.1:{bound.getsockname()[1]}/scim/v2"
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield memory
    finally:
        server.end()
        await running
        bound.close()
