"""What a PATCH does to a group's ``members``: operations on them, never a list.

Their number has no bound, so a stored group does not hold them; the directory carries these
out on membership rows, in their order. Sub-attributes of members are immutable (R51).
"""

from __future__ import annotations

from typing import Any

from vestibule.scim.checker import CompiledType
from vestibule.scim.errors import Mutability
from vestibule.scim.filter.resolve import resolve_value_filter
from vestibule.scim.filter.resolved import ResolvedFilter
from vestibule.scim.filter.tree import AttributePath, Compare, Filter, Operator, Or
from vestibule.scim.frozen import frozen
from vestibule.scim.target import Target
from vestibule.scim.values import refuse_without_value


@frozen
class AddMembers:
    """These shall be members too; who already is stays one (R152). No value twice."""

    values: tuple[str, ...]


@frozen
class RemoveMembers:
    """These shall be members no more; who is none is passed over. No value twice."""

    values: tuple[str, ...]


@frozen
class RemoveMatching:
    """Members for which the filter holds shall go; its targets are sub-attributes of ``members``."""

    filter: ResolvedFilter


@frozen
class ReplaceMembers:
    """These and no others shall be members; never empty. No value twice."""

    values: tuple[str, ...]


@frozen
class ClearMembers:
    """Nobody shall be a member."""


MembershipOperation = AddMembers | RemoveMembers | RemoveMatching | ReplaceMembers | ClearMembers


def is_membership(target: Target, type: CompiledType) -> bool:
    """Whether the target is the ``members`` of a Group."""
    return target.attribute.name == "members" and target.extension is None and type.name == "Group"


def add_members(
    type: CompiledType, target: Target, filter: Filter | None, raw: Any
) -> MembershipOperation | None:
    """``add``; None where nothing was given. Mutability where a sub-attribute is meant."""
    _refuse_parts(target, filter)
    values = _member_values(type, target, raw)
    return AddMembers(values) if values else None


def replace_members(
    type: CompiledType, target: Target, filter: Filter | None, raw: Any
) -> MembershipOperation:
    """``replace``: the whole membership, where null and [] empty it (W88)."""
    _refuse_parts(target, filter)
    values = _member_values(type, target, raw)
    return ReplaceMembers(values) if values else ClearMembers()


def remove_members(target: Target, filter: Filter | None) -> MembershipOperation:
    """``remove``: all of them, or those that a filter finds."""
    if target.sub:
        raise Mutability("The parts of a member are immutable. Remove the member: members[value eq …].")
    if filter is None:
        return ClearMembers()
    values = _named_values(filter)
    return RemoveMembers(values) if values else RemoveMatching(resolve_value_filter(filter, target))


def _refuse_parts(target: Target, filter: Filter | None) -> None:
    if target.sub or filter:
        raise Mutability("A member is immutable: add it with path members, or remove it and add another.")


def _member_values(type: CompiledType, target: Target, raw: Any) -> tuple[str, ...]:
    """The members' ids. One without a value is refused: left out, it could empty a team."""
    listed = [raw] if isinstance(raw, dict) else raw
    members: list[dict[str, str]] = type.coerce(target, listed) or []
    if isinstance(listed, list) and (
        len(members) < len(listed) or not all("value" in member for member in members)
    ):
        refuse_without_value("members", listed)
    return tuple({member["value"]: None for member in members})


def _named_values(filter: Filter) -> tuple[str, ...]:
    """The values of ``value eq "a" or value eq "b"``; empty for any other filter."""
    values: dict[str, None] = {}
    for term in filter.terms if isinstance(filter, Or) else (filter,):
        match term:
            case Compare(AttributePath(name, None, None), Operator.EQ, str(value)) if name.lower() == "value":
                values[value] = None
            case _:
                return ()
    return tuple(values)
