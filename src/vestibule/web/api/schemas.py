"""The OpenAPI 3.1 document, made of the operations as they are declared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.tenancy.errors import ChangedMeanwhile
from vestibule.web.api.message import adapter
from vestibule.web.api.operation import Operation, Parameter, Resource
from vestibule.web.api.problems import (
    EVERYWHERE,
    OF_BODIES,
    OF_CURSORS,
    OF_KEYS,
    PROBLEM_JSON,
    Fault,
    NoSuchPlace,
    slug_of,
    title_of,
)

Document = dict[str, Any]

_REF = "#/components/schemas/{model}"
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again within 24 hours with the same request, it gives the first answer again and does nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}

_VERSION_PARAMETER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that was read; where another version is there by now, nothing is changed (412).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


@dataclass(frozen=True, slots=True)
class About:
    """What an API says of itself: title, a sentence, and the command that issues its tokens."""

    title: str
    sentence: str
    issued_by: str


RECEIVING = About("Vestibule API", "Management and host-application API.", "vestibule api-token issue")


def openapi_document(
    resources: Sequence[Resource], public_url: str, version: str, about: About = RECEIVING
) -> Document:
    """The document of these resources, as served at that address."""
    schemas: Document = {"Problem": _PROBLEM}
    paths: Document = {}
    for resource in resources:
        for operation in resource.operations:
            paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": about.title,
            "version": version,
            "description": f"{about.sentence} Errors are problem details (RFC 9457); lists come in "
            "pages whose `next` is the cursor of the following one; every write takes an Idempotency-Key.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"{public_url}/api/v1"}],
        "tags": [
            {"name": one.name, "description": one.description, "x-displayName": one.title}
            for one in resources
        ],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "apiToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"vst_api_…, from `{about.issued_by}`.",
                }
            },
        },
    }


def faults_of(operation: Operation) -> tuple[Fault, ...]:
    """Every type of problem that the operation may answer with."""
    found: Iterable[Fault] = (*EVERYWHERE, *operation.raises)
    if operation.path_parameters:
        found = (*found, NoSuchPlace)
    if operation.body is not None:
        found = (*found, *OF_BODIES)
    if operation.versioned:
        found = (*found, ChangedMeanwhile)
    if operation.writes:
        found = (*found, *OF_KEYS)
    if any(one.name == "cursor" for one in operation.query_parameters):
        found = (*found, *OF_CURSORS)
    return tuple(dict.fromkeys(found))


def _operation(operation: Operation, schemas: Document) -> Document:
    document: Document = {
        "operationId": operation.id,
        "tags": [operation.resource],
        "summary": operation.summary,
        "parameters": [
            *(_parameter(one, "path", schemas) for one in operation.path_parameters),
            *(_parameter(one, "query", schemas) for one in operation.query_parameters),
            *([_VERSION_PARAMETER] if operation.versioned else []),
            *([_KEY_PARAMETER] if operation.writes and not operation.open else []),
        ],
        "responses": _responses(operation, schemas),
        "security": [] if operation.open else [{"apiToken": []}],
    }
    if operation.description:
        document["description"] = operation.description
    if operation.scope:
        document["x-scope"] = operation.scope
    if operation.body is not None:
        document["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(operation.body, schemas, "validation")}},
        }
    return document


def _parameter(parameter: Parameter, where: str, schemas: Document) -> Document:
    schema = _schema(parameter.type, schemas, "validation")
    description = schema.pop("description", None)
    forms = [form for form in schema.get("anyOf", ()) if form.get("type") != "null"]
    if len(forms) == 1:
        schema = {**{key: value for key, value in schema.items() if key != "anyOf"}, **forms[0]}
        description = description or schema.pop("description", None)
    if not parameter.required and parameter.default is not None:
        schema["default"] = getattr(parameter.default, "value", parameter.default)
    document: Document = {
        "name": parameter.wire,
        "in": where,
        "required": parameter.required,
        "schema": schema,
    }
    if schema.get("type") == "array":
        document |= {"style": "form", "explode": False}
    return {**document, "description": description} if description else document


def _responses(operation: Operation, schemas: Document) -> Document:
    good: Document = {"description": operation.summary}
    if operation.answer is not None:
        schema = _schema(operation.answer, schemas, "serialization")
        if operation.is_page:
            schema = {
                "type": "object",
                "required": ["items", "next"],
                "properties": {
                    "items": {"type": "array", "items": schema},
                    "next": {"type": ["string", "null"], "description": "The cursor of the next page."},
                },
            }
        good["content"] = {"application/json": {"schema": schema}}
    elif operation.status != 204:
        good["content"] = {operation.produces: {"schema": {}}}
    by_status: dict[int, list[Fault]] = {}
    for fault in faults_of(operation):
        by_status.setdefault(fault.status, []).append(fault)
    return {
        str(operation.status): good,
        **{str(status): _refusal(status, faults) for status, faults in sorted(by_status.items())},
    }


def _refusal(status: int, faults: Sequence[Fault]) -> Document:
    said = "\n".join(f"- `{slug_of(fault)}`: {title_of(fault)}" for fault in faults)
    document: Document = {
        "description": said,
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        document["headers"] = {
            "Retry-After": {"description": "Whole seconds.", "schema": {"type": "integer", "minimum": 1}}
        }
    return document


def _schema(type: Any, schemas: Document, mode: Any) -> Document:
    """The JSON Schema of a type; what it is made of goes among ``schemas``."""
    schema = adapter(type).json_schema(ref_template=_REF, mode=mode)
    schemas.update(schema.pop("$defs", {}))
    if schema.get("type") == "object" and "title" in schema and "properties" in schema:
        name = schema["title"]
        schemas[name] = schema
        return {"$ref": _REF.format(model=name)}
    return schema


_PROBLEM: Document = {
    "type": "object",
    "description": "Problem details (RFC 9457). `type` leads to an explanation, `instance` to the story of the request.",
    "required": ["type", "title", "status", "detail", "instance", "requestId"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri"},
        "requestId": {"type": "string"},
        "scimType": {"type": "string"},
        "parameter": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
