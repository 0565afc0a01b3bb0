"""/ServiceProviderConfig, /ResourceTypes, /Schemas and /openapi.json: the truth of the profile (R176–R178)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import orjson

from vestibule.profiles.declared_types import with_roles
from vestibule.profiles.profile import ApplicationProfile, Role
from vestibule.scim import messages
from vestibule.scim.document import Document
from vestibule.scim.errors import Forbidden, NotFound
from vestibule.scim.messages import Capabilities
from vestibule.scim.openapi.document import openapi_document
from vestibule.scim.schemas.user import USER
from vestibule.security_events.event_types import EVENT_URIS
from vestibule.web.cursor import CURSOR_SECONDS
from vestibule.web.exchange import GROUP_BODY_LIMIT, Reply
from vestibule.web.paging import DEFAULT_COUNT, MAX_COUNT

#: What this server does; what is advertised is what works (R60).
CAPABILITIES = Capabilities(
    bulk=True,
    bulk_max_operations=1000,
    bulk_max_payload_size=GROUP_BODY_LIMIT,
    filter_max_results=MAX_COUNT,
    cursor_pagination=True,
    default_page_size=DEFAULT_COUNT,
    max_page_size=MAX_COUNT,
    cursor_timeout=CURSOR_SECONDS,
)


def capabilities(*, security_events: bool) -> Capabilities:
    """What this server does; streams of security event tokens where they are switched on."""
    return replace(CAPABILITIES, security_event_uris=EVENT_URIS) if security_events else CAPABILITIES


def service_provider_config(offered: Capabilities, base_url: str, query: Mapping[str, str]) -> Reply:
    """The configuration; the same for everybody, so that it tells no tenant from another."""
    _refuse_filter(query)
    return Reply(200, orjson.dumps(messages.service_provider_config(offered, base_url)))


def resource_types(
    profile: ApplicationProfile, base_url: str, query: Mapping[str, str], name: str = ""
) -> Reply:
    """All resource types, or the one called ``name``."""
    _refuse_filter(query)
    documents = [messages.resource_type_document(t.resource_type, base_url) for t in profile.types.values()]
    return _all_or_one(documents, name, "name", "resource type")


def schemas(
    profile: ApplicationProfile,
    base_url: str,
    query: Mapping[str, str],
    urn: str = "",
    own_roles: Sequence[Role] = (),
) -> Reply:
    """All schemas in use, or the one with that URN in any letter case; ``own_roles`` are the tenant's."""
    _refuse_filter(query)
    return _all_or_one(_schema_documents(profile, base_url, own_roles), urn, "id", "schema")


def openapi(
    offered: Capabilities, profile: ApplicationProfile, base_url: str, own_roles: Sequence[Role] = ()
) -> Reply:
    """The same truth once more, as an OpenAPI document."""
    types = [messages.resource_type_document(t.resource_type, base_url) for t in profile.types.values()]
    config = messages.service_provider_config(offered, base_url)
    document = openapi_document(_schema_documents(profile, base_url, own_roles), types, config, base_url)
    return Reply(200, orjson.dumps(document), content_type=b"application/json")


def _schema_documents(
    profile: ApplicationProfile, base_url: str, own_roles: Sequence[Role]
) -> list[Document]:
    declared = messages.schemas_of(profile.types.values())
    if own_roles:
        names = tuple(role.name for role in profile.roles_with(own_roles))
        declared = [with_roles(s, profile.role_sources, names) if s.id == USER.id else s for s in declared]
    return [messages.schema_document(s, base_url) for s in declared]


def _all_or_one(documents: list[dict[str, object]], wanted: str, key: str, what: str) -> Reply:
    if not wanted:
        return Reply(200, orjson.dumps(messages.list_response(documents)))
    for document in documents:
        if str(document[key]).lower() == wanted.lower():
            return Reply(200, orjson.dumps(document))
    known = ", ".join(str(document[key]) for document in documents)
    raise NotFound(f"There is no {what} {wanted[:200]!r}. Known are: {known}.")


def _refuse_filter(query: Mapping[str, str]) -> None:
    if "filter" in query:
        raise Forbidden("A filter on a discovery endpoint is not offered (RFC 7644 §4). Leave it out.")
