"""The messages and documents of the protocol, as pure functions of declarations (RFC 7644 §3, §4).

Message URNs stand under ``urn:ietf:params:scim:api:`` and never in /Schemas (R81).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidCount, InvalidCursor, InvalidSyntax, InvalidValue, ScimError
from vestibule.scim.findings import Findings, respelled, shown
from vestibule.scim.schema import ResourceType, Schema
from vestibule.scim.schemas.resource_type import RESOURCE_TYPE
from vestibule.scim.schemas.schema import SCHEMA
from vestibule.scim.schemas.service_provider_config import SERVICE_PROVIDER_CONFIG

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

#: The schemas of the discovery documents themselves; they are served beside those of the types (R64).
DISCOVERY_SCHEMAS: tuple[Schema, ...] = (SERVICE_PROVIDER_CONFIG, RESOURCE_TYPE, SCHEMA)


@dataclass(frozen=True, slots=True)
class AuthenticationScheme:
    """One way for a client to show who it is (R58)."""

    type: str
    name: str
    description: str
    spec_uri: str = ""
    primary: bool = False


BEARER_TOKEN = AuthenticationScheme(
    type="oauthbearertoken",
    name="Bearer token",
    description="The access token of the tenant, as Authorization: Bearer TOKEN.",
    spec_uri="https://www.rfc-editor.org/info/rfc6750",
    primary=True,
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a service provider offers. The defaults promise the least; say what is true (R60)."""

    patch: bool = True
    bulk: bool = False
    bulk_max_operations: int = 0
    bulk_max_payload_size: int = 0
    filter: bool = True
    filter_max_results: int = 200
    sort: bool = True
    etag: bool = True
    change_password: bool = False
    #: None leaves ``pagination`` out, as before RFC 9865.
    index_pagination: bool | None = True
    cursor_pagination: bool = False
    default_pagination_method: str = "index"
    default_page_size: int | None = None
    max_page_size: int | None = None
    cursor_timeout: int | None = None
    authentication_schemes: tuple[AuthenticationScheme, ...] = (BEARER_TOKEN,)
    documentation_uri: str = ""
    #: URIs of security events that streams carry (RFC 9967 §4); () leaves ``securityEvents`` out: not supported.
    security_event_uris: tuple[str, ...] = ()


def list_response(
    resources: Sequence[Document],
    *,
    total: int | None = None,
    start_index: int | None = 1,
    next_cursor: str | None = None,
    previous_cursor: str | None = None,
) -> Document:
    """A ListResponse (R103, R104, R191). ``total`` is the number of ``resources`` if not given.

    ``Resources`` is there even when empty, for clients that index it. ``start_index`` None
    leaves it out, as for a page reached by cursor.
    """
    message: Document = {
        "schemas": [LIST_RESPONSE],
        "totalResults": len(resources) if total is None else total,
        "itemsPerPage": len(resources),
    }
    if start_index is not None:
        message["startIndex"] = start_index
    if previous_cursor is not None:
        message["previousCursor"] = previous_cursor
    if next_cursor is not None:
        message["nextCursor"] = next_cursor
    message["Resources"] = list(resources)
    return message


def service_provider_config(
    capabilities: Capabilities, base_url: str = "", *, minimal: bool = False
) -> Document:
    """The ServiceProviderConfig (R56–R58, R196).

    ``minimal`` is for those who showed no token: all that a client needs to begin with, and no
    address of help pages, which may name the product or the tenant (R59).
    """
    c = capabilities
    document: Document = {"schemas": [SERVICE_PROVIDER_CONFIG.id]}
    if c.documentation_uri and not minimal:
        document["documentationUri"] = c.documentation_uri
    document |= {
        "patch": {"supported": c.patch},
        "bulk": {
            "supported": c.bulk,
            "maxOperations": c.bulk_max_operations,
            "maxPayloadSize": c.bulk_max_payload_size,
        },
        "filter": {"supported": c.filter, "maxResults": c.filter_max_results},
        "changePassword": {"supported": c.change_password},
        "sort": {"supported": c.sort},
        "etag": {"supported": c.etag},
        "authenticationSchemes": [_scheme(scheme) for scheme in c.authentication_schemes],
    }
    if c.index_pagination is not None:
        pagination = {
            "cursor": c.cursor_pagination,
            "index": c.index_pagination,
            "defaultPaginationMethod": c.default_pagination_method,
            "defaultPageSize": c.default_page_size,
            "maxPageSize": c.max_page_size,
            "cursorTimeout": c.cursor_timeout,
        }
        document["pagination"] = {key: value for key, value in pagination.items() if value is not None}
    if c.security_event_uris:
        document["securityEvents"] = {"asyncRequest": "none", "eventUris": list(c.security_event_uris)}
    document["meta"] = _meta("ServiceProviderConfig", f"{base_url}/ServiceProviderConfig")
    return document


def resource_type_document(resource_type: ResourceType, base_url: str = "") -> Document:
    """The ResourceType of a kind of resource (R61, R62); its ``id`` is its name (K44)."""
    document: Document = {
        "schemas": [RESOURCE_TYPE.id],
        "id": resource_type.name,
        "name": resource_type.name,
        "description": resource_type.description,
        "endpoint": resource_type.endpoint,
        "schema": resource_type.schema.id,
    }
    if resource_type.extensions:
        document["schemaExtensions"] = [
            {"schema": extension.schema.id, "required": extension.required}
            for extension in resource_type.extensions
        ]
    document["meta"] = _meta("ResourceType", f"{base_url}/ResourceTypes/{resource_type.name}")
    return document


def schemas_of(types: Iterable[CompiledType]) -> list[Schema]:
    """Every schema in use by ``types``, once each, then those of the discovery documents."""
    schemas: dict[str, Schema] = {}
    for type in types:
        declared = type.resource_type
        for schema in (declared.schema, *(extension.schema for extension in declared.extensions)):
            schemas.setdefault(schema.id, schema)
    return [*schemas.values(), *DISCOVERY_SCHEMAS]


def schema_document(schema: Schema, base_url: str = "") -> Document:
    """The Schema of a set of attributes (R64–R66), with no nulls in it (K30)."""
    return {
        "schemas": [SCHEMA.id],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [_characteristics(attribute) for attribute in schema.attributes],
        "meta": _meta("Schema", f"{base_url}/Schemas/{schema.id}"),
    }


def search_parameters(body: Any) -> dict[str, Any]:
    """What a SearchRequest asks for, as the parameters of the same query by GET (R130, R195).

    Keys are spelled as RFC 7644 §3.4.3 has them, in whatever letter case they came; unknown
    ones are left out (R102), and so are nulls. ``attributes`` and ``excludedAttributes`` are
    lists. Raises InvalidSyntax for a body that is none, InvalidValue for a value of a wrong type
    (InvalidCount and InvalidCursor for those two, R193).
    """
    if not isinstance(body, dict):
        raise InvalidSyntax(f"The body must be a JSON object, not {shown(body)}.")
    names = {name.lower(): name for name in ("schemas", *_SEARCH_TYPES)}
    known = {key: value for key, value in body.items() if key.lower() in names}
    parameters = respelled(known, names, "", Findings(strict=False))
    urns = parameters.pop("schemas", None)
    if not isinstance(urns, list) or SEARCH_REQUEST.lower() not in (str(urn).lower() for urn in urns):
        raise InvalidSyntax(f'schemas must be ["{SEARCH_REQUEST}"], not {shown(urns)}.')
    out = {}
    for name, value in parameters.items():
        if value is None:
            continue
        type, wanted = _SEARCH_TYPES[name]
        if not isinstance(value, type) or isinstance(value, bool):
            raise _SEARCH_ERRORS.get(name, InvalidValue)(f"{name} must be {wanted}, not {shown(value)}.")
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise InvalidValue(f"{name} must be {wanted}, not {shown(value)}.")
        out[name] = value
    return out


_SEARCH_TYPES: Mapping[str, tuple[type, str]] = {
    "attributes": (list, "an array of attribute names"),
    "excludedAttributes": (list, "an array of attribute names"),
    "filter": (str, "text in quotes"),
    "sortBy": (str, "an attribute name in quotes"),
    "sortOrder": (str, '"ascending" or "descending"'),
    "startIndex": (int, "a whole number"),
    "count": (int, "a whole number"),
    "cursor": (str, "text in quotes"),
}
_SEARCH_ERRORS: Mapping[str, type[ScimError]] = {"count": InvalidCount, "cursor": InvalidCursor}


def _scheme(scheme: AuthenticationScheme) -> Document:
    document: Document = {"type": scheme.type, "name": scheme.name, "description": scheme.description}
    if scheme.spec_uri:
        document["specUri"] = scheme.spec_uri
    document["primary"] = scheme.primary
    return document


def _meta(resource_type: str, location: str) -> Document:
    return {"resourceType": resource_type, "location": location}


def _characteristics(attribute: Attribute) -> Document:
    document: Document = {
        "name": attribute.name,
        "type": str(attribute.type),
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
    }
    if attribute.canonical_values:
        document["canonicalValues"] = list(attribute.canonical_values)
    if attribute.type not in (Type.BOOLEAN, Type.COMPLEX):
        document["caseExact"] = attribute.case_exact
    document["mutability"] = str(attribute.mutability)
    document["returned"] = str(attribute.returned)
    document["uniqueness"] = str(attribute.uniqueness)
    if attribute.reference_types:
        document["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        document["subAttributes"] = [_characteristics(sub) for sub in attribute.sub_attributes]
    return document
