"""A Google Workspace: consent with PKCE, signed identity tokens, and the Directory API's users (G1–G14)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.doubles.listening import form_of
from tests.doubles.pace import Window

SCOPE = "openid email https://www.googleapis.com/auth/admin.directory.user.readonly"
#: Calls a minute (G12).
MOST_A_MINUTE = 2400

User = dict[str, Any]


def user(id: str, address: str, name: str, **more: Any) -> User:
    """A user object as the Directory API gives it."""
    return {
        "id": id,
        "primaryEmail": address,
        "name": {"fullName": name},
        "suspended": False,
        "archived": False,
        "isAdmin": False,
        "isDelegatedAdmin": False,
        "customerId": "C1",
        **more,
    }


@dataclass
class Google:
    """The Workspace and its rules; ``calls`` counts what was asked."""

    seconds: Callable[[], float] = time.time
    client_id: str = "google-client"
    users: dict[str, User] = field(default_factory=dict)
    scope: str = SCOPE
    admin: str = "admin@corp.test"
    domain: str | None = "corp.test"
    #: Somebody else's nonce, issuer or audience in the identity token, for those who check.
    claims: dict[str, Any] = field(default_factory=dict)
    limited: bool = False
    instead: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    endless: str = ""
    tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    issuer: str = "https://accounts.google.test"

    def __post_init__(self) -> None:
        self._window = Window(lambda: self.seconds())
        self._key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})

    def add(self, *users: User) -> None:
        """Have these users."""
        for one in users:
            self.users[one["id"]] = one

    def application(self) -> Starlette:
        """To be served."""
        return Starlette(
            routes=[
                Route("/auth", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/revoke", self._revoke, methods=["POST"]),
                Route("/certs", self._certs),
                Route("/directory/v1/users", self._list),
                Route("/directory/v1/users/{key}", self._get),
            ]
        )

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        code = secrets.token_hex(8)
        self.codes[code] = dict(asked)
        query = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{query}", 302)

    async def _token(self, request: Request) -> Response:
        form = await form_of(request)
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                return JSONResponse({"error": "invalid_grant"}, 400)
            return JSONResponse(self._given())
        asked = self.codes.pop(str(form.get("code", "")), None)
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        refresh = f"1//{secrets.token_hex(8)}"
        self.refresh_tokens.add(refresh)
        now = int(self.seconds())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "1",
            "email": self.admin,
            "nonce": asked.get("nonce"),
            "iat": now,
            "exp": now + 3600,
            **({"hd": self.domain} if self.domain else {}),
            **self.claims,
        }
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self._key)
        return JSONResponse({**self._given(), "refresh_token": refresh, "id_token": token})

    def _given(self) -> dict[str, Any]:
        token = f"ya29.{secrets.token_hex(8)}"
        self.tokens.add(token)
        return {"access_token": token, "expires_in": 3599, "scope": self.scope, "token_type": "Bearer"}

    async def _revoke(self, request: Request) -> Response:
        form = await form_of(request)
        self.refresh_tokens.discard(str(form.get("token", "")))
        return JSONResponse({})

    async def _certs(self, request: Request) -> Response:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))

    def _refusal(self, request: Request, what: str) -> Response | None:
        self.calls[what] += 1
        if self.instead:
            status, headers, body = self.instead.pop(0)
            return Response(body, status, headers)
        if self.limited and not self._window.allows("users", MOST_A_MINUTE):
            self.refused[what] += 1
            return _no(403, "userRateLimitExceeded")
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _no(401, "authError")
        admin = next((one for one in self.users.values() if one["primaryEmail"] == self.admin), None)
        if what == "list" and not (admin and (admin["isAdmin"] or admin["isDelegatedAdmin"])):
            return _no(403, "forbidden")
        return None

    async def _list(self, request: Request) -> Response:
        refusal = self._refusal(request, "list")
        if refusal is not None:
            return refusal
        ids = sorted(self.users, key=lambda id: self.users[id]["primaryEmail"])
        start = int(request.query_params.get("pageToken") or 0) if not self.endless else 0
        end = start + min(int(request.query_params.get("maxResults", 100)), 500)
        answer: dict[str, Any] = {"kind": "admin#directory#users"}
        if ids[start:end]:
            answer["users"] = [self.users[id] for id in ids[start:end]]
        if self.endless or end < len(ids):
            answer["nextPageToken"] = self.endless or str(end)
        return JSONResponse(answer)

    async def _get(self, request: Request) -> Response:
        refusal = self._refusal(request, "get")
        if refusal is not None:
            return refusal
        key = request.path_params["key"].lower()
        for one in self.users.values():
            addresses = [one["primaryEmail"], *one.get("aliases", []), one["id"]]
            if key in (address.lower() for address in addresses):
                return JSONResponse(one)
        return _no(404, "notFound")


def _no(status: int, reason: str) -> JSONResponse:
    error = {"code": status, "message": reason, "errors": [{"domain": "global", "reason": reason}]}
    return JSONResponse({"error": error}, status)
