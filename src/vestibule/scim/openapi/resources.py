"""What resources look like, as JSON Schema: one form for what is read, one for what is written.

An attribute is described by its entry in /Schemas (RFC 7643 §7).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from vestibule.scim.document import Document

_TYPES: Mapping[str, Document] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "decimal": {"type": "number"},
    "integer": {"type": "integer", "minimum": -(1 << 63), "maximum": (1 << 63) - 1},
    "dateTime": {"type": "string", "format": "date-time"},
    "binary": {"type": "string", "contentEncoding": "base64"},
    "reference": {"type": "string", "format": "uri-reference"},
}
_META: Document = {
    "type": "object",
    "readOnly": True,
    "properties": {
        "resourceType": {"type": "string"},
        "created": {"type": "string", "format": "date-time"},
        "lastModified": {"type": "string", "format": "date-time"},
        "location": {"type": "string", "format": "uri"},
        "version": {"type": "string"},
    },
}


def read_form(name: str, core: Document, extensions: Sequence[Document]) -> Document:
    """A resource as it is answered.

    Only what is returned always is required: the client may have asked for less (RFC 7644 §3.9).
    """
    properties = {
        "schemas": _urns(core, extensions),
        "id": {"type": "string", "minLength": 1, "readOnly": True},
        "externalId": {"type": "string"},
        **_properties(core["attributes"], _is_read, _read),
    }
    for extension in extensions:
        inner = _properties(extension["attributes"], _is_read, _read)
        properties[extension["id"]] = {"type": "object", "properties": inner, "additionalProperties": False}
    always = [a["name"] for a in core["attributes"] if a.get("returned") == "always" and a.get("required")]
    return {
        "type": "object",
        "title": name,
        "description": core.get("description", ""),
        "properties": {**properties, "meta": _META},
        "required": ["schemas", "id", *always],
        "additionalProperties": False,
    }


def written_form(
    name: str, core: Document, extensions: Sequence[Document], required: Collection[str]
) -> Document:
    """A resource as it is sent: without what only the service provider sets. Null is no value (RFC 7643 §2.5)."""
    properties: dict[str, Any] = {
        "schemas": {"type": "array", "items": {"type": "string"}, "contains": {"const": core["id"]}},
        "externalId": {"type": ["string", "null"], "maxLength": 512},
        **_properties(core["attributes"], _is_written, _written),
    }
    for extension in extensions:
        inner = _properties(extension["attributes"], _is_written, _written)
        properties[extension["id"]] = {
            "type": "object",
            "properties": inner,
            "required": _required(extension["attributes"]),
        }
    return {
        "type": "object",
        "title": f"{name} as it is sent",
        "properties": properties,
        "required": ["schemas", *_required(core["attributes"]), *sorted(required)],
    }


def _urns(core: Document, extensions: Sequence[Document]) -> Document:
    urns = [core["id"], *(extension["id"] for extension in extensions)]
    return {
        "type": "array",
        "items": {"type": "string", "enum": urns},
        "contains": {"const": core["id"]},
    }


def _properties(attributes: Sequence[Document], is_in: Any, form: Any) -> dict[str, Any]:
    return {attribute["name"]: form(attribute) for attribute in attributes if is_in(attribute)}


def _is_read(attribute: Document) -> bool:
    return attribute.get("returned") != "never" and attribute.get("mutability") != "writeOnly"


def _is_written(attribute: Document) -> bool:
    return attribute.get("mutability") != "readOnly"


def _required(attributes: Sequence[Document]) -> list[str]:
    return [a["name"] for a in attributes if a.get("required") and _is_written(a)]


def _read(attribute: Document) -> Document:
    if attribute["type"] == "complex":
        inner = _properties(attribute.get("subAttributes", ()), _is_read, _read)
        one: Document = {"type": "object", "properties": inner, "additionalProperties": False}
    else:
        one = dict(_TYPES[attribute["type"]])
    if attribute.get("mutability") == "readOnly":
        one = {**one, "readOnly": True}
    if attribute.get("multiValued"):
        one = {"type": "array", "items": one, "minItems": 1}
    return _described(attribute, one)


def _written(attribute: Document) -> Document:
    if attribute["type"] == "complex":
        subs = attribute.get("subAttributes", ())
        one: Document = {"type": "object", "properties": _properties(subs, _is_written, _written)}
    else:
        one = dict(_TYPES[attribute["type"]])
    if attribute.get("required") and one["type"] == "string":
        one["minLength"] = 1
    if attribute.get("multiValued"):
        one = {"type": "array", "items": one}
    if not attribute.get("required"):
        one["type"] = [one["type"], "null"]
    return _described(attribute, one)


def _described(attribute: Document, form: Document) -> Document:
    if text := attribute.get("description"):
        form["description"] = text
    if values := attribute.get("canonicalValues"):
        form["examples"] = list(values)
    return form
