"""The reference page of the API: every operation with its parameters, body, answer and problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docs.markdown import prose, table
from vestibule import registry
from vestibule.directory_bureau import api_resources
from vestibule.provisioning.api_token import AREAS as SENDING_AREAS
from vestibule.tenancy.scopes import AREAS
from vestibule.web.api.operation import Operation, Resource
from vestibule.web.api.problems import (
    EVERYWHERE,
    OF_BODIES,
    OF_KEYS,
    Fault,
    known_problems,
    slug_of,
    title_of,
)
from vestibule.web.api.schemas import faults_of, openapi_document

_REF = "#/components/schemas/"
#: Problems that many operations share are told once.
_SHARED = frozenset({*EVERYWHERE, *OF_BODIES, *OF_KEYS})


def api_page() -> str:
    """The resources in alphabetical order, their operations as they are declared, then the problems."""
    resources = list(registry.members("vestibule.web.api.resources", "RESOURCE").values())
    lines = [
        "# API",
        "",
        "Below `/api/v1`. The same as an OpenAPI 3.1 document: `/api/v1/openapi.json`, without a token. How it is used:",
        "[by hand, and with the typed client](../how-to/api.md).",
    ]
    return _page(lines, AREAS, resources)


def directory_api_page() -> str:
    """The sending side's, in the same order."""
    lines = [
        "# API of the sending side",
        "",
        "Below `/api/v1` of `vestibule directory serve`. The same as an OpenAPI 3.1 document: `/api/v1/openapi.json`, without",
        "a token. [How it is used](../how-to/directory-api.md); its conventions are those of the [other API](api.md).",
    ]
    return _page(lines, SENDING_AREAS, api_resources())


def _page(start: Sequence[str], areas: Mapping[str, str], resources: Sequence[Resource]) -> str:
    document = openapi_document(resources, "", "")
    lines = [
        *start,
        "",
        "## Scopes",
        "",
        "`AREA:read` and `AREA:write`, which includes reading; `*:read` and `*` are all of them.",
        "",
        *table(("area", "what it is about"), [(f"`{area}`", about) for area, about in areas.items()]),
    ]
    for resource in resources:
        lines += ["", f"## {resource.title}", "", resource.description]
        for operation in resource.operations:
            lines += ["", *_operation(operation, document)]
    return "\n".join([*lines, "", *_problems(resources)]) + "\n"


def _operation(operation: Operation, document: Mapping[str, Any]) -> Iterator[str]:
    described = document["paths"][operation.path][operation.method.lower()]
    yield f"### {operation.id}"
    yield ""
    scope = f"scope `{operation.scope}`" if operation.scope else "no token" if operation.open else "any token"
    yield f"`{operation.method} {operation.path}` · {scope}"
    yield ""
    yield prose(f"{operation.summary} {operation.description}")
    rows = [
        (
            f"`{one['name']}`",
            one["in"],
            _kind(one["schema"]),
            "yes" if one["required"] else "",
            one.get("description", ""),
        )
        for one in described["parameters"]
        if one["name"] != "Idempotency-Key"
    ]
    if "requestBody" in described:
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        rows += _members(schema["$ref"].removeprefix(_REF), document)
    if rows:
        yield ""
        yield from table(("name", "in", "type", "required", "what"), rows)
    own = [fault for fault in faults_of(operation) if fault not in _SHARED]
    yield ""
    yield f"Answers {operation.status}{_answered(operation, document)}."
    if own:
        yield f"Problems: {', '.join(f'[`{slug_of(fault)}`](#problems)' for fault in own)}."


def _members(name: str, document: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    schema = document["components"]["schemas"][name]
    required = set(schema.get("required", ()))
    return [
        (f"`{wire}`", "body", _kind(one), "yes" if wire in required else "", one.get("description", ""))
        for wire, one in schema["properties"].items()
    ]


def _answered(operation: Operation, document: Mapping[str, Any]) -> str:
    content = document["paths"][operation.path][operation.method.lower()]["responses"][
        str(operation.status)
    ].get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if operation.is_page:
        return f" with a page of {_told(schema['properties']['items']['items'], document)}"
    return f" with {_told(schema, document)}" if schema else ""


def _told(schema: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    if schema.get("type") == "array":
        return f"an array of {_told(schema['items'], document)}"
    name = schema.get("$ref", "").removeprefix(_REF)
    properties = document["components"]["schemas"].get(name, {}).get("properties")
    return ", ".join(f"`{wire}`" for wire in properties) if properties else "JSON"


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].removeprefix(_REF)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"array of {_kind(schema['items'])}"
    kind = str(schema.get("type", "any"))
    default = schema.get("default")
    return (
        f"{kind}, else `{str(default).lower() if isinstance(default, bool) else default}`"
        if default
        else kind
    )


def _problems(resources: Sequence[Resource]) -> Iterator[str]:
    operations = [operation for resource in resources for operation in resource.operations]
    known: Mapping[str, Fault] = known_problems([fault for one in operations for fault in faults_of(one)])
    yield "## Problems"
    yield ""
    yield "Every refusal is `application/problem+json` (RFC 9457). `type` is `/api/v1/problems/` and the first column; it can"
    yield "be read there too. `instance` and `requestId` lead to the story of the request."
    yield ""
    yield from table(
        ("problem", "status", "when"),
        [(f"`{slug}`", str(fault.status), title_of(fault)) for slug, fault in known.items()],
    )
