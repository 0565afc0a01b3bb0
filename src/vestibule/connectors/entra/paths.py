"""Okta's external names as the paths and documents that Entra sends (W105, W109, W112, W113)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vestibule.profiles.external_name import Selector
from vestibule.provisioning.connector import UserToSend
from vestibule.provisioning.external_name import CORE_USER, ExternalValue, build, value_at

ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#: Where Okta says "the primary one", Entra names it by its type.
_BY_TYPE = frozenset({"emails", "phoneNumbers", "addresses"})
_FIRST = ("schemas", "externalId", "userName", "active", "emails", "meta", "name", "displayName", "roles")


def path_of(value: ExternalValue) -> str:
    """The path of a PATCH operation; "" for what Entra does not say (an element's own type)."""
    segments = value.name.segments
    prefix = "" if value.namespace == CORE_USER else f"{value.namespace}:"
    if value.namespace == ENTERPRISE_USER and segments[:1] == ("manager",):
        return f"{prefix}manager" if segments[-1] == "value" else ""
    if len(segments) == 3 and isinstance(segments[1], Selector):
        attribute, selector, leaf = str(segments[0]), segments[1], str(segments[2])
        if leaf in ("type", "primary"):
            return ""
        if attribute in _BY_TYPE and selector.sub == "primary":
            return f'{prefix}{attribute}[type eq "work"].{leaf}'
        return f'{prefix}{attribute}[{selector.sub} eq "{_literal(selector.literal)}"].{leaf}'
    return prefix + ".".join(str(segment) for segment in segments)


def created(user: UserToSend) -> dict[str, Any]:
    """The body of a POST: both schemas, ``name.formatted``, and an empty list of roles where there is none (W105).

    A manager is said in a second pass (W113).
    """
    document = build(user.on_create)
    enterprise = document.get(ENTERPRISE_USER)
    if isinstance(enterprise, dict) and enterprise.pop("manager", None) and not enterprise:
        del document[ENTERPRISE_USER]
    name = document.get("name")
    if isinstance(name, dict):
        formatted = " ".join(str(name[part]) for part in ("givenName", "familyName") if name.get(part))
        document["name"] = {"formatted": formatted, **name}
    document |= {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "externalId": user.own_id,
        "active": True,
        "meta": {"resourceType": "User"},
    }
    document.setdefault("roles", [])
    return {key: document[key] for key in (*_FIRST, *document) if key in document}


def changes(user: UserToSend, there: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One operation for each attribute that differs (W107). A value that went away is not told (W114)."""
    return list(_changes(user.on_update, there))


def _changes(values: Iterable[ExternalValue], there: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for value in values:
        path = path_of(value) if value.namespace else ""
        held = value_at(there, value)
        if path and value.value not in (None, "") and held != value.value:
            yield {"op": "Add" if held is None else "Replace", "path": path, "value": value.value}


def _literal(literal: object) -> str:
    return str(literal) if isinstance(literal, bool) else f"{literal}"
