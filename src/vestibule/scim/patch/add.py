"""The add operation (RFC 7644 §3.5.2.1)."""

from __future__ import annotations

from typing import Any

from vestibule.scim.attribute import Type
from vestibule.scim.errors import InvalidPath, InvalidValue
from vestibule.scim.filter.tree import Filter
from vestibule.scim.patch.draft import (
    Draft,
    merged,
    refuse_change,
    refuse_emptying,
    refuse_unwritable,
    with_part,
)
from vestibule.scim.patch.membership import add_members, is_membership
from vestibule.scim.patch.selection import change_selected
from vestibule.scim.target import Target


def add(draft: Draft, target: Target, filter: Filter | None, raw: Any) -> None:
    """Append to what is multi-valued, lay over what is complex, set what is simple (R151).

    A value that is already there changes nothing (R152).
    """
    if is_membership(target, draft.type):
        operation = add_members(draft.type, target, filter, raw)
        if operation:
            draft.membership.append(operation)
        return
    refuse_unwritable(target)
    if filter is not None:
        _add_to_selected(draft, target, filter, raw)
    elif target.sub is None and target.attribute.multi_valued:
        _append(draft, target, raw)
    else:
        set_single(draft, target, raw)


def set_single(draft: Draft, target: Target, raw: Any) -> None:
    """Give a single value: what ``add`` and ``replace`` mean alike (R156, R157)."""
    whole = Target(target.attribute, None, target.extension)
    if target.sub and target.attribute.multi_valued:
        raise InvalidPath(
            f"{target} is a part of several values. Say which one is meant, "
            f'such as {whole}[type eq "work"].{target.sub.name}.'
        )
    before = draft.value(whole)
    value = draft.coerce(target, raw)
    if value is None and (raw is None or not isinstance(raw, dict)):
        refuse_emptying(target, InvalidValue)
    if target.sub:
        draft.put(whole, with_part(target, before or {}, value))
    elif target.attribute.type is Type.COMPLEX and isinstance(raw, dict):
        draft.put(whole, merged(target, before or {}, raw, value))
    else:
        refuse_change(target, before, value)
        draft.put(whole, value)


def _append(draft: Draft, target: Target, raw: Any) -> None:
    fresh = draft.coerce(target, raw if isinstance(raw, list) or raw in (None, "") else [raw]) or []
    before = draft.value(target) or []
    if before and fresh:
        refuse_change(target, before, [*before, *(value for value in fresh if value not in before)])
    values = [*before, *fresh]
    draft.put_values(target, values, range(len(before), len(values)))


def _add_to_selected(draft: Draft, target: Target, filter: Filter, raw: Any) -> None:
    def change(value: dict[str, Any]) -> dict[str, Any] | None:
        if target.sub:
            return with_part(target, value, draft.coerce(target, raw))
        part = draft.coerce(target, raw, element=True)
        return value if part is None else merged(target, value, raw, part)

    change_selected(draft, target, filter, change)
