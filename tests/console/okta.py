"""Okta's part, over HTTP: its requests in its order (W16–W45), and nothing of ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx2

_CORE = "urn:ietf:params:scim:schemas:core:2.0:"
_PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Okta:
    """One application: a base URL and a token, as they were pasted."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url
        self._headers = {
            "Authorization": f"Bearer {token}",
            "User-Agent": "Okta SCIM Client 1.0.0",
            "Content-Type": "application/scim+json; charset=utf-8",
        }

    def test_api_credentials(self) -> httpx2.Response:
        """*Test API Credentials*."""
        return self.send("GET", "/Users?startIndex=1&count=2")

    def provision(
        self, user_name: str, given: str = "Mika", family: str = "Laine", **more: Any
    ) -> httpx2.Response:
        """An assignment: look for them, create them if there is nobody."""
        wanted = quote(f'userName eq "{user_name}"')
        found = self.send("GET", f"/Users?filter={wanted}&startIndex=1&count=100")
        if found.status_code == 200 and found.json()["totalResults"] == 1:
            id = found.json()["Resources"][0]["id"]
            before = self.send("GET", f"/Users/{id}").json()
            return self.send("PUT", f"/Users/{id}", {**before, "active": True, **more})
        document = {
            "schemas": [f"{_CORE}User"],
            "userName": user_name,
            "name": {"givenName": given, "familyName": family},
            "emails": [{"primary": True, "value": user_name, "type": "work"}],
            "displayName": f"{given} {family}".strip(),
            "locale": "en-US",
            "externalId": f"00u{abs(hash(user_name)) % 10**12:012d}",
            "groups": [],
            "password": "k3Tq9ab1",
            "active": True,
            **more,
        }
        document["name"] = {name: value for name, value in document["name"].items() if value}  # type: ignore[union-attr]
        return self.send("POST", "/Users", document)

    def deactivate(self, id: str) -> httpx2.Response:
        """Unassigned, or deactivated in Okta (W40)."""
        body = {"schemas": [_PATCH_OP], "Operations": [{"op": "replace", "value": {"active": False}}]}
        return self.send("PATCH", f"/Users/{id}", body)

    def push_group(self, name: str, *members: str) -> httpx2.Response:
        """*Push Groups*."""
        body = {
            "schemas": [f"{_CORE}Group"],
            "displayName": name,
            "members": [{"value": id} for id in members],
        }
        return self.send("POST", "/Groups", body)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """One request, on a connection of its own."""
        with httpx2.Client(headers={**self._headers, **headers}, timeout=30) as client:
            return client.request(method, f"{self._base_url}{path}", json=body)
