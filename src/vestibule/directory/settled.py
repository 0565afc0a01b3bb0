"""Which filters and orders mean the same whatever the profile: those of what the RFC declares of people and groups."""

from __future__ import annotations

from vestibule.scim.filter.resolved import AllOf, AnyOf, Has, Negation, ResolvedFilter, Test, Within
from vestibule.scim.schemas.common_attributes import COMMON
from vestibule.scim.schemas.group import GROUP
from vestibule.scim.schemas.user import USER
from vestibule.scim.target import Target

_ALWAYS = frozenset(attribute.name for attribute in COMMON)
_SETTLED = {
    "User": _ALWAYS | {attribute.name for attribute in USER.attributes},
    "Group": _ALWAYS | {attribute.name for attribute in GROUP.attributes},
}


def is_settled(type_name: str, filter: ResolvedFilter | None, order: Target | None) -> bool:
    """Whether no profile can have changed what they compare: it only adds attributes to these."""
    names = _SETTLED.get(type_name, _ALWAYS)
    return (order is None or _is_settled_target(order, names)) and (
        filter is None or _is_settled_filter(filter, names)
    )


def _is_settled_filter(filter: ResolvedFilter, names: frozenset[str]) -> bool:
    match filter:
        case Test(target, _, _) | Has(target) | Within(target, _):
            return _is_settled_target(target, names)
        case Negation(inner):
            return _is_settled_filter(inner, names)
        case AllOf(filters) | AnyOf(filters):
            return all(_is_settled_filter(each, names) for each in filters)


def _is_settled_target(target: Target, names: frozenset[str]) -> bool:
    return target.extension is None and target.attribute.name in names
