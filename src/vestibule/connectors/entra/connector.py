"""The request sequences of Entra's provisioning service, for rehearsing it against any endpoint."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx2

from vestibule.connectors.entra.paths import changes, created
from vestibule.connectors.http import TIMEOUT_SECONDS
from vestibule.connectors.scim.client import GROUP_SCHEMA, SCIM_JSON
from vestibule.connectors.scim.connector import ScimConnector
from vestibule.connectors.scim.credentials import judged
from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import (
    Counterpart,
    CredentialsTest,
    Exchange,
    Member,
    NotUnderstood,
    Pacing,
    Unreachable,
    UserToSend,
    Verdict,
)
from vestibule.provisioning.service_limits import NO_LIMITS, ServiceLimits

#: The schema that Entra lists for every group it makes (W106).
ENTRA_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
_USERS, _GROUPS = "Users", "Groups"


class EntraConnector(ScimConnector):
    """``vestibule.provisioning.connector.Connector``; imports are our own, Entra has none."""

    def __init__(
        self,
        application: Application,
        *,
        connections: int = 8,
        transport: httpx2.AsyncBaseTransport | None = None,
        pace: Pacing | None = None,
        watch: Callable[[Exchange], None] | None = None,
        timeout: float = TIMEOUT_SECONDS,
        limits: ServiceLimits = NO_LIMITS,
        new_guid: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        super().__init__(
            application,
            connections=connections,
            transport=transport,
            pace=pace,
            watch=watch,
            timeout=timeout,
            limits=limits,
            headers={"Accept": SCIM_JSON, "Content-Type": f"{SCIM_JSON}; charset=utf-8"},
        )
        self._matching = application.unique_identifier
        self._new_guid = new_guid

    async def test_credentials(self) -> CredentialsTest:
        """A look-up of somebody who cannot be there (W102)."""
        path = f"/{_USERS}?filter={_equal(self._matching, self._new_guid())}"
        try:
            answer = await self._client.raw("GET", path)
        except Unreachable as fault:
            return CredentialsTest(Verdict.UNREACHABLE, f"The application cannot be reached: {fault}")
        finding = judged(answer, path, self._client.detail_of(answer))
        return finding or CredentialsTest(
            Verdict.GOOD, "The supplied credentials are authorized to enable provisioning."
        )

    async def assign(self, user: UserToSend, known_id: str = "") -> Counterpart:
        attribute, value = user.lookup
        found = await self._found(f"/{_USERS}?filter={_equal(attribute, value)}", f"look up {value}")
        if len(found) > 1:
            raise NotUnderstood(f"Create user {user.user_name}: the look-up found {len(found)} users.")
        if not found:
            return Counterpart(
                await self._client.post(_USERS, created(user), f"create user {user.user_name}")
            )
        id = str(found[0].get("id") or "")
        if not id:
            raise NotUnderstood(f"Link user {user.user_name}: the user that was found has no id.")
        operations = changes(user, found[0])
        if found[0].get("active") is not True:
            operations.insert(0, _active(True))
        if operations:
            await self._client.patch(_USERS, id, operations, f"update user {user.user_name}")
        return Counterpart(id, found=True)

    async def update(self, external_id: str, user: UserToSend) -> None:
        doing = f"update user {user.user_name}"
        operations = changes(user, await self._client.get(_USERS, external_id, doing))
        if operations:
            await self._client.patch(_USERS, external_id, operations, doing)

    async def deactivate(self, external_id: str) -> None:
        await self._client.patch(_USERS, external_id, [_active(False)], "disable user")

    async def find_group(self, name: str) -> str:
        path = f"/{_GROUPS}?excludedAttributes=members&filter={_equal('displayName', name)}"
        found = await self._found(path, f"look up group {name}")
        if len(found) > 1:
            raise NotUnderstood(f"Push group {name}: the look-up found {len(found)} groups of that name.")
        return str(found[0].get("id") or "") if found else ""

    async def create_group(self, name: str, own_id: str = "") -> str:
        body = {
            "schemas": [GROUP_SCHEMA, ENTRA_GROUP],
            "externalId": own_id,
            "displayName": name,
            "meta": {"resourceType": "Group"},
        }
        return await self._client.post(_GROUPS, body, f"create group {name}")

    async def rename_group(self, external_id: str, name: str) -> None:
        operation = {"op": "Replace", "path": "displayName", "value": name}
        await self._client.patch(_GROUPS, external_id, [operation], f"rename group {name}")

    async def change_members(
        self, external_id: str, name: str, add: Sequence[Member], remove: Sequence[Member]
    ) -> frozenset[str]:
        """Removals as a list of values, not as a filter (W111)."""
        operations = [
            {
                "op": op,
                "path": "members",
                "value": [{"$ref": None, "value": one.external_id} for one in members],
            }
            for op, members in (("Remove", remove), ("Add", add))
            if members
        ]
        await self._client.patch(_GROUPS, external_id, operations, f"change members of group {name}")
        return frozenset()

    async def replace_members(self, external_id: str, name: str, members: Sequence[Member]) -> frozenset[str]:
        """Entra never says the whole: everybody is added again."""
        return await self.change_members(external_id, name, members, ()) if members else frozenset()

    async def _found(self, path: str, doing: str) -> list[Mapping[str, Any]]:
        document = await self._client.read(path, doing)
        found = document.get("Resources") or []
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise NotUnderstood(f"{doing}: the answer's Resources are no list of resources.")
        return found


def _equal(attribute: str, value: str) -> str:
    text = value.replace("\\", "\\\\").replace('"', '\\"')
    return quote(f'{attribute} eq "{text}"', safe="")


def _active(active: bool) -> dict[str, Any]:
    """A truth value as text (W108)."""
    return {"op": "Replace", "path": "active", "value": str(active)}
