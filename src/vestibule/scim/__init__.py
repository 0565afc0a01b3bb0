"""SCIM 2.0 as a library: schemas, filters, PATCH, projection and messages over plain dicts.

Standard library only; no I/O, no clock, no global state. The names below are handed on lazily
(PEP 562); everything else is found in the modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vestibule.scim.absent import ABSENT
    from vestibule.scim.attribute import Attribute, Mutability, Returned, Type, Uniqueness
    from vestibule.scim.checker import Checked, CompiledType, compile_type
    from vestibule.scim.errors import ScimError
    from vestibule.scim.filter.evaluate import matches
    from vestibule.scim.filter.parse import parse_filter
    from vestibule.scim.filter.resolve import resolve
    from vestibule.scim.patch import apply_patch, parse_patch
    from vestibule.scim.path import parse_attribute_path, parse_path
    from vestibule.scim.projection import Projection
    from vestibule.scim.schema import Extension, ResourceType, Schema
    from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
    from vestibule.scim.schemas.group import GROUP
    from vestibule.scim.schemas.user import USER

__all__ = [
    "ABSENT",
    "ENTERPRISE_USER",
    "GROUP",
    "USER",
    "Attribute",
    "Checked",
    "CompiledType",
    "Extension",
    "Mutability",
    "Projection",
    "ResourceType",
    "Returned",
    "Schema",
    "ScimError",
    "Type",
    "Uniqueness",
    "apply_patch",
    "compile_type",
    "matches",
    "parse_attribute_path",
    "parse_filter",
    "parse_patch",
    "parse_path",
    "resolve",
]

_HOMES = {
    "ABSENT": "absent",
    "ENTERPRISE_USER": "schemas.enterprise_user",
    "GROUP": "schemas.group",
    "USER": "schemas.user",
    "Attribute": "attribute",
    "Checked": "checker",
    "CompiledType": "checker",
    "Extension": "schema",
    "Mutability": "attribute",
    "Projection": "projection",
    "ResourceType": "schema",
    "Returned": "attribute",
    "Schema": "schema",
    "ScimError": "errors",
    "Type": "attribute",
    "Uniqueness": "attribute",
    "apply_patch": "patch",
    "compile_type": "checker",
    "matches": "filter.evaluate",
    "parse_attribute_path": "path",
    "parse_filter": "filter.parse",
    "parse_patch": "patch",
    "parse_path": "path",
    "resolve": "filter.resolve",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vestibule.scim' has no attribute {name!r}")
    return getattr(import_module(f"vestibule.scim.{_HOMES[name]}"), name)
