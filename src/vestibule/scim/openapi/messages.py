"""The messages of the protocol as JSON Schema (RFC 7644 §3.4, §3.5.2, §3.7, §3.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.scim.bulk.message import BULK_REQUEST, BULK_RESPONSE, METHODS
from vestibule.scim.document import Document
from vestibule.scim.errors import ERROR_SCHEMA, ScimError
from vestibule.scim.messages import LIST_RESPONSE, SEARCH_REQUEST
from vestibule.scim.patch.message import PATCH_OP


def _only(urn: str) -> Document:
    return {"type": "array", "items": {"const": urn}, "minItems": 1, "maxItems": 1}


def _among_others(urn: str) -> Document:
    return {"type": "array", "items": {"type": "string"}, "contains": {"const": urn}}


_WHOLE: Document = {"type": "integer", "minimum": 0}
_NAMES: Document = {"type": "array", "items": {"type": "string"}}
_OPERATION: Document = {
    "type": "object",
    "properties": {
        "op": {"type": "string", "enum": ["add", "remove", "replace"]},
        "path": {"type": "string", "minLength": 1, "description": "RFC 7644 §3.5.2, figure 7"},
        "value": {},
    },
    "required": ["op"],
    "anyOf": [
        {"properties": {"op": {"const": "remove"}}, "required": ["path"], "not": {"required": ["value"]}},
        {"properties": {"op": {"enum": ["add", "replace"]}}, "required": ["path", "value"]},
        {
            "properties": {"op": {"enum": ["add", "replace"]}, "value": {"type": "object"}},
            "required": ["value"],
            "not": {"required": ["path"]},
        },
    ],
}

MESSAGES: Mapping[str, Document] = {
    "Error": {
        "type": "object",
        "properties": {
            "schemas": _only(ERROR_SCHEMA),
            "status": {"type": "string", "pattern": "^[45][0-9]{2}$"},
            "scimType": {
                "type": "string",
                "enum": sorted({e.scim_type for e in ScimError.__subclasses__() if e.scim_type}),
            },
            "detail": {"type": "string"},
        },
        "required": ["schemas", "status", "detail"],
        "additionalProperties": False,
    },
    "PatchOp": {
        "type": "object",
        "properties": {
            "schemas": _among_others(PATCH_OP),
            "Operations": {"type": "array", "items": _OPERATION, "minItems": 1},
        },
        "required": ["schemas", "Operations"],
    },
    "SearchRequest": {
        "type": "object",
        "properties": {
            "schemas": _among_others(SEARCH_REQUEST),
            "filter": {"type": "string"},
            "sortBy": {"type": "string"},
            "sortOrder": {"type": "string", "enum": ["ascending", "descending"]},
            "startIndex": {"type": "integer"},
            "count": {"type": "integer"},
            "cursor": {"type": "string"},
            "attributes": _NAMES,
            "excludedAttributes": _NAMES,
        },
        "required": ["schemas"],
    },
    "ServiceProviderConfig": {
        "type": "object",
        "required": [
            "schemas",
            "patch",
            "bulk",
            "filter",
            "changePassword",
            "sort",
            "etag",
            "authenticationSchemes",
        ],
    },
    "ResourceType": {"type": "object", "required": ["schemas", "name", "endpoint", "schema"]},
    "Schema": {"type": "object", "required": ["schemas", "id", "name", "attributes"]},
}


def list_of(one: Document) -> Document:
    """A ListResponse of such resources (R103, R104, R191)."""
    return {
        "type": "object",
        "properties": {
            "schemas": _only(LIST_RESPONSE),
            "totalResults": _WHOLE,
            "itemsPerPage": _WHOLE,
            "startIndex": {"type": "integer", "minimum": 1},
            "nextCursor": {"type": "string"},
            "previousCursor": {"type": "string"},
            "Resources": {"type": "array", "items": one},
        },
        "required": ["schemas", "totalResults", "itemsPerPage", "Resources"],
        "additionalProperties": False,
    }


def bulk_messages(most: int) -> dict[str, Any]:
    """BulkRequest, of at most ``most`` operations (0: any number), and BulkResponse."""
    operations: Document = {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {
                "method": {"type": "string", "enum": list(METHODS)},
                "bulkId": {"type": "string", "minLength": 1},
                "version": {"type": "string"},
                "path": {"type": "string", "pattern": "^/"},
                "data": {"type": "object"},
            },
            "required": ["method", "path"],
        },
    }
    if most:
        operations["maxItems"] = most
    answered: Document = {
        "type": "object",
        "properties": {
            "method": {"type": "string"},
            "bulkId": {"type": "string"},
            "version": {"type": "string"},
            "location": {"type": "string", "format": "uri"},
            "status": {"type": "string", "pattern": "^[1-5][0-9]{2}$"},
            "response": {"type": "object"},
        },
        "required": ["status"],
    }
    return {
        "BulkRequest": {
            "type": "object",
            "properties": {
                "schemas": _among_others(BULK_REQUEST),
                "failOnErrors": {"type": "integer", "minimum": 1},
                "Operations": operations,
            },
            "required": ["schemas", "Operations"],
        },
        "BulkResponse": {
            "type": "object",
            "properties": {
                "schemas": _only(BULK_RESPONSE),
                "Operations": {"type": "array", "items": answered},
            },
            "required": ["schemas", "Operations"],
            "additionalProperties": False,
        },
    }
