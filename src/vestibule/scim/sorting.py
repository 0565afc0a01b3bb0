"""What ``sortBy`` and ``sortOrder`` mean (RFC 7644 §3.4.2.3, R121, R122)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.scim.attribute import Returned, Type
from vestibule.scim.checker import CompiledType
from vestibule.scim.errors import InvalidPath, InvalidValue
from vestibule.scim.findings import shown, shown_path
from vestibule.scim.path import parse_attribute_path
from vestibule.scim.target import Target

_KINDS = {Type.BOOLEAN: "true and false", Type.INTEGER: "numbers", Type.DECIMAL: "numbers"}


def sort_target(sort_by: str, type: CompiledType) -> Target:
    """The attribute to sort by.

    A multi-valued complex one alone is its ``value``. InvalidValue where nothing declares it, it is
    complex without a sub-attribute, or never returned.
    """
    found = sort_targets(sort_by, (type,))[type.name]
    assert found is not None
    return found


def sort_targets(sort_by: str, types: Sequence[CompiledType]) -> dict[str, Target | None]:
    """The same for each type of a joint list, None where a type lacks it.

    InvalidValue also where the values of one type cannot be told from those of another.
    """
    try:
        path = parse_attribute_path(sort_by)
    except InvalidPath as fault:
        raise InvalidValue(f"sortBy is no attribute: {fault.detail}") from None
    targets = {type.name: type.target(path) for type in types}
    known = {name: _comparable(target) for name, target in targets.items() if target is not None}
    if not known:
        names = " or ".join(type.name for type in types)
        raise InvalidValue(
            f"sortBy: {shown_path(sort_by)} is no attribute of {names}. "
            "Check its spelling; an attribute of an extension needs its URN and a colon in front."
        )
    kinds = {_KINDS.get(target.leaf.type, "text") for target in known.values()}
    if len(kinds) > 1:
        raise InvalidValue(
            f"sortBy: {shown_path(sort_by)} is {' in one type and '.join(sorted(kinds))} in another. "
            "Sort each type at its own endpoint."
        )
    return {type.name: known.get(type.name) for type in types}


def is_descending(sort_order: Any) -> bool:
    """``ascending``, the default, or ``descending``, in any letter case; InvalidValue for another word."""
    order = str(sort_order or "ascending").strip().lower()
    if order not in ("ascending", "descending"):
        raise InvalidValue(f"sortOrder is {shown(sort_order)}. It is ascending or descending.")
    return order == "descending"


def _comparable(target: Target) -> Target:
    if Returned.NEVER in (target.attribute.returned, target.leaf.returned):
        raise InvalidValue(f"sortBy: {target} is never returned, and cannot be sorted by.")
    if target.leaf.type is not Type.COMPLEX:
        return target
    attribute = target.attribute
    value = attribute.sub_attribute("value") if attribute.multi_valued else None
    if value is None:
        example = next((sub.name for sub in attribute.sub_attributes), "value")
        raise InvalidValue(f"sortBy: {target} is complex. Sort by one of its parts, such as {example}.")
    return Target(attribute, value, target.extension)
