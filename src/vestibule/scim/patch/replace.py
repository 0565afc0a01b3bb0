"""The replace operation (RFC 7644 §3.5.2.3)."""

from __future__ import annotations

from typing import Any

from vestibule.scim.errors import InvalidValue
from vestibule.scim.filter.tree import Filter
from vestibule.scim.patch.add import set_single
from vestibule.scim.patch.draft import (
    Draft,
    in_order,
    refuse_change,
    refuse_emptying,
    refuse_unwritable,
    with_part,
)
from vestibule.scim.patch.membership import is_membership, replace_members
from vestibule.scim.patch.selection import change_selected, named_parts
from vestibule.scim.target import Target


def replace(draft: Draft, target: Target, filter: Filter | None, raw: Any) -> None:
    """Another value for the old one; where there is none, as ``add`` (R156).

    All values of what is multi-valued (R158); of what is complex, the sub-attributes that are
    given (R157).
    """
    if is_membership(target, draft.type):
        draft.membership.append(replace_members(draft.type, target, filter, raw))
        return
    refuse_unwritable(target)
    if filter is not None:
        _replace_selected(draft, target, filter, raw)
    elif target.sub is None and target.attribute.multi_valued:
        values = draft.coerce(target, raw)
        if values is None:
            refuse_emptying(target, InvalidValue)
        refuse_change(target, draft.value(target), values)
        draft.put_values(target, values or [], range(len(values or [])))
    else:
        set_single(draft, target, raw)


def _replace_selected(draft: Draft, target: Target, filter: Filter, raw: Any) -> None:
    """Each value that matches, whole; or of each the one sub-attribute that stands after the bracket.

    What the filter says of the value stays true of it, unless the new value says otherwise: a
    replaced work address is a work address.
    """

    def change(value: dict[str, Any]) -> dict[str, Any] | None:
        if target.sub:
            return with_part(target, value, draft.coerce(target, raw))
        after = draft.coerce(target, raw, element=True)
        if after is None:
            return None
        kept = named_parts(filter) or {}
        labels = {name: part for name, part in value.items() if name.lower() in kept}
        for sub in target.attribute.sub_attributes:
            refuse_change(
                Target(target.attribute, sub, target.extension), value.get(sub.name), after.get(sub.name)
            )
        return in_order(target.attribute, {**labels, **after})

    change_selected(draft, target, filter, change)
