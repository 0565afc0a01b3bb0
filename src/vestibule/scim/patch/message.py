"""The PatchOp message (RFC 7644 §3.5.2): what a client sends, before it meets a resource."""

from __future__ import annotations

from typing import Any

from vestibule.scim.absent import ABSENT
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget
from vestibule.scim.filter.tree import Path
from vestibule.scim.findings import shown
from vestibule.scim.frozen import frozen
from vestibule.scim.path import parse_path

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#: One member each in 1,000 operations is what clients send at most (W90); ten times that is read.
MAX_OPERATIONS = 10_000

_OPS = frozenset({"add", "remove", "replace"})


@frozen
class Operation:
    """One operation. ``position`` counts from 1; ``value`` is ABSENT where none was sent."""

    op: str
    path: Path | None
    value: Any
    position: int

    def __str__(self) -> str:
        return f"{self.op} {self.path}" if self.path else f"{self.op} without path"


def parse_patch(body: Document, *, strict: bool = False) -> tuple[Operation, ...]:
    """The operations of a PatchOp message in their order, ``op`` in lower case.

    InvalidSyntax for another message (R140, R141), InvalidPath for a path that does not parse
    (R143), InvalidValue for an add or replace without value (R150), NoTarget for a remove
    without path (R142). ``strict`` demands a path everywhere (K44).
    """
    message = {key.lower(): value for key, value in body.items()}
    schemas = message.get("schemas")
    if not isinstance(schemas, list) or not any(_is_patch_op(urn) for urn in schemas):
        raise InvalidSyntax(f'The body of a PATCH needs "schemas": ["{PATCH_OP}"].')
    operations = message.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax('The body of a PATCH needs "Operations", an array of one or more operations.')
    if len(operations) > MAX_OPERATIONS:
        raise InvalidSyntax(
            f"The PATCH has {len(operations):,} operations; {MAX_OPERATIONS:,} are allowed. Send several."
        )
    return tuple(_operation(raw, position, strict) for position, raw in enumerate(operations, 1))


def _is_patch_op(urn: Any) -> bool:
    return urn == PATCH_OP or (isinstance(urn, str) and urn.lower() == PATCH_OP.lower())


def _operation(raw: Any, position: int, strict: bool) -> Operation:
    where = f"Operation {position}"
    if not isinstance(raw, dict):
        raise InvalidSyntax(f"{where} must be an object with op, path and value, not {shown(raw)}.")
    parts = {key.lower(): value for key, value in raw.items()}
    op = parts.get("op")
    word = op.lower() if isinstance(op, str) else ""
    if word not in _OPS:
        raise InvalidSyntax(f"{where}: op must be add, remove or replace, not {shown(op)}.")
    path = _path(parts.get("path"), where)
    value = parts.get("value", ABSENT)
    if path is None and word == "remove":
        raise NoTarget(f"{where}: a remove needs a path that says what to remove.")
    if path is None and strict:
        raise InvalidPath(f"{where}: a path is needed (this connection is strict).")
    if value is ABSENT and word != "remove":
        raise InvalidValue(f"{where}: {word} needs a value.")
    if path is None and not isinstance(value, dict):
        raise InvalidValue(
            f"{where}: without a path the value must be an object of attributes, not {shown(value)}."
        )
    return Operation(word, path, value, position)


def _path(raw: Any, where: str) -> Path | None:
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise InvalidPath(f"{where}: path must be text, not {shown(raw)}.")
    try:
        return parse_path(raw)
    except InvalidPath as refusal:
        raise InvalidPath(f"{where}: {refusal.detail}") from None
