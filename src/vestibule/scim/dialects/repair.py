"""Repairing what was sent, by the quirks of a dialect, before the engine reads it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from typing import Any

from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.dialects.operations import read_path
from vestibule.scim.dialects.resources import EMPTY_ROLES
from vestibule.scim.dialects.shapes import shapes_of
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidFilter
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.tree import AttributePath, Filter
from vestibule.scim.frozen import frozen
from vestibule.scim.patch.message import MAX_OPERATIONS, PATCH_OP
from vestibule.scim.target import Target


@frozen
class Repaired:
    """A body in strict SCIM, how often each quirk was used, and what was done, in words.

    ``kept`` names attributes that this PUT leaves as they are although it lacks them (W81).
    """

    body: Document
    tolerances: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()


def repair_document(dialect: Dialect, type: CompiledType, body: Document) -> Repaired:
    """The document of a POST or PUT; the very same where nothing was to repair."""
    if not dialect.value_quirks and not dialect.document_quirks:
        return Repaired(body)
    if "schemas" in body and shapes_of(type).is_clean(body):
        return Repaired(body)
    used = _Used()
    repaired = _document(dialect, type, body, used, partial=False)
    if dialect.schemas_optional and not any(key.lower() == "schemas" and body[key] for key in body):
        used.note("missing_schemas", "it came without schemas")
    kept = frozenset({"roles"}) if EMPTY_ROLES.name in used.counts else frozenset[str]()
    return Repaired(repaired, used.counts, tuple(used.notes), kept)


def repair_patch(dialect: Dialect, type: CompiledType, body: Document) -> Repaired:
    """The PatchOp message of a PATCH; the very same where nothing was to repair.

    A body that is no such message at all is left to the engine, which says what it lacks.
    """
    if not dialect.value_quirks and not dialect.operation_quirks:
        return Repaired(body)
    if shapes_of(type).is_clean_patch(body):
        return Repaired(body)
    message = {key.lower(): value for key, value in body.items()}
    operations = message.get("operations")
    if not isinstance(operations, list) or len(operations) > MAX_OPERATIONS:
        return Repaired(body)
    used = _Used()
    if dialect.schemas_optional and not message.get("schemas"):
        used.note("missing_schemas", "the PatchOp message came without schemas")
        message["schemas"] = [PATCH_OP]
    repaired = [one for raw in operations for one in _operations(dialect, type, raw, used)]
    if not used.counts:
        return Repaired(body)
    return Repaired(
        {"schemas": message.get("schemas"), "Operations": repaired}, used.counts, tuple(used.notes)
    )


@frozen
class RepairedFilter:
    """The filter of a query as it is meant, how often each quirk was used, and what was done, in words."""

    filter: Filter
    tolerances: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def repair_filter(dialect: Dialect, type: CompiledType, text: str) -> RepairedFilter:
    """The filter of a query, parsed. InvalidFilter, about the text as it came, where no quirk is about it."""
    used = _Used()
    try:
        filter = parse_filter(text)
    except InvalidFilter:
        meant = _of_other_text(dialect, text, used)
        if meant is None:
            raise
        filter = meant
    for quirk in dialect.filter_quirks:
        repaired = quirk.repair(filter, type)
        if repaired != filter:
            used.note(quirk.name, quirk.told)
            filter = repaired
    return RepairedFilter(filter, used.counts, tuple(used.notes))


def _of_other_text(dialect: Dialect, text: str, used: _Used) -> Filter | None:
    """What a text that is no filter stands for, None where no quirk is about it."""
    for quirk in dialect.filter_text_quirks:
        repaired = quirk.repair(text)
        if repaired != text:
            with suppress(InvalidFilter):
                filter = parse_filter(repaired)
                used.note(quirk.name, quirk.told)
                return filter
    return None


class _Used:
    """Which quirks were used; what is said of each is said once."""

    __slots__ = ("counts", "notes")

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.notes: list[str] = []

    def note(self, name: str, told: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1
        if told not in self.notes and len(self.notes) < 50:
            self.notes.append(told)


def _document(
    dialect: Dialect, type: CompiledType, body: Document, used: _Used, *, partial: bool
) -> Document:
    for quirk in dialect.document_quirks:
        repaired = quirk.repair(body, type, partial)
        if repaired is not body:
            used.note(quirk.name, quirk.told)
            body = repaired
    return _values(dialect, type, body, None, used)


def _values(
    dialect: Dialect, type: CompiledType, holder: Document, urn: str | None, used: _Used
) -> dict[str, Any]:
    changed = {}
    for key, raw in holder.items():
        target = type.target(AttributePath(key, urn=urn))
        if target is None and urn is None and ":" in key:
            target = type.target(AttributePath("", urn=key))
        if target is None:
            continue
        name = target.attribute.name
        if name in type.urns:
            repaired = _values(dialect, type, raw, name, used) if isinstance(raw, dict) else raw
        else:
            repaired = _value(dialect, target, raw, target.attribute.multi_valued, used)
        if repaired is not raw:
            changed[key] = repaired
    return {**holder, **changed} if changed else holder


def _value(dialect: Dialect, target: Target, raw: Any, many: bool, used: _Used) -> Any:
    if raw is None:
        return raw
    for quirk in dialect.value_quirks:
        repaired = quirk.repair(target.leaf, raw, many)
        if repaired is not raw:
            used.note(quirk.name, f"{target} {quirk.told}")
            raw = repaired
    return raw


def _operations(dialect: Dialect, type: CompiledType, raw: Any, used: _Used) -> list[Any]:
    if not isinstance(raw, dict):
        return [raw]
    operations: list[Document] = [{key.lower(): value for key, value in raw.items()}]
    for quirk in dialect.operation_quirks:
        through: list[Document] = []
        for operation in operations:
            repaired = quirk.repair(operation, type)
            if len(repaired) != 1 or repaired[0] is not operation:
                used.note(quirk.name, quirk.told)
            through += repaired
        operations = through
    return [_operation(dialect, type, operation, used) for operation in operations]


def _operation(dialect: Dialect, type: CompiledType, operation: Document, used: _Used) -> Document:
    raw, path = operation.get("value"), operation.get("path")
    if raw is None:
        return operation
    if path is None:
        repaired = _document(dialect, type, raw, used, partial=True) if isinstance(raw, dict) else raw
    else:
        repaired = _path_value(dialect, type, path, raw, used)
    return operation if repaired is raw else {**operation, "value": repaired}


def _path_value(dialect: Dialect, type: CompiledType, text: Any, raw: Any, used: _Used) -> Any:
    path = read_path(text) if isinstance(text, str) else None
    target = type.target(path.attribute) if path else None
    if path is None or target is None:
        return raw
    if target.attribute.name in type.urns:
        return _values(dialect, type, raw, target.attribute.name, used) if isinstance(raw, dict) else raw
    if path.sub:
        sub = target.attribute.sub_attribute(path.sub)
        return (
            _value(dialect, Target(target.attribute, sub, target.extension), raw, False, used) if sub else raw
        )
    many = target.attribute.multi_valued and path.filter is None and target.sub is None
    return _value(dialect, target, raw, many, used)
