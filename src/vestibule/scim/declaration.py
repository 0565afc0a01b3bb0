"""What a declaration must be before it can be compiled (RFC 7643 §2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.schema import ResourceType
from vestibule.scim.schemas.common_attributes import COMMON

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9$_-]*")
_RESERVED = frozenset(attribute.name.lower() for attribute in COMMON)
#: R13: these sub-attributes mean the same wherever they appear (RFC 7643 §2.4).
_FIXED_TYPES: Mapping[str, Type] = {
    "type": Type.STRING,
    "primary": Type.BOOLEAN,
    "display": Type.STRING,
    "$ref": Type.REFERENCE,
}


class FaultyDeclaration(ValueError):
    """A schema declares what SCIM does not allow; the text names schema and attribute."""


def refuse_faulty(resource_type: ResourceType) -> None:
    """Raise ``FaultyDeclaration`` for the first fault (R1, R11, R13), else do nothing."""
    urns = [resource_type.schema.id, *(e.schema.id for e in resource_type.extensions)]
    for urn in urns:
        if not re.fullmatch(r"urn:[!-~]+", urn, re.IGNORECASE):
            raise FaultyDeclaration(f"{urn!r} is no URN; a schema id begins with urn:.")
    _refuse_repeated(urns, f"resource type {resource_type.name}", "the schema")
    for attribute in resource_type.schema.attributes:
        if attribute.name.lower() in _RESERVED:
            raise FaultyDeclaration(f"{urns[0]}: {attribute.name} is a common attribute of every resource.")
    for schema in (resource_type.schema, *(e.schema for e in resource_type.extensions)):
        _refuse_repeated((a.name for a in schema.attributes), schema.id, "the attribute")
        for attribute in schema.attributes:
            _refuse_attribute(attribute, schema.id)


def _refuse_attribute(attribute: Attribute, urn: str) -> None:
    where = f"{urn}:{attribute.name}"
    _refuse_name(attribute.name, where)
    if attribute.type is not Type.COMPLEX:
        if attribute.sub_attributes:
            raise FaultyDeclaration(f"{where} is of type {attribute.type} and cannot have sub-attributes.")
        return
    if not attribute.sub_attributes:
        raise FaultyDeclaration(f"{where} is complex and needs sub-attributes.")
    _refuse_repeated((sub.name for sub in attribute.sub_attributes), where, "the sub-attribute")
    for sub in attribute.sub_attributes:
        _refuse_name(sub.name, f"{where}.{sub.name}")
        if sub.type is Type.COMPLEX:
            raise FaultyDeclaration(f"{where}.{sub.name} is complex; a sub-attribute is simple (§2.3.8).")
        fixed = _FIXED_TYPES.get(sub.name.lower())
        if attribute.multi_valued and fixed and sub.type is not fixed:
            raise FaultyDeclaration(f"{where}.{sub.name} is always of type {fixed} (§2.4), not {sub.type}.")
        if attribute.multi_valued and sub.multi_valued and (fixed or sub.name == "value"):
            raise FaultyDeclaration(f"{where}.{sub.name} has one value in each of {attribute.name} (§2.4).")


def _refuse_name(name: str, where: str) -> None:
    if name != "$ref" and not _NAME.fullmatch(name):
        raise FaultyDeclaration(f"{where}: a name is a letter, then letters, digits, $, - and _ (§2.1).")


def _refuse_repeated(names: Iterable[str], where: str, what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise FaultyDeclaration(f"{where} has {what} {name} twice; letter case makes no difference.")
        seen.add(name.lower())
