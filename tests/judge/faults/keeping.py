"""A server that creates, keeps and deletes people wrongly."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.judge.faults.fault import (
    Ask,
    Memory,
    answering,
    asking,
    document_of,
    fault,
    place,
    resources_of,
    shown_otherwise,
)
from vestibule.recordings.replay import Reply, Request


@fault(
    {"group_with_members": "R96", "push_a_new_group": "W83", "group_as_entra_sends_it": "W106"},
)
async def a_group_is_created_with_200(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """POST /Groups answers 200."""
    reply = await ask(request)
    return replace(reply, status=200) if place(request) == ("Groups", "") and reply.status == 201 else reply


@fault({"create_says_where": "R96"})
async def no_location(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """The answer to a POST has no Location."""
    reply = await ask(request)
    if request.method != "POST":
        return reply
    return replace(
        reply, headers={name: value for name, value in reply.headers.items() if name != "location"}
    )


@fault({"change_moves_last_modified": "R33"})
async def created_moves(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """meta.created is the time of the latest change."""

    def move(resource: dict[str, Any]) -> None:
        if "meta" in resource:
            resource["meta"]["created"] = resource["meta"]["lastModified"]

    return shown_otherwise(await ask(request), move)


@fault({"change_moves_last_modified": "R34"})
async def last_modified_stays(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """meta.lastModified is the time of creation for ever."""

    def stay(resource: dict[str, Any]) -> None:
        if "meta" in resource:
            resource["meta"]["lastModified"] = resource["meta"]["created"]

    return shown_otherwise(await ask(request), stay)


@fault({"etag_and_version_agree": "R36"})
async def version_is_another(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """meta.version is not the ETag."""

    def tell(resource: dict[str, Any]) -> None:
        if "meta" in resource:
            resource["meta"]["version"] = 'W/"0"'

    return shown_otherwise(await ask(request), tell)


def _renamed(message: Request | Reply, names: dict[str, str]) -> Any:
    """The message with every text in path, query and body replaced."""
    body = message.body
    for name, other in names.items():
        body = body.replace(name.encode(), other.encode())
    if isinstance(message, Reply):
        headers = dict(message.headers)
        for name, other in names.items():
            headers = {key: value.replace(name, other) for key, value in headers.items()}
        return Reply(message.status, headers, body)
    path = message.path
    for name, other in names.items():
        path = path.replace(name, other)
    return replace(message, path=path, body=body)


@fault({"a_deleted_name_is_free": "R26"})
async def ids_are_given_again(request: Request, ask: Ask, memory: Memory) -> Reply:
    """Who is created after somebody was deleted gets the id of the deleted."""
    # What is shown by what is kept.
    shown: dict[str, str] = memory.setdefault("shown", {})
    reply = await ask(_renamed(request, {new: old for old, new in shown.items()}))
    endpoint, id = place(request)
    if endpoint == "Users" and request.method == "DELETE" and reply.status == 204:
        memory["free"] = id
        memory["shown"] = shown = {old: new for old, new in shown.items() if new != id}
    elif (endpoint, id, reply.status) == ("Users", "", 201) and memory.get("free"):
        shown[str(document_of(reply)["id"])] = memory.pop("free")
    return _renamed(reply, shown)  # type: ignore[no-any-return]


@fault({"read_only_is_ignored_on_create": "R27"})
async def the_client_chooses_the_id(request: Request, ask: Ask, memory: Memory) -> Reply:
    """A POST with an id creates that id."""
    shown: dict[str, str] = memory.setdefault("shown", {})
    reply = await ask(_renamed(request, {new: old for old, new in shown.items()}))
    chosen = document_of(request).get("id")
    if place(request) == ("Users", "") and reply.status == 201 and chosen:
        shown[str(document_of(reply)["id"])] = chosen
    return _renamed(reply, shown)  # type: ignore[no-any-return]


@fault(
    {"delete": "R161"},
    follows={"disabled_and_then_deleted": "W116"},
    why="Entra's part reads the deleted person too.",
)
async def the_deleted_are_still_shown(request: Request, ask: Ask, memory: Memory) -> Reply:
    """GET of a deleted person shows them as they were."""
    endpoint, id = place(request)
    if endpoint == "Users" and request.method == "DELETE":
        before = await ask(replace(request, method="GET"))
        reply = await ask(request)
        if reply.status == 204:
            memory[id] = before
        return reply
    reply = await ask(request)
    return memory[id] if reply.status == 404 and request.method == "GET" and id in memory else reply


@fault(
    {"delete": "R160", "delete_a_group": "R160"},
    follows={"disabled_and_then_deleted": "W116", "deleted_twice": "K36"},
    why="Entra's part deletes too, and wants 204.",
)
async def delete_answers_200(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """DELETE answers 200 with an empty object."""
    reply = await ask(request)
    if request.method != "DELETE" or reply.status != 204:
        return reply
    return Reply(200, {"content-type": "application/scim+json"}, b"{}")


@fault(
    {"duplicate_is_refused": "R98", "one_of_many_creates": "R38"},
    follows={"spec_6_create_in_mixed_case": "W25", "lookup_finds_what_create_collides_with": "W26"},
    why="Both of Okta's sequences create somebody twice, and want 409.",
)
async def names_are_not_unique(request: Request, ask: Ask, memory: Memory) -> Reply:
    """A second person of a userName is created like the first."""
    shown: dict[str, str] = memory.setdefault("shown", {})
    reply = await ask(request)
    if place(request) == ("Users", "") and request.method == "POST" and reply.status == 409:
        document = document_of(request)
        other = f"{len(shown)}~{document['userName']}"
        shown[other] = document["userName"]
        reply = await ask(asking(request, {**document, "userName": other}))
    return _renamed(reply, shown)  # type: ignore[no-any-return]


@fault({"duplicate_is_refused": "R98"})
async def a_clash_without_scim_type(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """409 has no scimType."""
    reply = await ask(request)
    if reply.status != 409:
        return reply
    return answering(reply, {key: value for key, value in document_of(reply).items() if key != "scimType"})


@fault({"membership_comes_from_groups_alone": "R47"})
async def groups_of_a_person_are_writable(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """groups in a POST of a person make them a member."""
    reply = await ask(request)
    if place(request) == ("Users", "") and reply.status == 201:
        for group in document_of(request).get("groups") or ():
            member = {"value": document_of(reply)["id"]}
            change = {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "add", "path": "members", "value": [member]}],
            }
            asked = replace(request, method="PATCH", path=f"/Groups/{group['value']}")
            await ask(asking(asked, change))
    return reply


@fault({"password_never_comes_back": "R41"})
async def the_password_is_echoed(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """The answer to a POST shows the password that was sent."""
    reply = await ask(request)
    password = document_of(request).get("password")
    if reply.status != 201 or not password:
        return reply
    return answering(reply, {**document_of(reply), "password": password})


@fault(
    {
        "external_id_is_case_exact": "R31",
        "create_as_okta_sends_it": "W21",
        "create_as_entra_sends_it": "W105",
    },
    follows={"matching_attributes": "K23"},
    why="Entra's lookup by externalId finds nobody where none is kept.",
)
async def external_ids_are_dropped(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """externalId of a person is passed over."""
    document = document_of(request)
    if place(request)[0] == "Users" and "externalId" in document:
        request = asking(request, {key: value for key, value in document.items() if key != "externalId"})
    return await ask(request)


@fault(
    {"booleans_are_booleans": "R4"},
    follows={"a_new_primary_takes_over": "R147", "selectors_come_back": "W59"},
    why="Both look for the value with primary true, and there is none.",
)
async def a_boolean_as_text(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """primary of an address is shown as the text "true"."""

    def spell(resource: dict[str, Any]) -> None:
        for address in resource.get("emails") or ():
            if "primary" in address:
                address["primary"] = str(address["primary"]).lower()

    return shown_otherwise(await ask(request), spell)


@fault({"values_stay_as_written": "K27"})
async def addresses_are_lower_cased(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """E-mail addresses are kept in lower case."""
    document = document_of(request)
    for address in document.get("emails") or ():
        address["value"] = address["value"].lower()
    return await ask(asking(request, document) if document.get("emails") else request)


@fault(
    {"every_script_survives": "R88"},
    follows={"values_are_decoded": "R75"},
    why="The person who is looked for there has an accent in the name.",
)
async def only_ascii_survives(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Letters beyond ASCII become question marks."""
    document = document_of(request)
    if place(request)[0] == "Users" and "userName" in document:
        told = json.dumps(document, ensure_ascii=False).encode("ascii", "replace").decode()
        request = asking(request, json.loads(told))
    return await ask(request)


@fault(
    {"put_never_creates": "R133"},
    follows={"delete": "R161"},
    why="A PUT to who was deleted is a PUT to nobody.",
)
async def put_creates(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """PUT to an unknown id creates somebody."""
    reply = await ask(request)
    if request.method == "PUT" and reply.status == 404:
        return await ask(replace(request, method="POST", path="/Users"))
    return reply


@fault({"put_replaces": "R134"})
async def put_appends_addresses(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """PUT adds addresses to those that are there."""
    document = document_of(request)
    if place(request)[0] == "Users" and request.method == "PUT" and document.get("emails"):
        before = document_of(await ask(replace(request, method="GET", body=b"")))
        given = [one["value"] for one in document["emails"]]
        more = [{**one, "primary": False} for one in before.get("emails") or () if one["value"] not in given]
        request = asking(request, {**document, "emails": [*document["emails"], *more]})
    return await ask(request)


@fault(
    {"inactive_people_stay_readable": "R40"},
    follows={
        "leave_and_return_by_patch": "W47",
        "lookup_finds_what_create_collides_with": "W26",
        "disabled_and_then_deleted": "K26",
    },
    why="Okta and Entra look for those whom they deactivated.",
)
async def the_inactive_are_not_found(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A lookup by userName shows active people alone."""
    reply = await ask(request)
    if request.method != "GET" or "filter=userName%20eq" not in request.path:
        return reply
    document = document_of(reply)
    kept = [one for one in resources_of(document) if one.get("active") is not False]
    return answering(reply, {**document, "Resources": kept, "totalResults": len(kept)})
