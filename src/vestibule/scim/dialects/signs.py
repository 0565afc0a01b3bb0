"""What one client sends and no other: each a look at a write as it came."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vestibule.scim.dialects.dialect import Sign
from vestibule.scim.document import Document

_OKTA_ID = re.compile(r"00u[A-Za-z0-9]{17}")
_ADSCIM = "http://schemas.microsoft.com/2006/11/resourcemanagement/adscim/"
_SCIM_FLAGS = frozenset({"aadoptscim062020", "azureadscimpatch2017"})
_ONELOGIN_URNS = frozenset({"urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"})


def has_entras_schema(query: Mapping[str, str], body: Document) -> bool:
    """Entra's own URN among the ``schemas`` of a group."""
    return any(urn.startswith(_ADSCIM) for urn in _schemas(body))


def has_entras_flag(query: Mapping[str, str], body: Document) -> bool:
    """A flag that Entra reads from the Tenant URL, and sends along in it."""
    return any(name.lower() in _SCIM_FLAGS for name in query)


def has_oktas_create(query: Mapping[str, str], body: Document) -> bool:
    """A create with Okta's id, no groups, and a password: the three together."""
    id = body.get("externalId")
    return (
        isinstance(id, str)
        and _OKTA_ID.fullmatch(id) is not None
        and body.get("groups") == []
        and "password" in body
    )


def has_onelogins_schema(query: Mapping[str, str], body: Document) -> bool:
    """One of the URNs of OneLogin's template."""
    return not _ONELOGIN_URNS.isdisjoint(_schemas(body))


def _schemas(body: Document) -> list[str]:
    schemas = body.get("schemas")
    return [urn.lower() for urn in schemas if isinstance(urn, str)] if isinstance(schemas, list) else []


ENTRAS_SCHEMA = Sign(
    "Microsoft Entra ID", "W106", "a group names the schema of Microsoft's ADSCIM", has_entras_schema
)
ENTRAS_FLAG = Sign(
    "Microsoft Entra ID", "W115", "the Tenant URL carries a flag for Microsoft's client", has_entras_flag
)
OKTAS_CREATE = Sign(
    "Okta", "W21, W22, W23", "a person came with an Okta id, no groups and a password", has_oktas_create
)
ONELOGINS_SCHEMA = Sign(
    "OneLogin", "W125", "schemas are named as in OneLogin's template", has_onelogins_schema
)
