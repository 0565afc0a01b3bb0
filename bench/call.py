"""Requests as ready bytes, with what the answer must be; and the SCIM calls of the workload."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

HOST = "127.0.0.1"

_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Call:
    """One request: its bytes, the status it must get, what its body must hold, who learns from it."""

    __slots__ = ("heard", "holds", "kind", "least", "status", "wire")

    def __init__(
        self,
        kind: str,
        wire: bytes,
        status: int = 200,
        *,
        holds: bytes = b"",
        least: int = 0,
        heard: Callable[[bytes], None] | None = None,
    ) -> None:
        self.kind = kind
        self.wire = wire
        self.status = status
        #: Must be in the body. Long bodies are not kept: for these ``least`` is the size in bytes.
        self.holds = holds
        self.least = least
        #: Given the body of an answer that was as it must be.
        self.heard = heard


class ScimCalls:
    """The calls of the workload to one tenant, as Okta forms them."""

    def __init__(self, port: int, token: str, base: str = "/scim/v2") -> None:
        self._base = base
        self._headers = (
            f"Host: {HOST}:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Accept: application/scim+json\r\nUser-Agent: Okta SCIM Client 1.0.0\r\n"
        )
        self._lookup = f"GET {base}/Users?filter=userName%20eq%20%22".encode()
        self._after_lookup = f"%22&startIndex=1&count=100 HTTP/1.1\r\n{self._headers}\r\n".encode()
        self._get = f"GET {base}/Users/".encode()
        self._after_get = f" HTTP/1.1\r\n{self._headers}\r\n".encode()

    def wire(self, method: str, path: str, body: Any = None) -> bytes:
        """Any request below the SCIM base, its body as JSON where it has one."""
        head = f"{method} {self._base}{path} HTTP/1.1\r\n{self._headers}"
        if body is None:
            return f"{head}\r\n".encode()
        data = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        return (
            f"{head}Content-Type: application/scim+json\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            + data
        )

    def lookup(self, user_name: str, *, found: bool = True) -> Call:
        """``userName eq``; the answer must hold that name, or say that nothing was found."""
        holds = user_name.encode() if found else b'"totalResults":0'
        return Call("lookup", self._lookup + quote(user_name).encode() + self._after_lookup, holds=holds)

    def get(self, user_id: str) -> Call:
        """One user by id."""
        key = user_id.encode()
        return Call("get", self._get + key + self._after_get, holds=key)

    def create(self, person: Mapping[str, Any], heard: Callable[[bytes], None] | None = None) -> Call:
        """POST of one user."""
        return Call("create", self.wire("POST", "/Users", person), 201, holds=b'"id"', heard=heard)

    def patch_active(self, user_id: str, active: bool) -> Call:
        """PATCH ``active`` without path, as Okta sends it."""
        body = _patch({"op": "replace", "value": {"active": active}})
        holds = b'"active":true' if active else b'"active":false'
        return Call("patch active", self.wire("PATCH", f"/Users/{user_id}", body), holds=holds)

    def patch_title(self, user_id: str, title: str) -> Call:
        """PATCH that gives somebody another title."""
        body = _patch({"op": "replace", "path": "title", "value": title})
        return Call("patch title", self.wire("PATCH", f"/Users/{user_id}", body), holds=title.encode())

    def create_group(self, name: str, heard: Callable[[bytes], None]) -> Call:
        """POST of one group without members."""
        body = {"schemas": [_GROUP], "displayName": name, "members": []}
        return Call("create group", self.wire("POST", "/Groups", body), 201, holds=b'"id"', heard=heard)

    def add_members(self, group_id: str, user_ids: Sequence[str], kind: str = "add member") -> Call:
        """PATCH that adds members to a group."""
        members = [{"value": user_id} for user_id in user_ids]
        body = _patch({"op": "add", "path": "members", "value": members})
        return Call(kind, self.wire("PATCH", f"/Groups/{group_id}", body), 204)

    def remove_member(self, group_id: str, user_id: str) -> Call:
        """PATCH that takes one member out of a group."""
        body = _patch({"op": "remove", "path": f'members[value eq "{user_id}"]'})
        return Call("remove member", self.wire("PATCH", f"/Groups/{group_id}", body), 204)

    def page(self, start: int, count: int = 100) -> Call:
        """One page of an import of all users."""
        path = f"/Users?startIndex={start}&count={count}"
        return Call("list", self.wire("GET", path), holds=b'"Resources":[{', least=count * 100)

    def group(self, group_id: str, members: int) -> Call:
        """A whole group with so many members."""
        return Call("get group", self.wire("GET", f"/Groups/{group_id}"), least=members * 40)

    def scan(self, word: str) -> Call:
        """A filter no index can answer: some text within an attribute nobody declared indexed."""
        path = f"/Users?filter=nickName%20co%20%22{quote(word)}%22"
        return Call("scan", self.wire("GET", path), holds=b'"totalResults":0')


def _patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [_PATCH], "Operations": list(operations)}
