"""Quirks in the shape of a resource: which key a value stands under."""

from __future__ import annotations

from typing import Any

from vestibule.scim.attribute import Type
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects.dialect import DocumentQuirk
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidPath
from vestibule.scim.filter.tree import AttributePath
from vestibule.scim.path import parse_attribute_path
from vestibule.scim.target import Target

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_ALIASES = {
    "urn:scim:schemas:core:2.0": "",
    "urn:scim:schemas:core:2.0:user": _USER,
    "urn:scim:schemas:core:2.0:group": _GROUP,
    "urn:scim:schemas:extension:enterprise:2.0": _ENTERPRISE,
    "urn:scim:schemas:extension:enterprise:2.0:user": _ENTERPRISE,
}
_ALIAS_PREFIX = "urn:scim:schemas:"
_DROPPED = "http://schemas.microsoft.com/2006/11/resourcemanagement/adscim/2.0/"


def alias_urns(document: Document, type: CompiledType, partial: bool) -> Document:
    """OneLogin's URNs for the IETF ones (W125); Entra's own group URN is left out (W106)."""
    out: Document = {}
    for key, value in document.items():
        if key.lower() == "schemas" and isinstance(value, list):
            out[key] = _schemas(value, type)
        else:
            out[alias_path(key, type)] = value
    return document if out == document else out


def alias_path(path: str, type: CompiledType) -> str:
    """A key or path whose URN is an alias, with the URN it stands for."""
    lowered = path.lower()
    if not lowered.startswith(_ALIAS_PREFIX):
        return path
    for alias in sorted(_ALIASES, key=len, reverse=True):
        if lowered == alias or lowered.startswith(alias + ":"):
            return (_ALIASES[alias] or type.base_urn) + path[len(alias) :]
    return path


def _schemas(urns: list[Any], type: CompiledType) -> list[Any]:
    out = []
    for urn in urns:
        if isinstance(urn, str) and urn.lower().startswith(_DROPPED):
            continue
        out.append(alias_path(urn, type) if isinstance(urn, str) else urn)
    if len(out) < len(urns) and not any(
        isinstance(urn, str) and urn.lower() == type.base_urn.lower() for urn in out
    ):
        out.insert(0, type.base_urn)
    return out


def core_urn_object(document: Document, type: CompiledType, partial: bool) -> Document:
    """An object under the core URN is part of the resource itself (W70); a key of the resource wins."""
    urn = type.base_urn.lower()
    found = [key for key, value in document.items() if key.lower() == urn and isinstance(value, dict)]
    if not found:
        return document
    out = {key: value for key, value in document.items() if key not in found}
    taken = {urn, *(key.lower() for key in out)}
    for key in found:
        out.update({name: value for name, value in document[key].items() if name.lower() not in taken})
    return out


def paths_as_keys(document: Document, type: CompiledType, partial: bool) -> Document:
    """``"name.givenName"`` and ``"URN:name"`` for a key (W65, W110, W196, K20), in extensions too.

    Only a key that means something as a path, and nothing as a name, is taken apart; what
    stands in the object already wins.
    """
    out = _taken_apart(document, type, None)
    for urn in type.urns:
        key = urn if urn in out else next((key for key in out if key.lower() == urn.lower()), None)
        if key is not None and isinstance(out[key], dict):
            inner = _taken_apart(out[key], type, urn)
            if inner is not out[key]:
                out = {**out, key: inner}
    return out


def _taken_apart(holder: dict[str, Any], type: CompiledType, urn: str | None) -> dict[str, Any]:
    places = {key: target for key in holder if (target := _path_target(key, type, urn)) is not None}
    if not places:
        return holder
    out = {key: value for key, value in holder.items() if key not in places}
    for key, target in places.items():
        _place(out, target.keys[1:] if urn else target.keys, holder[key])
    return out


def _path_target(key: str, type: CompiledType, urn: str | None) -> Target | None:
    if "." not in key and ":" not in key:
        return None
    try:
        path = parse_attribute_path(key, type.urns)
    except InvalidPath:
        return None
    if not path.name or (urn and path.urn):
        return None
    target = type.target(AttributePath(path.name, path.sub, path.urn or urn))
    if target is None or (target.attribute.type is Type.COMPLEX and target.attribute.name in type.urns):
        return None
    return None if target.sub and target.attribute.multi_valued else target


def _place(holder: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    """Put ``value`` where ``keys`` lead, through copies; a value that is there stays."""
    first, *rest = keys
    held = next((key for key in holder if key.lower() == first.lower()), first)
    if not rest:
        holder.setdefault(held, value)
        return
    inner = holder.get(held)
    if inner is None:
        inner = {}
    if isinstance(inner, dict):
        holder[held] = dict(inner)
        _place(holder[held], tuple(rest), value)


def empty_roles(document: Document, type: CompiledType, partial: bool) -> Document:
    """``roles: []`` on create and PUT says nothing about roles (W79, W81, W105): they stay.

    In a PATCH it is meant.
    """
    if partial:
        return document
    found = [key for key, value in document.items() if value == [] and key.lower() == "roles"]
    return {key: value for key, value in document.items() if key not in found} if found else document


ALIAS_URNS = DocumentQuirk(
    "alias_urns",
    "W106, W125",
    "onelogin/create",
    "schema URNs other than the IETF's were read as those",
    alias_urns,
)
CORE_URN_OBJECT = DocumentQuirk(
    "core_urn_object",
    "W70",
    "okta/roles-under-core-urn",
    "attributes came under the core URN, and were moved up",
    core_urn_object,
)
PATHS_AS_KEYS = DocumentQuirk(
    "paths_as_keys",
    "W65, W110, W196, K20",
    "okta/acall-flat-extension-key",
    "keys that are paths were taken apart",
    paths_as_keys,
)
EMPTY_ROLES = DocumentQuirk(
    "empty_roles",
    "W79, W81, W105",
    "okta/roles-empty-in-put",
    "an empty list of roles was ignored; roles stay as they are",
    empty_roles,
)
