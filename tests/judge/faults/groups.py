"""A server that loses members, or has them twice."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from tests.judge.faults.fault import (
    Ask,
    Memory,
    asking,
    document_of,
    fault,
    operations_of,
    place,
    shown_otherwise,
    with_operations,
)
from vestibule.recordings.replay import Reply, Request

#: Long enough for requests that are under way together to overtake each other.
_MEANWHILE = 0.05


@fault(
    {"group_with_members": "R52", "a_member_is_a_member_once": "R152"},
    follows={"bulk_ids_are_resolved": "R168"},
    why="It looks at the members of a group too, each by itself.",
)
async def members_are_shown_twice(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Every member of a group is listed twice."""

    def double(group: dict[str, Any]) -> None:
        group["members"] = [*group["members"], *group["members"]]

    return shown_otherwise(await ask(request), double, on=lambda one: "members" in one)


@fault({"the_deleted_leave_their_groups": "R162"})
async def the_deleted_stay_members(request: Request, ask: Ask, memory: Memory) -> Reply:
    """Who is deleted is still listed among the members."""
    endpoint, id = place(request)
    if (endpoint, request.method) == ("Users", "DELETE"):
        person = document_of(await ask(replace(request, method="GET", body=b"")))
        for group in person.get("groups") or ():
            memory.setdefault(group["value"], []).append({"value": id, "type": "User"})

    def haunt(group: dict[str, Any]) -> None:
        group["members"] = [*group.get("members", ()), *memory[group["id"]]]

    return shown_otherwise(await ask(request), haunt, on=lambda one: one["id"] in memory)


@fault({"no_member_is_lost": "R82"})
async def members_are_overwritten(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """add of members reads the group, adds, and writes all of them back."""
    match operations_of(request):
        case [{"op": "add", "path": "members", "value": list(added)}]:
            group = document_of(await ask(replace(request, method="GET", body=b"")))
            await asyncio.sleep(_MEANWHILE)
            known = [{"value": one["value"]} for one in group.get("members") or ()]
            more = [{"value": one["value"]} for one in added if {"value": one["value"]} not in known]
            write = {"op": "replace", "path": "members", "value": [*known, *more]}
            return await ask(with_operations(request, [write]))
    return await ask(request)


@fault({"no_change_is_lost": "R82"})
async def changes_are_overwritten(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """replace of a single value reads the person, changes, and writes all of it back."""
    match operations_of(request):
        case [
            {"op": "replace", "path": "displayName" | "nickName" | "title" | "locale" as name, "value": value}
        ]:
            if "?" not in request.path and place(request)[0] == "Users":
                person = document_of(await ask(replace(request, method="GET", body=b"")))
                if not person:
                    return await ask(request)
                await asyncio.sleep(_MEANWHILE)
                return await ask(asking(replace(request, method="PUT"), {**person, name: value}))
    return await ask(request)


@fault({"group_name_is_needed": "R50"})
async def groups_need_no_name(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A group without displayName is created."""
    document = document_of(request)
    if place(request) == ("Groups", "") and request.method == "POST" and "displayName" not in document:
        return Reply(
            201, {"content-type": "application/scim+json"}, json.dumps({**document, "id": "0"}).encode()
        )
    return await ask(request)
