"""A server whose errors, media types or representations are not SCIM's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.judge.faults.fault import Ask, Memory, answering, document_of, fault, shown_otherwise
from vestibule.recordings.replay import Reply, Request


@fault({"the_media_type": "R89"})
async def plain_json(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Every answer is application/json."""
    reply = await ask(request)
    told = {name: value for name, value in reply.headers.items() if name != "content-type"}
    return replace(reply, headers={**told, "content-type": "application/json"}) if reply.body else reply


@fault(
    {"errors_are_scim_errors": "R83"},
    follows={"spec_11_errors_in_words": "W100b"},
    why="The last steps of Okta's suite read errors.",
)
async def errors_without_schemas(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """Errors do not name their schema."""
    reply = await ask(request)
    if reply.status < 400:
        return reply
    return answering(reply, {key: value for key, value in document_of(reply).items() if key != "schemas"})


@fault({"errors_are_scim_errors": "R84"})
async def status_as_a_number(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """The status in an error is a number."""
    reply = await ask(request)
    return answering(reply, {**document_of(reply), "status": reply.status}) if reply.status >= 400 else reply


@fault(
    {"scim_types_are_known": "R85"},
    follows={
        "bad_filters_are_refused": "R119",
        "a_bad_search_is_refused": "R130",
        "complex_needs_a_part": "R117",
        "booleans_have_no_order": "R112",
    },
    why="Each of them wants the word invalidFilter.",
)
async def a_scim_type_of_its_own(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A filter that is not understood is badFilter."""
    reply = await ask(request)
    document = document_of(reply)
    if document.get("scimType") != "invalidFilter":
        return reply
    return answering(reply, {**document, "scimType": "badFilter"})


@fault(
    {"broken_bodies_are_refused": "R84", "nothing_breaks_the_server": "R86"},
)
async def a_broken_body_breaks_it(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """A body that is no JSON object is answered 500."""
    reply = await ask(request)
    if request.method != "POST" or reply.status != 400 or document_of(request):
        return reply
    return answering(reply, {**document_of(reply), "status": "500"}, 500)


@fault({"no_internals_are_shown": "R87"})
async def a_stack_trace(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """404 tells where in the code it arose."""
    reply = await ask(request)
    if reply.status != 404:
        return reply
    trace = 'Traceback (most recent call last):\n  File "users.py", line 7, in show'
    return answering(reply, {**document_of(reply), "detail": trace})


@fault({"every_resource_names_its_schemas": "R22", "extension_by_path": "R145"})
async def extensions_are_not_named(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """schemas names the core schema alone."""

    def name_the_first(resource: dict[str, Any]) -> None:
        resource["schemas"] = [urn for urn in resource["schemas"] if ":core:" in urn]

    return shown_otherwise(await ask(request), name_the_first, on=lambda one: "schemas" in one)
