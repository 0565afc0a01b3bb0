"""Doubles of receiving ends: real servers on loopback that refuse what the real ones refuse (W134–W145).

Their rules are written from what the vendors publish, not from our catalogue: an entry of the
catalogue that promises too much is found out here.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.connectors.scim_server import CORE_USER, TOKEN, Recorded, ScimServer, error

Refusal = tuple[int, dict[str, str], Any] | None
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def _operations(request: Recorded) -> list[dict[str, Any]]:
    return request.body.get("Operations", []) if request.method == "PATCH" else []


def _membership_changes(request: Recorded) -> int:
    return sum(
        len(one["value"]) if isinstance(one.get("value"), list) else 1
        for one in _operations(request)
        if str(one.get("path", "")).startswith("members")
    )


def _filtered_by(request: Recorded) -> str:
    given = parse_qs(request.query).get("filter", [""])[0]
    return unquote(given).split(" ", 1)[0]


@dataclass
class AwsIdentityCenter(ScimServer):
    """W134–W137."""

    def refuse(self, request: Recorded) -> Refusal:
        if "user-agent" not in request.headers and request.method == "PATCH":
            return error(403, "a request without User-Agent is blocked")
        if "//" in request.path:
            return error(404, "two slashes")
        if request.path.startswith("/Groups"):
            return self._refuse_group(request)
        return self._refuse_user(request)

    def _refuse_group(self, request: Recorded) -> Refusal:
        if request.method == "PUT":
            return error(405, "groups have no PUT")
        for one in _operations(request):
            if one["op"].lower() == "replace" and (
                one.get("path") == "members" or "members" in (one.get("value") or {})
            ):
                return error(400, "members: replace is not supported")
            if one["op"].lower() == "remove" and not one.get("path"):
                return error(400, "remove needs a path")
            if one["op"].lower() == "remove" and one.get("path") == "members":
                return error(400, "members: all cannot be removed at once")
        if _membership_changes(request) > 100:
            return error(400, "at most 100 membership changes in one request")
        if request.method == "POST":
            if len(request.body.get("members", [])) > 100:
                return error(400, "at most 100 members")
            if other := request.body.keys() - {"schemas", "displayName", "members", "externalId"}:
                return error(400, f"{sorted(other)[0]} is not supported")
        return None

    def _refuse_user(self, request: Recorded) -> Refusal:
        by = _filtered_by(request)
        if by and by not in ("userName", "externalId", "id", "displayName", "manager"):
            return error(400, f"filter by {by} is not supported")
        if request.method not in ("POST", "PUT"):
            return None
        body = request.body
        for name in ("password", "groups", "entitlements", "photos", "ims"):
            if name in body:
                return error(400, f"{name} is not supported")
        for name in ("emails", "phoneNumbers", "addresses"):
            elements = body.get(name, [])
            if len(elements) > 1:
                return error(400, f"{name}: one value only")
            if elements and name == "emails" and elements[0].get("primary") is not True:
                return error(400, "the e-mail must be primary")
            if any("display" in one for one in elements):
                return error(400, f"{name}.display is not supported")
        if "displayName" in body.get(ENTERPRISE, {}).get("manager", {}):
            return error(400, "manager.displayName is not supported")
        for name in ("userName", "displayName"):
            if not body.get(name):
                return error(400, f"{name} is required")
        if not body.get("name", {}).get("givenName") or not body["name"].get("familyName"):
            return error(400, "name.givenName and name.familyName are required")
        return None

    def _list(self, store: dict[str, Any], query: str) -> tuple[int, dict[str, str], Any]:
        """W135: 50 at most, whatever was asked for."""
        count = re.search(r"count=(\d+)", query)
        if count and int(count[1]) > 50:
            query = query.replace(count[0], "count=50")
        return super()._list(store, query)


@dataclass
class GitHub(ScimServer):
    """W138–W140."""

    users_an_hour: int = 1_000
    members_a_patch: int = 1_000
    clock: Callable[[], float] = lambda: 0.0
    _created: deque[float] = field(default_factory=deque)

    def refuse(self, request: Recorded) -> Refusal:
        if not request.headers.get("user-agent"):
            return error(403, "Request forbidden by administrative rules: User-Agent")
        if request.method == "DELETE" and request.path.startswith("/Users"):
            return error(409, "the double refuses what could not be undone")
        if _membership_changes(request) > self.members_a_patch:
            return error(429, "too many members")
        if request.method in ("POST", "PUT", "PATCH") and request.path.startswith("/Users"):
            now = self.clock()
            while self._created and self._created[0] <= now - 3600:
                self._created.popleft()
            if len(self._created) >= self.users_an_hour:
                return error(429, "1,000 users an hour")
            self._created.append(now)
            for name in ("password", "groups") if request.method != "PATCH" else ():
                if name in request.body:
                    return error(400, f"{name}: malformed")
            for name in (
                ("userName", "externalId", "emails", "displayName") if request.method == "POST" else ()
            ):
                if not request.body.get(name):
                    return error(400, f"{name} is required")
        by = _filtered_by(request)
        if request.path == "/Users" and by and by not in ("userName", "externalId", "id"):
            return error(400, f"filter by {by} is not supported")
        return None


@dataclass
class Slack(ScimServer):
    """W142, W143: so many writes and reads a minute, of which a few at once; Retry-After in whole seconds."""

    a_minute: int = 180
    at_once: int = 20
    reads_a_minute: int = 300
    clock: Callable[[], float] = lambda: 0.0
    refused: int = 0
    #: (left, when) of writes and of reads.
    _buckets: dict[bool, tuple[float, float]] = field(default_factory=dict)

    def refuse(self, request: Recorded) -> Refusal:
        is_read = request.method == "GET"
        now = self.clock()
        had, at = self._buckets.get(is_read, (float(self.at_once), now))
        rate = self.reads_a_minute if is_read else self.a_minute
        left = min(self.at_once, had + (now - at) * rate / 60)
        is_over = left < 1 - 1e-6
        self._buckets[is_read] = (left if is_over else left - 1, now)
        if is_over:
            self.refused += 1
            status, headers, body = error(429, "ratelimited")
            return status, {**headers, "retry-after": "30"}, body
        if request.method == "POST" and request.path == "/Users":
            for name in ("userName", "emails"):
                if not request.body.get(name):
                    return error(400, f"{name} is required")
        return None

    def _list(self, store: dict[str, Any], query: str) -> tuple[int, dict[str, str], Any]:
        """W143: 1,000 at most, without a word."""
        count = re.search(r"count=(\d+)", query)
        if count and int(count[1]) > 1_000:
            query = query.replace(count[0], "count=1000")
        return super()._list(store, query)


@dataclass
class Atlassian(ScimServer):
    """W144: verified domains, one exact eq on userName or externalId, no sort; a deactivated user may be 404."""

    domains: frozenset[str] = frozenset({"corp.test"})

    def refuse(self, request: Recorded) -> Refusal:
        query = parse_qs(request.query)
        if "sortBy" in query:
            return error(400, "sorting is not supported")
        by = _filtered_by(request)
        if request.path == "/Users" and by and by not in ("userName", "externalId"):
            return error(400, f"filter by {by} is not supported")
        if request.method in ("POST", "PUT") and request.path.startswith("/Users"):
            for name in ("password", "groups"):
                if name in request.body:
                    return error(400, f"{name} is not supported")
            for name in ("userName", "emails"):
                if not request.body.get(name):
                    return error(400, f"{name} is required")
            domain = request.body.get("userName", "").rpartition("@")[2].lower()
            if domain not in self.domains:
                return error(400, f"the domain {domain} is not verified")
        if request.method == "PUT" and request.path.startswith("/Groups") and "members" in request.body:
            return error(400, "a group's PUT takes displayName alone")
        found = self.users.get(request.path.removeprefix("/Users/"))
        if found is not None and found.get("active") is False and request.method == "PATCH":
            values = [one.get("value") for one in _operations(request)]
            if values == [{"active": False}]:
                return error(404, "no such user")
        return None


@dataclass
class HeaderToken(ScimServer):
    """W9: the token exactly as typed; the word Bearer is part of no token."""

    def refuse(self, request: Recorded) -> Refusal:
        return None if request.headers.get("authorization") == TOKEN else error(401, "not this token")


@dataclass
class BearerToken(ScimServer):
    """Only with the word Bearer."""

    def refuse(self, request: Recorded) -> Refusal:
        return (
            None
            if request.headers.get("authorization") == f"Bearer {TOKEN}"
            else error(401, "not this token")
        )


@dataclass
class OAuth(ScimServer):
    """RFC 6749 §4.4: a token endpoint, and access tokens that are good for so many requests."""

    client_id: str = "client"
    secret: str = "client:secret"
    good_for: int = 1_000_000
    given: int = 0
    _left: int = 0

    def refuse(self, request: Recorded) -> Refusal:
        if request.path == "/token":
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer access-{self.given}" or self._left == 0:
            return error(401, "the access token is unknown or has ended")
        self._left -= 1
        request.headers["authorization"] = f"Bearer {TOKEN}"
        return None

    def _token(self, request: Recorded) -> Refusal:
        pair = base64.b64encode(b"client:client%3Asecret").decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return 401, {}, {"error": "invalid_client", "error_description": "unknown client"}
        if not str(request.body).startswith("grant_type=client_credentials"):
            return 400, {}, {"error": "unsupported_grant_type"}
        self.given += 1
        self._left = self.good_for
        return 200, {}, {"access_token": f"access-{self.given}", "token_type": "Bearer", "expires_in": 3600}


__all__ = [
    "CORE_USER",
    "Atlassian",
    "AwsIdentityCenter",
    "BearerToken",
    "GitHub",
    "HeaderToken",
    "OAuth",
    "Slack",
]
