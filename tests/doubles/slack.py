"""A Slack workspace: OAuth with rotation, members that are deactivated, guests, bots, tiers with 429 (S1–S20).

What the emulator of Slack lacks stands here; where both have it, one suite runs on both.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.doubles.listening import form_of
from tests.doubles.pace import Window

#: Calls a minute (S10 and the table of calls).
TIERS = {"users.list": 20, "users.lookupByEmail": 50, "users.info": 100, "team.info": 50}

User = dict[str, Any]


def user(id: str, email: str, name: str, **flags: Any) -> User:
    """A user object as Slack gives it."""
    return {
        "id": id,
        "team_id": "T1",
        "name": name.lower().replace(" ", "."),
        "deleted": False,
        "is_bot": False,
        "profile": {"email": email, "real_name": name, "display_name": ""},
        **flags,
    }


@dataclass
class Slack:
    """The workspace and its rules; ``calls`` counts what was asked and answered."""

    seconds: Callable[[], float] = time.time
    members: dict[str, User] = field(default_factory=dict)
    team: dict[str, str] = field(default_factory=lambda: {"id": "T1", "name": "Corp", "domain": "corp"})
    scope: str = "users:read,users:read.email,team:read"
    installer: str = "U0ADMIN"
    rotates: bool = False
    enterprise: bool = False
    limited: bool = False
    #: Answers to give instead, the next one first: (status, headers, body).
    instead: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    #: Cursors that the pages name instead, the next one first.
    cursors: Iterator[str] | None = None
    tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._window = Window(lambda: self.seconds())

    def add(self, *users: User) -> None:
        """Have these members."""
        for one in users:
            self.members[one["id"]] = one

    def application(self) -> Starlette:
        """To be served."""
        return Starlette(
            routes=[
                Route("/oauth/v2/authorize", self._authorize),
                Route("/api/{method}", self._call, methods=["GET", "POST"]),
            ]
        )

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        if asked.get("deny"):
            query = urlencode({"error": "access_denied", "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{query}", 302)
        code = secrets.token_hex(8)
        self.codes[code] = asked["redirect_uri"]
        query = urlencode({"code": code, "state": asked["state"]})
        if asked.get("page"):
            return HTMLResponse(f'<a href="{asked["redirect_uri"]}?{query}">Allow</a>')
        return RedirectResponse(f"{asked['redirect_uri']}?{query}", 302)

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        form = await form_of(request) if request.method == "POST" else dict(request.query_params)
        self.calls[method] += 1
        if self.instead:
            status, headers, body = self.instead.pop(0)
            return Response(body, status, headers)
        if self.limited and method in TIERS and not self._window.allows(method, TIERS[method]):
            self.refused[method] += 1
            headers = {"retry-after": str(self._window.wait(method))}
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)
        if method == "oauth.v2.access":
            return JSONResponse(self._access(form))
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or str(form.get("token", ""))
        if token not in self.tokens:
            return _no("invalid_auth")
        if method.startswith("users.") and "users:read" not in self.scope.split(","):
            return _no("missing_scope", needed="users:read", provided=self.scope)
        answers: dict[str, Callable[[], Response]] = {
            "users.list": lambda: self._list(form),
            "users.info": lambda: self._info(str(form.get("user", ""))),
            "users.lookupByEmail": lambda: self._lookup(str(form.get("email", ""))),
            "team.info": lambda: JSONResponse({"ok": True, "team": self.team}),
            "auth.revoke": lambda: self._revoke(token),
        }
        answer = answers.get(method)
        return answer() if answer else _no("unknown_method")

    def _access(self, form: dict[str, Any]) -> dict[str, Any]:
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                return {"ok": False, "error": "invalid_refresh_token"}
            self.refresh_tokens.discard(str(form["refresh_token"]))
        elif self.codes.pop(str(form.get("code", "")), None) != form.get("redirect_uri"):
            return {"ok": False, "error": "invalid_code"}
        token = f"xoxb-{secrets.token_hex(8)}"
        self.tokens.add(token)
        answer: dict[str, Any] = {
            "ok": True,
            "access_token": token,
            "token_type": "bot",
            "scope": self.scope,
            "team": None if self.enterprise else {"id": self.team["id"], "name": self.team["name"]},
            "is_enterprise_install": self.enterprise,
            "authed_user": {"id": self.installer},
        }
        if self.rotates:
            refresh = f"xoxe-{secrets.token_hex(8)}"
            self.refresh_tokens.add(refresh)
            answer |= {"refresh_token": refresh, "expires_in": 43_200}
        return answer

    def _list(self, form: dict[str, Any]) -> Response:
        ids = sorted(self.members)
        start = int(form.get("cursor") or 0) if not self.cursors else 0
        end = start + min(int(form.get("limit", 200)), 1000)
        following = next(self.cursors) if self.cursors else (str(end) if end < len(ids) else "")
        members = [self.members[id] for id in ids[start:end]]
        return JSONResponse({"ok": True, "members": members, "response_metadata": {"next_cursor": following}})

    def _info(self, id: str) -> Response:
        found = self.members.get(id)
        return JSONResponse({"ok": True, "user": found}) if found else _no("user_not_found")

    def _lookup(self, email: str) -> Response:
        for one in self.members.values():
            if one["profile"].get("email", "").lower() == email.lower() and not one["deleted"]:
                return JSONResponse({"ok": True, "user": one})
        return _no("users_not_found")

    def _revoke(self, token: str) -> Response:
        self.tokens.discard(token)
        return JSONResponse({"ok": True, "revoked": True})


def _no(error: str, **more: str) -> JSONResponse:
    return JSONResponse({"ok": False, "error": error, **more})
