"""The remove operation (RFC 7644 §3.5.2.2)."""

from __future__ import annotations

from typing import Any

from vestibule.scim.absent import ABSENT
from vestibule.scim.errors import InvalidPath, InvalidValue, Mutability
from vestibule.scim.filter.tree import Filter
from vestibule.scim.findings import shown
from vestibule.scim.patch.draft import Draft, refuse_change, refuse_emptying, refuse_unwritable, with_part
from vestibule.scim.patch.membership import RemoveMatching, is_membership, remove_members
from vestibule.scim.patch.selection import change_selected, drop_selected
from vestibule.scim.target import Target


def remove(draft: Draft, target: Target, filter: Filter | None, raw: Any) -> None:
    """Unassign the attribute, its values that match, or one sub-attribute of these (R153).

    Mutability for what is required or readOnly (R154). Removing what is not there changes nothing.
    """
    if raw is not ABSENT and raw is not None:
        raise InvalidValue(
            f"remove takes no value, and {target} was sent with {shown(raw)}. "
            f"Say in the path what to remove, such as {target}[value eq …]; nothing was removed."
        )
    if is_membership(target, draft.type):
        operation = remove_members(target, filter)
        if filter is not None and isinstance(operation, RemoveMatching):
            draft.search_members(filter)
        draft.membership.append(operation)
        return
    refuse_unwritable(target)
    whole = Target(target.attribute, None, target.extension)
    if filter is None:
        refuse_emptying(target, Mutability)
        if target.sub is None:
            refuse_change(target, draft.value(target), None)
            draft.put(target, None)
        elif target.attribute.multi_valued:
            raise InvalidPath(f"{target} is a part of several values. Say which one is meant: {whole}[…].")
        elif before := draft.value(whole):
            draft.put(whole, with_part(target, before, None))
    elif target.sub is None:
        drop_selected(draft, target, filter)
    else:
        refuse_emptying(target, Mutability)
        change_selected(draft, target, filter, lambda value: with_part(target, value, None), Mutability)
