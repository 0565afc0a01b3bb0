"""A quick look that tells whether a body can hold anything to repair.

Nearly every body is clean, and this is all it costs: a class check for each value whose form
some quirk is about. It may find fault with a clean body, never the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects.values import is_granted
from vestibule.scim.patch.message import PATCH_OP
from vestibule.scim.schemas.common_attributes import COMMON

#: Whether a value is in due form; None where no quirk is about it.
_Shape = Callable[[Any], bool]
_OPERATION_KEYS = frozenset({"op", "path", "value"})


class Shapes:
    """The due form of each attribute of a type, by exact name and by exact path."""

    __slots__ = ("attributes", "paths")

    def __init__(self, type: CompiledType) -> None:
        base = type.resource_type.schema
        self.attributes: dict[str, _Shape | None] = {attribute.name: None for attribute in COMMON}
        self.paths: dict[str, _Shape | None] = {}
        self.attributes["schemas"] = _schemas(type)
        for attribute in base.attributes:
            self.attributes[attribute.name] = _whole(attribute)
            self._add_paths(attribute, "")
        for extension in type.resource_type.extensions:
            urn = extension.schema.id
            inner = {attribute.name: _whole(attribute) for attribute in extension.schema.attributes}
            self.attributes[urn] = _object(inner)
            for attribute in extension.schema.attributes:
                self._add_paths(attribute, f"{urn}:")

    def is_clean(self, document: Mapping[str, Any]) -> bool:
        """Whether every key is a declared name and every value in due form."""
        shapes = self.attributes
        for key, value in document.items():
            try:
                shape = shapes[key]
            except KeyError:
                return False
            if shape is not None and not shape(value):
                return False
        return True

    def is_clean_patch(self, body: Mapping[str, Any]) -> bool:
        """Whether a PatchOp message and each of its operations is in due form."""
        schemas, operations = body.get("schemas"), body.get("Operations")
        if len(body) != 2 or not isinstance(schemas, list) or PATCH_OP not in schemas:
            return False
        if not isinstance(operations, list):
            return False
        return all(map(self._is_clean_operation, operations))

    def _is_clean_operation(self, operation: Any) -> bool:
        if operation.__class__ is not dict or not operation.keys() <= _OPERATION_KEYS:
            return False
        op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
        if op.__class__ is not str:
            return False
        if path is None:
            return value.__class__ is dict and self.is_clean(value)
        if value is not None and op.lower() == "remove":
            return False
        if path.__class__ is not str:
            return False
        if "[" in path:
            quoted = path.lower()
            if 'true"' in quoted or 'false"' in quoted:
                return False
            path = path[: path.index("[")] + "[]" + path[path.rfind("]") + 1 :]
        try:
            shape = self.paths[path]
        except KeyError:
            return False
        return value is None or shape is None or shape(value)

    def _add_paths(self, attribute: Attribute, prefix: str) -> None:
        path = prefix + attribute.name
        self.paths[path] = _whole(attribute)
        self.paths[f"{path}[]"] = _element(attribute)
        for sub in attribute.sub_attributes:
            self.paths[f"{path}.{sub.name}"] = self.paths[f"{path}[].{sub.name}"] = _whole(sub)


@lru_cache(maxsize=256)
def shapes_of(type: CompiledType) -> Shapes:
    """The shapes of a type, made once."""
    return Shapes(type)


def _schemas(type: CompiledType) -> _Shape:
    known = {type.base_urn, *type.urns}

    def is_clean(value: Any) -> bool:
        if value.__class__ is not list:
            return False
        for urn in value:  # noqa: SIM110
            if urn.__class__ is not str or urn not in known:
                return False
        return True

    return is_clean


def _whole(attribute: Attribute) -> _Shape | None:
    one = _element(attribute)
    if not attribute.multi_valued:
        return one
    if one is None:
        return lambda value: value.__class__ is list
    may_be_empty = attribute.name != "roles"

    def are_clean(values: Any) -> bool:
        if values.__class__ is not list:
            return False
        for value in values:
            if not one(value):
                return False
        return may_be_empty or values != []

    return are_clean


def _element(attribute: Attribute) -> _Shape | None:
    if attribute.type is Type.BOOLEAN:
        return lambda value: value.__class__ is bool
    if attribute.type is not Type.COMPLEX:
        return None
    names = frozenset(sub.name for sub in attribute.sub_attributes)
    booleans = tuple(sub.name for sub in attribute.sub_attributes if sub.type is Type.BOOLEAN)
    granted = is_granted(attribute)

    def is_clean(value: Any) -> bool:
        if value.__class__ is not dict or not names.issuperset(value):
            return False
        for name in booleans:
            if name in value and value[name].__class__ is not bool:
                return False
        return not granted or not str(value.get("value")).lstrip().startswith(("{", "["))

    return is_clean


def _object(shapes: Mapping[str, _Shape | None]) -> _Shape:
    names = frozenset(shapes)
    shaped = tuple((name, shape) for name, shape in shapes.items() if shape is not None)

    def is_clean(value: Any) -> bool:
        if value.__class__ is not dict or not names.issuperset(value):
            return False
        for name, shape in shaped:  # noqa: SIM110
            if name in value and not shape(value[name]):
                return False
        return True

    return is_clean
