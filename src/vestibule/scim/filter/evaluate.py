"""Whether a resource, or one value of a multi-valued attribute, matches a resolved filter.

Works on the search form (``CompiledType.search_form``), so that folding, instants and defaults
are settled on both sides. It is the reference the SQL compilers of the stores are held against.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from vestibule.scim.filter.resolved import (
    AllOf,
    AnyOf,
    Has,
    Negation,
    ResolvedFilter,
    SearchValue,
    Test,
    Within,
)
from vestibule.scim.filter.tree import Operator
from vestibule.scim.target import Target

_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.CO: operator.contains,
    Operator.SW: str.startswith,
    Operator.EW: str.endswith,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


def matches(resolved: ResolvedFilter, find: Mapping[str, Any]) -> bool:
    """Whether the resource with that search form matches."""
    return _holds(resolved, find, _values)


def matches_value(resolved: ResolvedFilter, value: Mapping[str, Any]) -> bool:
    """Whether one complex value, in search form, satisfies the filter of a ``Within``."""
    return _holds(resolved, value, _parts)


_Values = Callable[[Mapping[str, Any], Target], Iterator[Any]]


def _holds(resolved: ResolvedFilter, source: Mapping[str, Any], values: _Values) -> bool:
    match resolved:
        case Test(target, Operator.NE, value):
            return not any(_compares(found, Operator.EQ, value) for found in values(source, target))
        case Test(target, comparison, value):
            return any(_compares(found, comparison, value) for found in values(source, target))
        case Has(target):
            return any(found not in ("", [], {}) for found in values(source, target))
        case Within(target, inner):
            return any(matches_value(inner, found) for found in values(source, target))
        case Negation(inner):
            return not _holds(inner, source, values)
        case AllOf(filters):
            return all(_holds(each, source, values) for each in filters)
        case AnyOf(filters):
            return any(_holds(each, source, values) for each in filters)


def _compares(found: Any, comparison: Operator, value: SearchValue) -> bool:
    wanted = float(value) if isinstance(value, Decimal) and isinstance(found, float) else value
    return _COMPARE[comparison](found, wanted)


def _values(find: Mapping[str, Any], target: Target) -> Iterator[Any]:
    """Every value of the target in a resource; none where unassigned."""
    holder: Any = find.get(target.extension, {}) if target.extension else find
    value = holder.get(target.attribute.name)
    for each in value if isinstance(value, list) else (value,):
        if each is None:
            continue
        if target.sub is None:
            yield each
        else:
            yield from _parts(each, target)


def _parts(value: Mapping[str, Any], target: Target) -> Iterator[Any]:
    """The sub-attribute of one complex value; none where unassigned."""
    part = value.get(target.leaf.name)
    if isinstance(part, list):
        yield from part
    elif part is not None:
        yield part
