"""A server that patches wrongly."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.judge.faults.fault import (
    Ask,
    Memory,
    answering,
    document_of,
    fault,
    operations_of,
    place,
    refusal,
    shown_otherwise,
    with_operations,
)
from vestibule.recordings.replay import Reply, Request


@fault(
    {"remove_takes_away": "R153", "members_come_and_go": "R153"},
    follows={"push_memberships": "W86"},
    why="Okta removes one member in this very form.",
)
async def remove_with_a_filter_removes_all(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """remove of members[value eq "x"] removes every member."""
    operations = operations_of(request)
    for one in operations:
        if str(one.get("op")).lower() == "remove":
            one["path"] = re.sub(r"\[.*\]$", "", str(one.get("path") or "")) or None
    if not any(one.get("path") for one in operations):
        return await ask(request)
    return await ask(with_operations(request, operations))


@fault({"patch_is_whole_or_nothing": "R148"})
async def patch_is_not_atomic(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Each operation is carried out on its own, up to the first that fails."""
    operations = operations_of(request)
    if request.method != "PATCH" or len(operations) < 2:
        return await ask(request)
    for one in operations:
        reply = await ask(with_operations(request, [one]))
        if reply.status >= 400:
            break
    return reply


@fault(
    {"replace_of_arrays": "R158", "all_members_replaced_and_removed": "R158"},
    follows={"push_now": "W88"},
    why="“Push Now” replaces the members of a group.",
)
async def replace_adds(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """replace of an array adds to it."""
    operations = operations_of(request)
    for one in operations:
        if one.get("op") == "replace" and one.get("path") in ("emails", "members"):
            one["op"] = "add"
    return await ask(with_operations(request, operations) if operations else request)


@fault({"replace_of_a_part": "R157"})
async def replace_of_a_part_forgets_the_rest(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """replace of a complex attribute unassigns the parts that were not named."""
    operations = []
    for one in operations_of(request):
        if one.get("op") == "replace" and one.get("path") == "name":
            operations.append({"op": "remove", "path": "name"})
        operations.append(one)
    return await ask(with_operations(request, operations) if operations else request)


@fault({"add_of_what_is_there": "R152"})
async def a_change_of_nothing_counts(request: Request, ask: Ask, memory: Memory) -> Reply:
    """A PATCH that changes nothing moves meta.lastModified."""
    _, id = place(request)
    before = await ask(replace(request, method="GET", body=b"")) if request.method == "PATCH" else None
    reply = await ask(request)
    if before is not None and reply.status == 200:
        met, now = document_of(before).get("meta"), document_of(reply).get("meta")
        if met == now:
            memory[id] = datetime.now(UTC).isoformat(timespec="milliseconds")

    def move(resource: dict[str, Any]) -> None:
        resource["meta"]["lastModified"] = memory[resource["id"]]

    return shown_otherwise(reply, move, on=lambda one: "meta" in one and one["id"] in memory)


@fault({"a_new_primary_takes_over": "R147"})
async def two_are_primary(request: Request, ask: Ask, memory: Memory) -> Reply:
    """After a PATCH of primary every address is the primary one."""
    reply = await ask(request)
    if any(str(one.get("path")).endswith(".primary") for one in operations_of(request)):
        memory[place(request)[1]] = True

    def raise_all(resource: dict[str, Any]) -> None:
        for address in resource.get("emails") or ():
            address["primary"] = True

    return shown_otherwise(reply, raise_all, on=lambda one: one["id"] in memory)


@fault({"what_must_not_be_removed": "R144"})
async def patch_of_the_id_is_passed_over(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A PATCH of the id is answered as if it had been carried out."""
    if any(one.get("path") == "id" for one in operations_of(request)):
        reply = await ask(replace(request, method="GET", body=b""))
        return answering(reply, document_of(reply))
    return await ask(request)


@fault({"remove_needs_a_path": "R142"})
async def remove_without_a_path_is_taken(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """remove without path is answered 204."""
    reply = await ask(request)
    pathless = [one for one in operations_of(request) if one.get("op") == "remove" and not one.get("path")]
    return Reply(204, {}, b"") if pathless else reply


@fault(
    {"replace_without_path": "R155", "add_without_path": "R150", "leave_and_return_by_patch": "W43"},
    follows={"rename_a_group": "W85", "push_memberships": "W85", "paths_as_keys": "K20"},
    why="Okta renames a group without path, before each push; Entra sends several attributes so.",
)
async def a_path_is_demanded(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """An operation without path is refused."""
    if any(not one.get("path") and "value" in one for one in operations_of(request)):
        return refusal(400, "noTarget", "A path is needed.")
    return await ask(request)


_EVERY_PATCH_OF_ENTRA = {
    "disable_with_text": "K18",
    "disabled_and_then_deleted": "K26",
    "value_paths_create": "K19",
    "paths_as_keys": "K20",
    "manager_in_every_form": "K22",
    "members_as_entra_sends_them": "K21",
    "group_patch_answers_204": "K25",
    "many_members_in_one_patch": "K38",
}


@fault(
    {"operations_in_capitals": "K17"},
    follows=_EVERY_PATCH_OF_ENTRA,
    why="Entra capitalises the operation in every PATCH it sends.",
)
async def op_has_letter_case(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Add, Replace and Remove are unknown operations."""
    if any(str(one.get("op")) != str(one.get("op")).lower() for one in operations_of(request)):
        return refusal(400, "invalidSyntax", "op is one of add, remove and replace.")
    return await ask(request)


@fault({"disable_with_text": "K18"})
async def a_text_is_true(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Any text where a boolean belongs is read as true in a PATCH."""
    operations = operations_of(request)
    for one in operations:
        if one.get("path") == "active" and isinstance(one.get("value"), str):
            one["value"] = True
    return await ask(with_operations(request, operations) if operations else request)


@fault({"value_paths_create": "K19"}, heals=("no_target_is_an_error",))
async def value_paths_do_not_create(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A path to a value that is not there is refused, as the RFC has it."""
    for one in operations_of(request):
        match = re.fullmatch(r'phoneNumbers\[type eq "(\w+)"\]\.value', str(one.get("path")))
        if match:
            before = document_of(await ask(replace(request, method="GET", body=b"")))
            if match[1] not in [phone.get("type") for phone in before.get("phoneNumbers") or ()]:
                return refusal(400, "noTarget", "No value matches the filter.")
    return await ask(request)


@fault({"members_as_entra_sends_them": "K21"})
async def a_list_of_values_is_passed_over(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """remove of members with a list of values removes every member."""
    operations = operations_of(request)
    for one in operations:
        if str(one.get("op")).lower() == "remove" and one.get("path") == "members":
            one.pop("value", None)
    return await ask(with_operations(request, operations) if operations else request)


@fault(
    {"leave_and_return_by_put": "W32", "profile_push": "W32", "put_ignores_read_only": "R137"},
    follows={"emptied_values": "W37", "push_by_put": "W91"},
    why="Okta's wizard apps send back what they were shown in every PUT.",
)
async def read_only_values_in_a_put_are_refused(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A PUT with meta in it is refused."""
    if request.method == "PUT" and "meta" in document_of(request):
        return refusal(400, "mutability", "meta is read-only.")
    return await ask(request)
