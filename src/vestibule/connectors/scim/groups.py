"""The sequences of Group Push, by mode: deltas by PATCH, or the whole group by PUT (W82–W93)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from vestibule.connectors.scim.client import GROUP_SCHEMA, ScimClient
from vestibule.provisioning.connector import Member, NotUnderstood

_GROUPS = "Groups"


class GroupWrites(Protocol):
    """How a mode changes a group that is there."""

    async def rename(self, client: ScimClient, id: str, name: str) -> None: ...

    async def change(
        self, client: ScimClient, id: str, name: str, add: Sequence[Member], remove: Sequence[Member]
    ) -> dict[str, Any]:
        """The group as it was answered, or nothing."""
        ...

    async def replace(
        self, client: ScimClient, id: str, name: str, members: Sequence[Member]
    ) -> dict[str, Any]: ...


class GroupsByPatch:
    """Catalogue app: removals by value filter, additions as one list (W85, W86, W88)."""

    async def rename(self, client: ScimClient, id: str, name: str) -> None:
        operation = {"op": "replace", "value": {"id": id, "displayName": name}}
        await client.patch(_GROUPS, id, [operation], f"rename group {name}")

    async def change(
        self, client: ScimClient, id: str, name: str, add: Sequence[Member], remove: Sequence[Member]
    ) -> dict[str, Any]:
        operations: list[dict[str, Any]] = [
            {"op": "remove", "path": f'members[value eq "{member.external_id}"]'} for member in remove
        ]
        if add:
            operations.append({"op": "add", "path": "members", "value": _values(add)})
        return await client.patch(_GROUPS, id, operations, f"change members of group {name}")

    async def replace(
        self, client: ScimClient, id: str, name: str, members: Sequence[Member]
    ) -> dict[str, Any]:
        operation = {"op": "replace", "path": "members", "value": _values(members)}
        return await client.patch(_GROUPS, id, [operation], f"push group {name}")


class GroupsByPut:
    """Wizard app: read, then the whole group (W91)."""

    async def rename(self, client: ScimClient, id: str, name: str) -> None:
        doing = f"rename group {name}"
        group = await client.get(_GROUPS, id, doing)
        await client.put(_GROUPS, id, _group(id, name, _members_of(group)), doing)

    async def change(
        self, client: ScimClient, id: str, name: str, add: Sequence[Member], remove: Sequence[Member]
    ) -> dict[str, Any]:
        doing = f"change members of group {name}"
        members = {member["value"]: member for member in _members_of(await client.get(_GROUPS, id, doing))}
        for member in remove:
            members.pop(member.external_id, None)
        members |= {value["value"]: value for value in _values(add)}
        return await client.put(_GROUPS, id, _group(id, name, list(members.values())), doing)

    async def replace(
        self, client: ScimClient, id: str, name: str, members: Sequence[Member]
    ) -> dict[str, Any]:
        doing = f"push group {name}"
        await client.get(_GROUPS, id, doing)
        return await client.put(_GROUPS, id, _group(id, name, _values(members)), doing)


class GroupSequences:
    """``vestibule.provisioning.connector.PushesGroups`` over SCIM."""

    def __init__(self, client: ScimClient, writes: GroupWrites) -> None:
        self._client = client
        self._writes = writes

    async def find_group(self, name: str) -> str:
        found = await self._client.find(_GROUPS, "displayName", name)
        if len(found) > 1:
            raise NotUnderstood(f"Push group {name}: the lookup found {len(found)} groups of that name.")
        return str(found[0].get("id") or "") if found else ""

    async def create_group(self, name: str, own_id: str = "") -> str:
        body = {"schemas": [GROUP_SCHEMA], "displayName": name, "members": []}
        return await self._client.post(_GROUPS, body, f"create group {name}")

    async def rename_group(self, external_id: str, name: str) -> None:
        await self._writes.rename(self._client, external_id, name)

    async def change_members(
        self, external_id: str, name: str, add: Sequence[Member], remove: Sequence[Member]
    ) -> frozenset[str]:
        return _dropped(await self._writes.change(self._client, external_id, name, add, remove), add)

    async def replace_members(self, external_id: str, name: str, members: Sequence[Member]) -> frozenset[str]:
        return _dropped(await self._writes.replace(self._client, external_id, name, members), members)

    async def delete_group(self, external_id: str) -> None:
        await self._client.delete(_GROUPS, external_id, "delete group")


def _dropped(answered: dict[str, Any], sent: Sequence[Member]) -> frozenset[str]:
    """Who is missing from the members that the answer lists; an answer without members tells nothing."""
    if not answered.get("members"):
        return frozenset()
    there = {member["value"] for member in _members_of(answered)}
    return frozenset(member.external_id for member in sent) - there


def _values(members: Sequence[Member]) -> list[dict[str, Any]]:
    """Without type and $ref (W86)."""
    return [{"value": member.external_id, "display": member.display} for member in members]


def _members_of(group: dict[str, Any]) -> list[dict[str, Any]]:
    members = group.get("members") or []
    return [
        {key: member[key] for key in ("value", "display") if member.get(key)}
        for member in members
        if isinstance(member, dict) and member.get("value")
    ]


def _group(id: str, name: str, members: list[dict[str, Any]]) -> dict[str, Any]:
    return {"schemas": [GROUP_SCHEMA], "id": id, "displayName": name, "members": members}
