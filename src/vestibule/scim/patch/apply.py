"""Applying a PATCH to a document: all operations in order, or none (R146, R148)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from vestibule.scim.absent import ABSENT, Absent
from vestibule.scim.attribute import Mutability as Characteristic
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidPath, InvalidValue, Mutability, ScimError
from vestibule.scim.filter.tree import AttributePath, Filter
from vestibule.scim.findings import shown
from vestibule.scim.frozen import frozen
from vestibule.scim.patch.add import add
from vestibule.scim.patch.draft import Draft, is_extension
from vestibule.scim.patch.membership import MembershipOperation
from vestibule.scim.patch.message import Operation
from vestibule.scim.patch.remove import remove
from vestibule.scim.patch.replace import replace
from vestibule.scim.path import parse_attribute_path
from vestibule.scim.target import Target

_Carry = Callable[[Draft, Target, Filter | None, Any], None]
_CARRY: dict[str, _Carry] = {"add": add, "remove": remove, "replace": replace}
#: What no-path values may name and nobody but the service provider sets (W85, W130).
_PASSED_OVER = frozenset({"schemas", "meta"})


@frozen
class Patched:
    """What a PATCH makes of a document.

    ``document`` is canonical and equal to the one that came in where nothing changed (R152).
    ``external_id`` is ABSENT where no operation touched it, None where it was removed.
    ``dropped`` names attributes in no-path values that nobody declared, ``tolerated`` what strict
    would have refused.
    """

    document: Document
    external_id: str | Absent | None = ABSENT
    membership: tuple[MembershipOperation, ...] = ()
    dropped: tuple[str, ...] = ()
    password_given: bool = False
    tolerated: Mapping[str, int] = field(default_factory=dict)


def apply_patch(
    type: CompiledType,
    document: Document,
    operations: Sequence[Operation],
    *,
    upsert: bool = False,
    strict: bool = False,
) -> Patched:
    """The document after all operations; the one that came in stays as it was.

    It is in canonical form, without ``members`` and ``externalId``; where it has its ``id``,
    a no-path value may repeat it (W85). ``upsert`` makes a value where a filter of ``eq``s
    finds none (K19), instead of NoTarget. Whether a required attribute is missing afterwards
    is asked of ``CompiledType.missing``. Raises a ScimError of the first operation that fails.
    """
    draft = Draft(type, document, upsert=upsert, strict=strict)
    for operation in operations:
        try:
            _apply(draft, operation)
        except ScimError as refusal:
            if len(operations) == 1:
                raise
            raise refusal.__class__(
                f"{refusal.detail} (operation {operation.position}: {str(operation)[:200]})"
            ) from None
    return Patched(
        type.with_schemas(draft.document),
        draft.external_id,
        tuple(draft.membership),
        tuple(draft.findings.dropped),
        draft.password_given,
        draft.findings.tolerated,
    )


def _apply(draft: Draft, operation: Operation) -> None:
    carry, path = _CARRY[operation.op], operation.path
    if path is None:
        _apply_object(draft, carry, operation.value, None)
        return
    target = draft.locate(path.attribute)
    if target.keys == ("schemas",) and operation.op != "remove":
        return  # R145: the service provider keeps it by itself
    if path.sub is not None:
        target = _part_of(target, path.sub)
    if is_extension(target, draft.type):
        _apply_extension(draft, carry, target, operation)
    else:
        carry(draft, target, path.filter, operation.value)


def _part_of(target: Target, name: str) -> Target:
    sub = None if target.sub else target.attribute.sub_attribute(name)
    if sub is None:
        known = ", ".join(sub.name for sub in target.attribute.sub_attributes)
        raise InvalidPath(f"{name} is no sub-attribute of {target}. There are: {known or 'none'}.")
    return Target(target.attribute, sub, target.extension)


def _apply_object(draft: Draft, carry: _Carry, attributes: dict[str, Any], extension: str | None) -> None:
    """Each attribute of a value without path (R150, R155), or of the object of an extension."""
    for key, raw in attributes.items():
        target = draft.type.target(AttributePath(key, urn=extension))
        if target is None and extension is None and ":" in key:
            target = draft.type.target(AttributePath("", urn=key))
        if target is None:
            _pass_over(draft, key, extension)
        elif is_extension(target, draft.type):
            _apply_whole(draft, carry, target, raw)
        elif target.attribute.name == "id" and extension is None:
            _refuse_other_id(draft, raw)
        elif (
            target.attribute.mutability is not Characteristic.READ_ONLY
            and target.attribute.name not in _PASSED_OVER
        ):
            carry(draft, target, None, raw)


def _apply_extension(draft: Draft, carry: _Carry, target: Target, operation: Operation) -> None:
    """A path that is the URN of an extension: the object that holds its attributes."""
    assert operation.path is not None
    if operation.path.filter or target.sub:
        raise InvalidPath(f"{operation.path} is no path. Name the attribute: {target.attribute.name}:name.")
    if operation.op == "remove":
        _apply_whole(draft, carry, target, None)
    else:
        _apply_whole(draft, carry, target, operation.value)


def _apply_whole(draft: Draft, carry: _Carry, target: Target, raw: Any) -> None:
    urn = target.attribute.name
    if raw is None:
        held = draft.document.get(urn, {})
        _apply_object(draft, carry, dict.fromkeys(held, ABSENT if carry is remove else None), urn)
    elif isinstance(raw, dict):
        _apply_object(draft, carry, raw, urn)
    else:
        raise InvalidValue(f"{urn} must be an object of attributes, not {shown(raw)}.")


def _pass_over(draft: Draft, key: str, extension: str | None) -> None:
    """An attribute nobody declared is left out, but never a path in a key's place: that would lose a value."""
    whole = f"{extension}:{key}" if extension else key
    try:
        known = draft.type.target(parse_attribute_path(whole)) is not None
    except InvalidPath:
        known = False
    if known:
        raise InvalidPath(f"{key} is a path, and a value without path has plain attribute names as keys.")
    draft.drop(whole)


def _refuse_other_id(draft: Draft, raw: Any) -> None:
    own = draft.document.get("id")
    if own is not None and raw is not None and raw != own:
        raise Mutability(f"id is readOnly: the resource is {own}, and the value names {shown(raw)}.")
