"""A Slack workspace for the demonstration, on this machine alone: who is there, who was deactivated, who never was.

It answers what linking asks: consent, the workspace, members by pages, look-ups.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from vestibule.demo.quiet import Quiet

_TOKEN, _CODE = "xoxb-demonstration", "demonstration"
_SCOPE = "users:read,users:read.email,team:read"
_TEAM = {"id": "T0DEMO", "name": "Kitano Works", "domain": "kitano-works"}
_ADMIN = "U0ADMIN"
#: Of so many people in a row the fifth has no account there, and the eighth had one.
_ROW, _MISSING, _DEACTIVATED = 9, 4, 7

User = dict[str, Any]


class Workspace:
    """Its members by id; ``url`` is where it is reached."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._members: dict[str, User] = {}
        self.fill([])

    def fill(self, addresses: Sequence[str]) -> None:
        """Have these people, but for those who never were there."""
        self._members = {_ADMIN: _user(_ADMIN, "administrator@kitano-works.test", is_admin=True)}
        for number, address in enumerate(sorted(addresses)):
            if number % _ROW != _MISSING:
                id = f"U{number:08}"
                self._members[id] = _user(id, address, deleted=number % _ROW == _DEACTIVATED)

    def application(self) -> Starlette:
        """To be served on loopback."""
        return Starlette(
            routes=[
                Route("/oauth/v2/authorize", self._authorize),
                Route("/api/{method}", self._call, methods=["POST"]),
            ]
        )

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        query = urlencode({"code": _CODE, "state": asked.get("state", "")})
        return RedirectResponse(f"{asked.get('redirect_uri', '')}?{query}", 302)

    async def _call(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        match request.path_params["method"]:
            case "oauth.v2.access":
                given = {"access_token": _TOKEN, "token_type": "bot", "scope": _SCOPE}
                return _yes(**given, team=_TEAM, authed_user={"id": _ADMIN})
            case "team.info":
                return _yes(team=_TEAM)
            case "users.info":
                found = self._members.get(form.get("user", ""))
                return _yes(user=found) if found else _no("user_not_found")
            case "users.lookupByEmail":
                email = form.get("email", "").lower()
                one = next(
                    (u for u in self._members.values() if u["profile"]["email"].lower() == email), None
                )
                return _yes(user=one) if one and not one["deleted"] else _no("users_not_found")
            case "users.list":
                ids, start = list(self._members), int(form.get("cursor") or 0)
                end = start + int(form.get("limit", 200))
                members = [self._members[id] for id in ids[start:end]]
                following = str(end) if end < len(ids) else ""
                return _yes(members=members, response_metadata={"next_cursor": following})
            case _:
                return _yes()


@asynccontextmanager
async def workspace() -> AsyncIterator[Workspace]:
    """It runs on loopback meanwhile."""
    bound = socket.create_server(("127.0.0.1", 0))
    one = Workspace(f"http://127.0.0.1:{bound.getsockname()[1]}")
    server = Quiet(uvicorn.Config(one.application(), log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield one
    finally:
        server.should_exit = True
        await running
        bound.close()


def _user(id: str, address: str, **flags: bool) -> User:
    name = address.partition("@")[0].replace(".", " ").title()
    return {
        "id": id,
        "team_id": _TEAM["id"],
        "name": address.partition("@")[0],
        "deleted": False,
        "profile": {"email": address, "real_name": name},
        **flags,
    }


def _yes(**more: Any) -> JSONResponse:
    return JSONResponse({"ok": True, **more})


def _no(error: str) -> JSONResponse:
    return JSONResponse({"ok": False, "error": error})
