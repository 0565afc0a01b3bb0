"""Quirks in the shape of a PATCH operation. Keys of an operation are in lower case here."""

from __future__ import annotations

from typing import Any

from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects.dialect import FilterQuirk, OperationQuirk
from vestibule.scim.dialects.resources import alias_path
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidPath
from vestibule.scim.filter.tree import (
    And,
    AttributePath,
    Compare,
    Filter,
    Literal,
    Not,
    Operator,
    Or,
    Path,
    ValuePath,
)
from vestibule.scim.path import parse_path
from vestibule.scim.target import Target

#: So many members are named in one path, so that it keeps within the limits of a filter.
_NAMED_AT_ONCE = 100
_BOOLEANS = {"true": True, "false": False}


def aliases_in_paths(operation: Document, type: CompiledType) -> list[Document]:
    """OneLogin's URNs in a path (W125)."""
    path = operation.get("path")
    known = alias_path(path, type) if isinstance(path, str) else path
    return [operation] if known == path else [{**operation, "path": known}]


def quoted_booleans(operation: Document, type: CompiledType) -> list[Document]:
    """``roles[primary eq "True"].value`` (W112): text for a boolean in a value filter."""
    path = operation.get("path")
    if not isinstance(path, str) or "[" not in path:
        return [operation]
    parsed = read_path(path)
    target = type.target(parsed.attribute) if parsed else None
    if parsed is None or parsed.filter is None or target is None:
        return [operation]
    filter = without_quotes(parsed.filter, target)
    if filter == parsed.filter:
        return [operation]
    return [{**operation, "path": str(Path(parsed.attribute, filter, parsed.sub))}]


def quoted_booleans_in_filters(filter: Filter, type: CompiledType) -> Filter:
    """``active eq "True"`` in a query (W112), inside brackets too."""
    return without_quotes(filter, type)


def value_paths_as_keys(operation: Document, type: CompiledType) -> list[Document]:
    """Keys of a value without path that are value paths (W110): each an operation of its own."""
    value = operation.get("value")
    if operation.get("path") is not None or not isinstance(value, dict):
        return [operation]
    paths = [key for key in value if "[" in key and (path := read_path(key)) and type.target(path.attribute)]
    if not paths:
        return [operation]
    plain = {key: part for key, part in value.items() if key not in paths}
    first = [{**operation, "value": plain}] if plain else []
    return [*first, *({"op": operation.get("op"), "path": key, "value": value[key]} for key in paths)]


def remove_with_value(operation: Document, type: CompiledType) -> list[Document]:
    """Remove with a list of values removes these, never all (W111, W126, W130, K21).

    An empty list removes nothing. For a single value, which value was there says nothing.
    """
    op, value = operation.get("op"), operation.get("value")
    if not isinstance(op, str) or op.lower() != "remove" or value is None:
        return [operation]
    raw = operation.get("path")
    path = read_path(raw) if isinstance(raw, str) else None
    target = type.target(path.attribute) if path else None
    if path is None or target is None:
        return [operation]
    if path.filter is not None or not target.attribute.multi_valued or target.sub:
        return [{key: part for key, part in operation.items() if key != "value"}]
    filters = _named_filters(target.attribute, value)
    if filters is None:
        return [operation]
    if not filters:
        return [{"op": "add", "path": raw, "value": []}]
    batches = [filters[at : at + _NAMED_AT_ONCE] for at in range(0, len(filters), _NAMED_AT_ONCE)]
    return [{"op": op, "path": str(Path(path.attribute, _any_of(batch)))} for batch in batches]


def unknown_extension(operation: Document, type: CompiledType) -> list[Document]:
    """A path into a schema that is not declared here: left out, as an unknown attribute is on create (W105).

    Without it, one mapping too many would fail every update of every person.
    """
    raw = operation.get("path")
    if not isinstance(raw, str) or not raw.lower().startswith("urn:"):
        return [operation]
    known = (type.base_urn.lower(), *(urn.lower() for urn in type.urns))
    if raw.lower().startswith(tuple(f"{urn}:" for urn in known)) or raw.lower() in known:
        return [operation]
    return [{"op": "add", "value": {}}]


def read_path(text: str) -> Path | None:
    """The path, or None where it does not parse: the engine says why."""
    try:
        return parse_path(text)
    except InvalidPath:
        return None


def without_quotes(filter: Filter, target: Target | CompiledType) -> Filter:
    """The filter with "True" and "False" as booleans wherever a boolean attribute is compared."""
    match filter:
        case Compare(path, operator, str(text)) if text.lower() in _BOOLEANS:
            leaf = _leaf(path, target)
            if leaf is not None and leaf.type is Type.BOOLEAN:
                return Compare(path, operator, _BOOLEANS[text.lower()])
            return filter
        case ValuePath(path, inner):
            found = target.target(path) if isinstance(target, CompiledType) else None
            return ValuePath(path, without_quotes(inner, found)) if found else filter
        case Not(inner):
            return Not(without_quotes(inner, target))
        case And(terms):
            return And(tuple(without_quotes(term, target) for term in terms))
        case Or(terms):
            return Or(tuple(without_quotes(term, target) for term in terms))
        case _:
            return filter


def _leaf(path: AttributePath, target: Target | CompiledType) -> Attribute | None:
    if isinstance(target, CompiledType):
        found = target.target(path)
        return found.leaf if found else None
    return target.attribute.sub_attribute(path.name)


def _named_filters(attribute: Attribute, value: Any) -> list[Filter] | None:
    """A filter for each value that is named; None where one cannot be told from others."""
    if attribute.sub_attribute("value") is None:
        return None
    filters: list[Filter] = []
    for item in value if isinstance(value, list) else [value]:
        named = (
            {key.lower(): part for key, part in item.items()} if isinstance(item, dict) else {"value": item}
        )
        if not isinstance(named.get("value"), str) or not named["value"]:
            return None
        filters.append(_eq("value", named["value"]))
    return filters


def _eq(name: str, value: Literal) -> Filter:
    return Compare(AttributePath(name), Operator.EQ, value)


def _any_of(filters: list[Filter]) -> Filter:
    return filters[0] if len(filters) == 1 else Or(tuple(filters))


ALIASES_IN_PATHS = OperationQuirk(
    "alias_urns",
    "W125",
    "onelogin/update-by-patch",
    "schema URNs other than the IETF's were read as those",
    aliases_in_paths,
)
QUOTED_BOOLEANS = OperationQuirk(
    "quoted_booleans",
    "W112",
    "entra/single-app-role",
    "text was compared with true or false, and read as that",
    quoted_booleans,
)
QUOTED_BOOLEANS_IN_FILTERS = FilterQuirk(
    "quoted_booleans",
    "W112",
    "entra/lookup-by-primary-role",
    "text was compared with true or false, and read as that",
    quoted_booleans_in_filters,
)
VALUE_PATHS_AS_KEYS = OperationQuirk(
    "paths_as_keys",
    "W110, K20",
    "entra/update-without-path",
    "keys that are paths were taken apart",
    value_paths_as_keys,
)
REMOVE_WITH_VALUE = OperationQuirk(
    "remove_with_value",
    "W111, W126, W130, K21",
    "entra/group-members",
    "remove came with values, and removed these alone",
    remove_with_value,
)
UNKNOWN_EXTENSION = OperationQuirk(
    "unknown_extension",
    "W105",
    "entra/mapping-not-declared",
    "an operation on a schema that is not declared here was left out",
    unknown_extension,
)
