"""A small SCIM server over real HTTP that can be told to misbehave; it notes every request."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote

from vestibule.web.server import Listening, address_of, open_socket, server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
STRANGER = {"schemas": [USER], "id": "1", "userName": "stranger@example.com"}
_NAME = re.compile(r'userName (eq|sw) "([^"]*)"')


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


#: What to answer instead: (status, body), or None to answer as usual.
Answer = tuple[int, bytes, dict[str, str]]
Instead = Callable[[Asked], Awaitable[Answer | None]]


@dataclass(slots=True)
class Crooked:
    """People only, kept in a dict; ids are numbers, and number 1 was there before."""

    #: Asked before each answer.
    instead: Instead | None = None
    #: DELETE is confirmed and not done.
    keeps_what_is_deleted: bool = False
    #: A POST is carried out and then answered with 500.
    loses_answers: bool = False
    #: Filters are passed over: everybody is shown.
    ignores_filters: bool = False
    people: dict[str, dict[str, Any]] = field(default_factory=lambda: {"1": dict(STRANGER)})
    asked: list[Asked] = field(default_factory=list)
    address: str = ""
    _numbers: Any = field(default_factory=lambda: count(2))

    def changed(self) -> set[str]:
        """The last part of the path of every PUT, PATCH and DELETE."""
        return {one.path.rpartition("/")[2] for one in self.asked if one.method in ("PUT", "PATCH", "DELETE")}

    def answer(self, asked: Asked) -> Answer:
        """As a plain server would."""
        endpoint, _, id = asked.path.removeprefix("/Users").partition("/")
        if not asked.path.startswith("/Users") or endpoint:
            return _error(404, "There is nothing here.")
        if asked.method == "POST":
            return self._create(json.loads(asked.body))
        if not id:
            return self._list(asked)
        if id not in self.people:
            return _error(404, "Nobody has this id.")
        if asked.method == "DELETE":
            if not self.keeps_what_is_deleted:
                del self.people[id]
            return 204, b"", {}
        if asked.method == "PUT":
            self.people[id] |= json.loads(asked.body) | {"id": id}
        elif asked.method != "GET":
            return _error(501, "Not offered.")
        return _json(200, self.people[id])

    def _create(self, body: Any) -> Answer:
        if not isinstance(body, dict) or not body.get("userName"):
            return _error(400, "A userName is needed.")
        id = str(next(self._numbers))
        self.people[id] = {**body, "id": id, "meta": {"location": f"{self.address}/Users/{id}"}}
        if self.loses_answers:
            return _error(500, "Something went wrong.")
        return _json(201, self.people[id], {"Location": f"{self.address}/Users/{id}"})

    def _list(self, asked: Asked) -> Answer:
        found = list(self.people.values())
        for expression in asked.query.get("filter", []):
            match = _NAME.fullmatch(expression)
            if match is None:
                return _error(400, "That filter is not understood.")
            if not self.ignores_filters:
                name = match[2].lower()
                found = [
                    one
                    for one in found
                    if (one["userName"].lower() == name)
                    or (match[1] == "sw" and one["userName"].lower().startswith(name))
                ]
        page = found[: int(asked.query.get("count", ["100"])[0])]
        return _json(200, {"schemas": [LIST], "totalResults": len(found), "Resources": page})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        asked = Asked(
            scope["method"],
            unquote(scope["path"]),
            parse_qs(scope["query_string"].decode()),
            {key.decode(): value.decode() for key, value in scope["headers"]},
            body,
        )
        self.asked.append(asked)
        found = await self.instead(asked) if self.instead else None
        try:
            status, content, headers = found or self.answer(asked)
        except (json.JSONDecodeError, UnicodeDecodeError):
            status, content, headers = _error(400, "That is no JSON.")
        raw = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[str]:
    """Any ASGI application on a loopback socket; its address."""
    where = Listening("127.0.0.1", 0)
    bound, ready = open_socket(where), asyncio.Event()
    uvicorn = server(application, where, on_ready=ready.set)
    running = asyncio.create_task(uvicorn.serve(sockets=[bound]))
    await ready.wait()
    application.address = address_of(where, bound)
    try:
        yield application.address
    finally:
        uvicorn.should_exit = True
        await running


def _json(status: int, document: Any, headers: Mapping[str, str] | None = None) -> Answer:
    kind = {"Content-Type": "application/scim+json"}
    return status, json.dumps(document).encode(), {**kind, **(headers or {})}


def _error(status: int, detail: str) -> Answer:
    return _json(status, {"schemas": [ERROR], "status": str(status), "detail": detail})
