"""One column of an import file: which attribute its name means, and how a cell becomes its value.

A name is a SCIM attribute path (``name.givenName``, ``emails.value``, with or without URN), a
sub-attribute alone (``givenName``), ``email``, or the bare name of an extension's attribute.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from vestibule.directory.places import put_at
from vestibule.scim.attribute import Attribute, Mutability, Returned, Type
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidPath
from vestibule.scim.filter.tree import AttributePath
from vestibule.scim.path import parse_attribute_path
from vestibule.scim.target import Target

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
#: Words of everyday files for what SCIM has as a list of values.
_EVERYDAY = {"email": "emails", "phone": "phoneNumbers", "phonenumber": "phoneNumbers", "role": "roles"}
_NOT_TAKEN = {
    "id": "an id is given by this directory",
    "externalid": "an externalId belongs to the identity provider, which sends it",
    "meta": "it is kept by this directory",
    "schemas": "it follows from the other columns",
    "password": "no password is ever kept",
    "groups": "memberships come with the groups",
}


class ColumnFault(ValueError):
    """The column is not taken, or a cell has no value for it; the message says why."""


@dataclass(frozen=True, slots=True)
class Column:
    """``keys`` lead to the value; of a multi-valued attribute to the one value that the file has."""

    name: str
    keys: tuple[str, ...]
    leaf: Attribute
    #: The multi-valued attribute that holds the value, None for all others.
    plural: Attribute | None = None

    def put(self, document: Document, cell: str) -> None:
        """Write a cell into the document. ColumnFault where it is no such value."""
        value = self._value(cell)
        if self.plural is None:
            put_at(document, self.keys, value)
            return
        *way, name, sub = self.keys
        for key in way:
            document = document.setdefault(key, {})
        element = document.setdefault(name, [{}])[0]
        element[sub] = value

    def complete(self, document: Document) -> None:
        """Say of the one value of a multi-valued attribute what the file leaves open: work, and the first choice."""
        if self.plural is None:
            return
        *way, name, _ = self.keys
        for key in way:
            document = document.get(key) or {}
        for element in document.get(name, ()):
            kind, primary = self.plural.sub_attribute("type"), self.plural.sub_attribute("primary")
            if kind is not None and "work" in kind.canonical_values:
                element.setdefault("type", "work")
            if primary is not None:
                element.setdefault("primary", True)

    def _value(self, cell: str) -> Any:
        if self.leaf.type is Type.BOOLEAN:
            value = _BOOLEANS.get(cell.lower())
            if value is None:
                raise ColumnFault(f"{self.name} is {cell[:80]!r}; true and false are allowed.")
            return value
        if self.leaf.type in (Type.INTEGER, Type.DECIMAL):
            try:
                return int(cell) if self.leaf.type is Type.INTEGER else float(cell)
            except ValueError:
                raise ColumnFault(f"{self.name} is {cell[:80]!r}, which is no number.") from None
        if self.keys[-2:] == ("emails", "value") and _ADDRESS.fullmatch(cell) is None:
            raise ColumnFault(f"{self.name} is {cell[:80]!r}, which is no e-mail address.")
        return cell


def read_column(name: str, type: CompiledType) -> Column:
    """What a column of that name means, in any letter case. ColumnFault where it cannot be taken."""
    if not name:
        raise ColumnFault("the column has no name")
    if name.lower() in _NOT_TAKEN:
        raise ColumnFault(_NOT_TAKEN[name.lower()])
    target = _target(name, type)
    if target is None:
        raise ColumnFault(f"the {type.name} of this product has no such attribute")
    column = _column(name, target)
    if target.leaf.mutability in (Mutability.READ_ONLY, Mutability.WRITE_ONLY):
        raise ColumnFault("it cannot be written")
    if target.leaf.returned is Returned.NEVER:
        raise ColumnFault("it is never kept")
    return column


def _target(name: str, type: CompiledType) -> Target | None:
    try:
        path = parse_attribute_path(_EVERYDAY.get(name.lower(), name), type.urns)
    except InvalidPath:
        return None
    found = type.target(path)
    if found is not None or path.urn:
        return found
    for extension in type.resource_type.extensions:
        found = type.target(AttributePath(path.name, path.sub, extension.schema.id))
        if found is not None:
            return found
    return _sub_attribute(path.name, type) if path.sub is None else None


def _sub_attribute(name: str, type: CompiledType) -> Target | None:
    """``givenName`` → ``name.givenName``: a sub-attribute of a single-valued attribute, the core schema's first."""
    resource_type = type.resource_type
    schemas = [(resource_type.schema, None), *((e.schema, e.schema.id) for e in resource_type.extensions)]
    for schema, urn in schemas:
        for attribute in schema.attributes:
            sub = attribute.sub_attribute(name)
            if sub is not None and not attribute.multi_valued:
                return Target(attribute, sub, urn)
    return None


def _column(name: str, target: Target) -> Column:
    attribute, sub = target.attribute, target.sub
    if sub is None and attribute.type is Type.COMPLEX:
        sub = attribute.sub_attribute("value")
        if sub is None:
            parts = ", ".join(f"{attribute.name}.{part.name}" for part in attribute.sub_attributes[:3])
            raise ColumnFault(f"it has parts; name one, such as {parts}")
    if sub is None and attribute.multi_valued:
        raise ColumnFault("it has many values, which a column does not hold")
    keys = Target(attribute, sub, target.extension).keys
    return Column(name, keys, sub or attribute, attribute if attribute.multi_valued else None)
