"""The OpenAPI document as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.scim.document import Document
from vestibule.scim.openapi.messages import MESSAGES, bulk_messages, list_of
from vestibule.scim.openapi.paths import SCIM_JSON, discovery_paths, protocol_paths, resource_paths
from vestibule.scim.openapi.resources import read_form, written_form


def openapi_document(
    schemas: Sequence[Document], resource_types: Sequence[Document], config: Document, base_url: str
) -> Document:
    """The description of what is served below ``base_url``.

    The arguments are the discovery documents as they are served: the resources of /Schemas and
    /ResourceTypes, and /ServiceProviderConfig (RFC 7643 §5–§7). Bulk is described where it is
    offered. KeyError where a resource type names a schema that is not among ``schemas``.
    """
    by_urn = {str(schema["id"]): schema for schema in schemas}
    components: dict[str, Any] = dict(MESSAGES)
    paths: dict[str, Any] = {}
    for type in resource_types:
        name = str(type["name"])
        extensions = [by_urn[str(e["schema"])] for e in type.get("schemaExtensions", ())]
        required = {str(e["schema"]) for e in type.get("schemaExtensions", ()) if e.get("required")}
        core = by_urn[str(type["schema"])]
        components[name] = read_form(name, core, extensions)
        components[f"{name}ToWrite"] = written_form(name, core, extensions, required)
        components[f"ListOf{name}"] = list_of({"$ref": f"#/components/schemas/{name}"})
        paths.update(resource_paths(type))
    offers_bulk = _is_supported(config, "bulk")
    if offers_bulk:
        components |= bulk_messages(int(config["bulk"].get("maxOperations") or 0))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SCIM 2.0 service",
            "version": "2.0",
            "description": "Made of the tenant's own /Schemas and /ResourceTypes (RFC 7643, RFC 7644).",
        },
        "servers": [{"url": base_url}],
        "security": [{"token": []}],
        "paths": {**paths, **protocol_paths(resource_types, offers_bulk=offers_bulk), **discovery_paths()},
        "components": {
            "schemas": components,
            "responses": {"Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


_ERROR: Mapping[str, Any] = {
    "description": "A refusal that says what is wrong, and what to do (RFC 7644 §3.12).",
    "content": {SCIM_JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def _is_supported(config: Document, feature: str) -> bool:
    found = config.get(feature)
    return isinstance(found, Mapping) and found.get("supported") is True
