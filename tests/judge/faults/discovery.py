"""A server that says of itself what is not so."""

from __future__ import annotations

from tests.judge.faults.fault import Ask, Memory, answering, document_of, fault, place
from vestibule.recordings.replay import Reply, Request

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@fault({"user_name_is_declared_required": "R37"})
async def schemas_lie(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """/Schemas says that a userName is not required."""
    reply = await ask(request)
    if place(request)[0] != "Schemas":
        return reply
    document = document_of(reply)
    for schema in document.get("Resources", [document]):
        for attribute in schema.get("attributes", ()):
            if attribute["name"] == "userName":
                attribute["required"] = False
    return answering(reply, document)


@fault({"types_agree_with_schemas": "R62"})
async def an_extension_is_not_served(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """/Schemas lacks the enterprise extension, which /ResourceTypes names."""
    reply = await ask(request)
    document = document_of(reply)
    if place(request) != ("Schemas", "") or "Resources" not in document:
        return reply
    kept = [schema for schema in document["Resources"] if schema["id"] != _ENTERPRISE]
    return answering(reply, {**document, "Resources": kept, "totalResults": len(kept)})


@fault({"configuration_has_its_limits": "R57"})
async def limits_are_not_told(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """ServiceProviderConfig does not say how many results a filter gives at most."""
    reply = await ask(request)
    document = document_of(reply)
    if place(request)[0] != "ServiceProviderConfig" or reply.status != 200:
        return reply
    return answering(reply, {**document, "filter": {"supported": True}})


@fault({"bulk_that_is_not_offered": "R60"})
async def bulk_is_denied_and_works(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """ServiceProviderConfig says that bulk is not supported; POST /Bulk works all the same."""
    reply = await ask(request)
    document = document_of(reply)
    if place(request)[0] != "ServiceProviderConfig" or reply.status != 200:
        return reply
    return answering(reply, {**document, "bulk": {**document["bulk"], "supported": False}})


@fault({"schemas_have_no_nulls": "W121"})
async def schemas_have_nulls(request: Request, ask: Ask, _memory: Memory) -> Reply:
    """/Schemas shows canonicalValues null where there are none."""
    reply = await ask(request)
    document = document_of(reply)
    if place(request)[0] != "Schemas" or reply.status != 200:
        return reply
    for schema in document.get("Resources", [document]):
        for attribute in schema.get("attributes", ()):
            attribute.setdefault("canonicalValues", None)
    return answering(reply, document)


@fault(
    {"nobody_gets_in_without_a_token": "R78"},
    follows={"spec_11_errors_in_words": "W100b"},
    why="Step 12 of Okta's suite asks with a word that is no token, and wants 401.",
)
async def any_token_will_do(request: Request, ask: Ask, memory: Memory) -> Reply:
    """Whoever asks is taken for the one who asked before with a token that is good."""
    reply = await ask(request)
    if reply.status != 401:
        memory["good"] = request.headers.get("authorization", "")
        return reply
    headers = {**request.headers, "authorization": memory.get("good", "")}
    return await ask(Request(request.method, request.path, headers, request.body))
