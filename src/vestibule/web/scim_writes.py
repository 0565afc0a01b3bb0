"""POST, PUT, PATCH and DELETE on resources: body in, dialect before the engine, Change out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from vestibule.directory.as_declared import as_declared
from vestibule.directory.change import Change
from vestibule.directory.change_document import change_document
from vestibule.directory.links import has_links, with_links
from vestibule.directory.request import Create, Delete, Patch, Replace, Request, Standing
from vestibule.directory.run import carry_out, decided
from vestibule.directory.store import Recorded, Row
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects.repair import Repaired, repair_document, repair_patch
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidSyntax, InvalidValue, ScimError, Unavailable, UnsupportedMediaType
from vestibule.scim.patch import parse_patch
from vestibule.scim.projection import Projection, default_projection
from vestibule.web.errors import error_reply, note_fault
from vestibule.web.exchange import GROUP_BODY_LIMIT, USER_BODY_LIMIT, Exchange, Reply
from vestibule.web.plain_people import plain_people
from vestibule.web.redaction import redacted_body, redacted_query, redacted_text
from vestibule.web.rendering import location, projected, render, with_members
from vestibule.web.repeated_names import refuse_repeated_names
from vestibule.web.scope import ScimScope


async def create(scope: ScimScope, exchange: Exchange, type: CompiledType) -> Reply:
    """POST on an endpoint (R95–R99)."""
    body = await read_object(exchange, body_limit(type))
    if type.name == "User":
        checked = plain_people(type).read(exchange.body_read, body, strict=scope.standing.strict)
        if checked is not None:
            return await _write(scope, exchange, type, scope.standing, Create(type.name, body, checked))
    repaired = repair_document(scope.dialect, type, body)
    standing = _with_repairs(scope.standing, exchange, repaired)
    return await _write(scope, exchange, type, standing, Create(type.name, repaired.body))


async def replace_one(scope: ScimScope, exchange: Exchange, type: CompiledType, id: str) -> Reply:
    """PUT on an id (R131–R139)."""
    body = await read_object(exchange, body_limit(type))
    repaired = repair_document(scope.dialect, type, body)
    standing = _with_repairs(scope.standing, exchange, repaired)
    request = Replace(
        type.name, id, repaired.body, _if_match(exchange), repaired.kept, _if_none_match(exchange)
    )
    return await _write(scope, exchange, type, standing, request)


async def patch_one(scope: ScimScope, exchange: Exchange, type: CompiledType, id: str) -> Reply:
    """PATCH on an id (R140–R159)."""
    body = await read_object(exchange, body_limit(type))
    repaired = repair_patch(scope.dialect, type, body)
    standing = _with_repairs(scope.standing, exchange, repaired)
    operations = parse_patch(repaired.body, strict=scope.standing.strict)
    wants_body = type.name != "Group" or "attributes" in exchange.query
    request = Patch(type.name, id, operations, _if_match(exchange), wants_body, _if_none_match(exchange))
    return await _write(scope, exchange, type, standing, request)


async def delete_one(scope: ScimScope, exchange: Exchange, type: CompiledType, id: str) -> Reply:
    """DELETE on an id (R160–R163)."""
    request = Delete(type.name, id, _if_match(exchange), _if_none_match(exchange))
    return await _write(scope, exchange, type, scope.standing, request)


async def read_object(exchange: Exchange, limit: int) -> Document:
    """The body as a JSON object; 400, 413 or 415 at once for everything else."""
    media_type = exchange.header(b"content-type").partition(";")[0].strip().lower()
    if media_type not in ("", "application/scim+json", "application/json"):
        raise UnsupportedMediaType(
            f"The body is sent as {media_type[:80]!r}. Send it as application/scim+json (application/json is taken too)."
        )
    raw = await exchange.body(limit)
    if not raw:
        raise InvalidSyntax("The body is empty. Send a JSON object.")
    try:
        parsed: Any = orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        raise _unreadable(exchange, raw, str(fault)) from None
    if not isinstance(parsed, dict):
        raise InvalidSyntax(f"The body is a JSON {_json_kind(parsed)}. Send a JSON object.")
    refuse_repeated_names(raw, parsed)
    exchange.document = parsed
    return parsed


def _unreadable(exchange: Exchange, raw: bytes, fault: str) -> ScimError:
    if coding := exchange.header(b"content-encoding").strip():
        return UnsupportedMediaType(
            f"The body is sent with Content-Encoding {coding[:80]!r}. Send it as it is, without one."
        )
    try:
        raw.decode()
    except UnicodeDecodeError as broken:
        return InvalidSyntax(
            f"The body is no UTF-8: byte {broken.start + 1} cannot be read. Send JSON in UTF-8 (RFC 7644 §3.8)."
        )
    return InvalidSyntax(f"The body is no JSON: {fault}.")


def body_limit(type: CompiledType) -> int:
    """How large a body for that resource type may be."""
    return GROUP_BODY_LIMIT if type.name == "Group" else USER_BODY_LIMIT


async def _write(
    scope: ScimScope, exchange: Exchange, type: CompiledType, standing: Standing, request: Request
) -> Reply:
    projection = Projection.from_query(type, exchange.query, strict=standing.strict)
    if not default_projection(type).is_default:
        projection = projection.and_written(_named_by(request))
    part = exchange.part
    if b"vestibule-dry-run" in exchange.headers and is_dry_run(exchange):
        known = part.facts(standing) if part is not None else None
        change = await decided(scope.store, standing, request, scope.clock, scope.new_id, known, scope.ask)
        if part is not None:
            part.change = change
        return _dry_run(change, scope, exchange)

    def record(change: Change) -> Recorded:
        return _recorded(scope, exchange, type, standing, change)

    applied = await carry_out(scope.store, standing, request, scope.clock, scope.new_id, record, scope.ask)
    if part is not None:
        part.change = applied.change
        if applied.change.answer.error is None and not part.shows_resource:
            return Reply(applied.change.answer.status, recorded=True)
    try:
        reply = await _reply(scope, exchange, type, applied.change, projection)
    except Exception as fault:
        reply = _made_but_not_shown(fault, scope, exchange)
    reply.recorded = True
    return reply


def _made_but_not_shown(fault: Exception, scope: ScimScope, exchange: Exchange) -> Reply:
    """The change is committed: whatever went wrong since, the answer must not say that nothing was changed."""
    seconds = 5
    if isinstance(fault, Unavailable):
        seconds = fault.retry_after
    else:
        note_fault(fault, exchange.request_id)
    sentence = "The change was made, but it could not be read back. Read the resource again."
    return error_reply(Unavailable(sentence, seconds), scope.standing.public_url, exchange.request_id)


async def _reply(
    scope: ScimScope, exchange: Exchange, type: CompiledType, change: Change, projection: Projection
) -> Reply:
    answer = change.answer
    if answer.error is not None:
        return error_reply(answer.error, scope.standing.public_url, exchange.request_id)
    resource = answer.resource
    if resource is None:
        return Reply(answer.status)
    headers = [(b"etag", resource.etag.encode())]
    if answer.status == 201:
        headers.append((b"location", location(scope.base_url, type.endpoint, resource.id).encode()))
    groups = b""
    if (
        type.name == "User"
        and projection.wants_groups
        and (answer.status != 201 or change.members or resource.version > 1)
    ):
        row = await scope.store.get(
            scope.tenant, type.name, resource.id, scope.connection, with_groups=True, base_url=scope.base_url
        )
        groups = row.groups if row else b""
    (shown,) = as_declared(scope.standing.profile, (Row(resource),))
    if has_links(type, (shown,)):
        (shown,) = await with_links(scope.store, scope.standing, (shown,), scope.base_url)
    resource = shown.resource
    kept = exchange.rendered
    if kept is not None and kept[0] is resource and not groups:
        rendered = kept[1]
    else:
        rendered = render(resource, scope.base_url, type.endpoint, groups)
    if type.name == "Group" and projection.wants_members:
        members = await scope.store.members(scope.tenant, resource.id, scope.base_url)
        return Reply(answer.status, await with_members(rendered, members, projection), headers)
    return Reply(answer.status, projected(rendered, projection), headers)


def _named_by(request: Request) -> list[str]:
    """Paths that a write names: attributes of *returned* request are shown after it (R73)."""
    match request:
        case Create(_, document) | Replace(_, _, document):
            return list(_paths(document))
        case Patch(_, _, operations):
            with_path = [str(operation.path.attribute) for operation in operations if operation.path]
            values = [o.value for o in operations if o.path is None and isinstance(o.value, dict)]
            return [*with_path, *(path for value in values for path in _paths(value))]
    return []


def _paths(document: Document) -> Iterator[str]:
    """The top-level paths of a document, those of an extension after its URN."""
    for name, value in document.items():
        if ":" in name and isinstance(value, dict):
            yield from (f"{name}:{inner}" for inner in value)
        else:
            yield name


def is_dry_run(exchange: Exchange) -> bool:
    """Whether the header, which is there, asks for one.

    InvalidValue for a word that is neither: who asks in other words must not write for real.
    """
    said = exchange.header(b"vestibule-dry-run").strip()
    if said.lower() not in ("true", "false"):
        raise InvalidValue(f"Vestibule-Dry-Run is {said[:40]!r}. Send true or false. Nothing was changed.")
    return said.lower() == "true"


def _dry_run(change: Change, scope: ScimScope, exchange: Exchange) -> Reply:
    """What would have happened; a refusal has the status that the real call would get.

    Nothing is left behind, in the request log neither (design §4).
    """
    if change.answer.error is not None:
        reply = error_reply(change.answer.error, scope.standing.public_url, exchange.request_id)
    else:
        reply = Reply(200, orjson.dumps(change_document(change)), content_type=b"application/json")
    reply.recorded = True
    return reply


def _recorded(
    scope: ScimScope, exchange: Exchange, type: CompiledType, standing: Standing, change: Change
) -> Recorded:
    answer = change.answer
    payload: dict[str, Any] = {
        "query": redacted_query(exchange.query_string, exchange.query_read),
        "user_agent": exchange.header(b"user-agent")[:200],
        "request": redacted_body(exchange.body_read),
        "response": _response_text(scope, exchange, type, change),
    }
    if change.explanation.role:
        payload["role"] = dict(change.explanation.role)
    subject_id = answer.resource.id if answer.resource else ""
    if not subject_id and change.audit:
        subject_id = change.audit.subject_id
    return Recorded(
        id=exchange.request_id,
        tenant=standing.tenant,
        connection=standing.connection,
        at=exchange.at,
        method=exchange.method,
        path=exchange.path,
        status=answer.status,
        duration_us=int((time.perf_counter() - exchange.started) * 1e6),
        dialect=standing.dialect,
        token_name=scope.admission.token_name,
        subject_type=type.name,
        subject_id=subject_id,
        rule=change.explanation.rule,
        reason=change.explanation.reason,
        payload=payload,
        notes=change.explanation.notes,
    )


def _response_text(scope: ScimScope, exchange: Exchange, type: CompiledType, change: Change) -> str:
    answer = change.answer
    if answer.error is not None:
        return redacted_text(answer.error.detail)
    if answer.resource is None:
        return ""
    rendered = render(answer.resource, scope.base_url, type.endpoint)
    exchange.rendered = (answer.resource, rendered)
    return redacted_body(rendered)


def _with_repairs(standing: Standing, exchange: Exchange, repaired: Repaired) -> Standing:
    if not repaired.tolerances:
        return standing
    exchange.tolerances, exchange.notes = repaired.tolerances, repaired.notes
    return replace(standing, tolerances=repaired.tolerances, notes=repaired.notes)


def _if_match(exchange: Exchange) -> str | None:
    return exchange.header(b"if-match").strip() or None


def _if_none_match(exchange: Exchange) -> str | None:
    return exchange.header(b"if-none-match").strip() or None


def _json_kind(value: Any) -> str:
    if value is None:
        return "null"
    return {list: "array", str: "string", bool: "boolean"}.get(type(value), "number")
