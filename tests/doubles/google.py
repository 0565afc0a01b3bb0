"""A Google Workspace: consent with PKCE, signed identity tokens, and the Directory API's users (G1–G14)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.doubles.listening import form_of
from tests.doubles.pace import Window

ISSUER = "https://accounts.google.test"
#: What Google's own library names as the audience, wherever it is told to send it.
TOKEN_ADDRESS = "https://oauth2.googleapis.com/token"
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


@cache
def _signing_key() -> RSAKey:
    """One for all doubles of a session: a tenth of a second each."""
    return RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})


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
    #: Whoever shows a token comes in: the tokens are another's, who plays the consent.
    any_token: bool = False
    instead: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    #: Cursors that the pages name instead, the next one first.
    cursors: Iterator[str] | None = None
    #: Service accounts by address: the PEM of the public key; whose delegation a super administrator entered.
    service_accounts: dict[str, str] = field(default_factory=dict)
    delegated: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    issuer: str = ISSUER

    def __post_init__(self) -> None:
        self._window = Window(lambda: self.seconds())
        self._key = _signing_key()

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
                Route("/admin/directory/v1/users", self._list),
                Route("/admin/directory/v1/users/{key}", self._get),
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
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self._delegation(form.get("assertion", ""), str(request.url))
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

    def _delegation(self, assertion: str, here: str) -> Response:
        """A service account acts as somebody (G6): every claim counts."""
        try:
            payload = assertion.split(".")[1]
            issuer = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iss"]
            key = RSAKey.import_key(self.service_accounts[issuer])
            claims = jwt.decode(assertion, key, algorithms=["RS256"]).claims
            now = self.seconds()
            good = (
                claims["aud"] in (here, TOKEN_ADDRESS)
                and claims["iat"] <= now + 60
                and now < claims["exp"] <= claims["iat"] + 3600
            )
        except (JoseError, ValueError, KeyError, IndexError, TypeError):
            good, claims, issuer = False, {}, ""
        subject = next((one for one in self.users.values() if one["primaryEmail"] == claims.get("sub")), None)
        if not good or subject is None or subject["suspended"]:
            return JSONResponse(
                {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400
            )
        if issuer not in self.delegated or claims["scope"] != SCOPE.split()[-1]:
            return JSONResponse({"error": "unauthorized_client"}, 401)
        self.admin = claims["sub"]
        return JSONResponse(self._given())

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
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or not (self.any_token or token in self.tokens):
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
        start = int(request.query_params.get("pageToken") or 0) if not self.cursors else 0
        end = start + min(int(request.query_params.get("maxResults", 100)), 500)
        answer: dict[str, Any] = {"kind": "admin#directory#users"}
        if ids[start:end]:
            answer["users"] = [self.users[id] for id in ids[start:end]]
        if self.cursors or end < len(ids):
            answer["nextPageToken"] = next(self.cursors) if self.cursors else str(end)
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
