"""What may be asked where, and what is answered (RFC 7644 §3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vestibule.scim.document import Document

SCIM_JSON = "application/scim+json"

_SAID_OF_ALL = (400, 401, 403, 429, 500, 503)
_ID: Document = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "pattern": "^[A-Za-z0-9-]+$"},
}
#: U+0000 is no text here.
_TEXT: Document = {"type": "string", "pattern": "^[^\\u0000]*$"}
_NAMES = ("attributes", "excludedAttributes")
_QUERY: Mapping[str, Document] = {
    "filter": {**_TEXT, "description": "RFC 7644 §3.4.2.2"},
    "sortBy": _TEXT,
    "sortOrder": {"type": "string", "enum": ["ascending", "descending"]},
    "startIndex": {"type": "integer"},
    "count": {"type": "integer"},
    "cursor": {**_TEXT, "description": "RFC 9865: empty for the first page"},
}
_ETAG: Document = {"ETag": {"schema": {"type": "string", "pattern": '^W/"[0-9]+"$'}}}


def resource_paths(type: Document) -> dict[str, Any]:
    """Those of one resource type, by its ResourceType document."""
    name, endpoint = str(type["name"]), str(type["endpoint"])
    one, several, body = _shown(name, _ETAG), _shown(f"ListOf{name}"), _body(f"{name}ToWrite")
    created = {
        **_shown(
            name, {**_ETAG, "Location": {"required": True, "schema": {"type": "string", "format": "uri"}}}
        ),
        "links": {
            operation: {"operationId": f"{operation}{name}", "parameters": {"id": "$response.body#/id"}}
            for operation in ("read", "replace", "patch", "delete")
        },
    }
    # A group's PATCH has no body unless attributes are asked for; a client takes either (RFC 7644 §3.5.2).
    patched = {200: one, 204: _NOTHING}
    return {
        endpoint: {
            "get": _operation(f"list{name}", name, {200: several}, _listing()),
            "post": _operation(
                f"create{name}", name, {201: created}, _projecting(), body, more=(409, 413, 415, 501)
            ),
        },
        f"{endpoint}/.search": {
            "post": _operation(
                f"search{name}", name, {200: several}, (), _body("SearchRequest"), more=(413, 415)
            )
        },
        f"{endpoint}/{{id}}": {
            "parameters": [_ID],
            "get": _operation(f"read{name}", name, {200: one}, _projecting(), more=(404, 412)),
            "put": _operation(
                f"replace{name}", name, {200: one}, _projecting(), body, more=(404, 409, 412, 413, 415, 501)
            ),
            "patch": _operation(
                f"patch{name}",
                name,
                patched,
                _projecting(),
                _body("PatchOp"),
                more=(404, 409, 412, 413, 415, 501),
            ),
            "delete": _operation(f"delete{name}", name, {204: _NOTHING}, (), more=(404, 412, 501)),
        },
    }


def protocol_paths(types: Sequence[Document], *, offers_bulk: bool) -> dict[str, Any]:
    """The search over all types, and Bulk where it is offered."""
    any_of = {"anyOf": [{"$ref": f"#/components/schemas/{type['name']}"} for type in types]}
    several = {
        "description": "OK",
        "content": {
            SCIM_JSON: {
                "schema": {
                    "type": "object",
                    "properties": {"Resources": {"type": "array", "items": any_of}},
                    "required": ["schemas", "totalResults", "Resources"],
                }
            }
        },
    }
    search = _operation("search", "all types", {200: several}, (), _body("SearchRequest"), more=(413, 415))
    paths: dict[str, Any] = {"/.search": {"post": search}}
    if offers_bulk:
        bulk = _operation(
            "bulk", "Bulk", {200: _shown("BulkResponse")}, (), _body("BulkRequest"), more=(409, 413, 415)
        )
        paths["/Bulk"] = {"post": bulk}
    return paths


def discovery_paths() -> dict[str, Any]:
    """/ServiceProviderConfig, /ResourceTypes and /Schemas (RFC 7644 §4)."""
    paths: dict[str, Any] = {
        "/ServiceProviderConfig": {
            "get": {
                **_operation("readConfig", "discovery", {200: _shown("ServiceProviderConfig")}, ()),
                "security": [{}, {"token": []}],
            }
        }
    }
    for endpoint, name in (("ResourceTypes", "ResourceType"), ("Schemas", "Schema")):
        listed = {
            "description": "OK",
            "content": {SCIM_JSON: {"schema": {"type": "object", "required": ["Resources", "totalResults"]}}},
        }
        paths[f"/{endpoint}"] = {"get": _operation(f"list{endpoint}", "discovery", {200: listed}, ())}
        paths[f"/{endpoint}/{{id}}"] = {
            "parameters": [{**_ID, "schema": {"type": "string", "pattern": "^[A-Za-z0-9:._-]+$"}}],
            "get": _operation(f"read{name}", "discovery", {200: _shown(name)}, (), more=(404,)),
        }
    return paths


_NOTHING: Document = {"description": "Done; there is nothing to show."}


def _operation(
    id: str,
    tag: str,
    answers: Mapping[int, Document],
    parameters: Iterable[Document],
    body: Document | None = None,
    *,
    more: tuple[int, ...] = (),
) -> Document:
    refusals = {
        str(status): {"$ref": "#/components/responses/Error"} for status in sorted({*_SAID_OF_ALL, *more})
    }
    operation: Document = {
        "operationId": id,
        "tags": [tag],
        "responses": {**{str(status): answer for status, answer in answers.items()}, **refusals},
    }
    if listed := list(parameters):
        operation["parameters"] = listed
    if body is not None:
        operation["requestBody"] = body
    return operation


def _shown(name: str, headers: Document | None = None) -> Document:
    shown: Document = {
        "description": "OK",
        "content": {SCIM_JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }
    return {**shown, "headers": headers} if headers else shown


def _body(name: str) -> Document:
    content = {SCIM_JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {"required": True, "content": content}


def _projecting() -> list[Document]:
    """R126: names joined by commas; the two exclude each other (R129)."""
    return [{"name": name, "in": "query", "schema": _TEXT} for name in _NAMES]


def _listing() -> list[Document]:
    queries = [{"name": name, "in": "query", "schema": schema} for name, schema in _QUERY.items()]
    return [*queries, *_projecting()]
