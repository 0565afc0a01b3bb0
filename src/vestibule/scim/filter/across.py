"""What one filter means in each of several resource types (RFC 7644 §3.4.2.1, R106)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vestibule.scim.checker import CompiledType
from vestibule.scim.filter.evaluate import matches
from vestibule.scim.filter.resolve import resolve
from vestibule.scim.filter.resolved import AllOf, AnyOf, Has, Negation, ResolvedFilter, Test, Within
from vestibule.scim.filter.tree import And, Compare, Filter, Not, Operator, Or, Present, ValuePath

EVERYTHING = AllOf(())
NOTHING = AnyOf(())


def resolve_across(filters: Mapping[str, Filter], types: Sequence[CompiledType]) -> dict[str, ResolvedFilter]:
    """The meaning of a filter by the name of each type of which a resource can match.

    ``filters`` has the filter for each type, as its dialect repaired it. An attribute that a type
    lacks counts as one without a value there; one that no type has is InvalidFilter, as is
    whatever ``resolve`` refuses. What the type alone decides is decided: a type that cannot match
    is left out, and one of which every resource does has ``EVERYTHING``. Neither constant stands
    inside another filter.
    """
    found = {type.name: _resolve(filters[type.name], type, types) for type in types}
    return {name: resolved for name, resolved in found.items() if resolved != NOTHING}


def _resolve(filter: Filter, type: CompiledType, types: Sequence[CompiledType]) -> ResolvedFilter:
    match filter:
        case Not(inner):
            resolved = _resolve(inner, type, types)
            if resolved in (EVERYTHING, NOTHING):
                return NOTHING if resolved == EVERYTHING else EVERYTHING
            return Negation(resolved)
        case And(terms):
            return _joined(AllOf, [_resolve(term, type, types) for term in terms], EVERYTHING, NOTHING)
        case Or(terms):
            return _joined(AnyOf, [_resolve(term, type, types) for term in terms], NOTHING, EVERYTHING)
        case Compare(path) | Present(path) | ValuePath(path):
            if type.target(path) is None and any(other.target(path) for other in types):
                return _without_value(filter)
            return _of_the_type(resolve(filter, type), type)


def _joined(
    join: type[AllOf | AnyOf], terms: list[ResolvedFilter], neutral: ResolvedFilter, settling: ResolvedFilter
) -> ResolvedFilter:
    if settling in terms:
        return settling
    left = tuple(term for term in terms if term != neutral)
    return left[0] if len(left) == 1 else join(left)


def _without_value(filter: Compare | Present | ValuePath) -> ResolvedFilter:
    """``ne`` holds where no value equals, and ``eq null`` where there is none (RFC 7643 §2.5)."""
    match filter:
        case Compare(_, Operator.NE, value) if value is not None:
            return EVERYTHING
        case Compare(_, Operator.EQ, None):
            return EVERYTHING
    return NOTHING


def _of_the_type(resolved: ResolvedFilter, type: CompiledType) -> ResolvedFilter:
    """Decided, where it asks for ``meta.resourceType`` alone."""
    asked = resolved.filter if isinstance(resolved, Negation) else resolved
    parts = [asked.filter] if isinstance(asked, Within) else [asked]
    if all(isinstance(part, Test | Has) and part.target.keys == ("meta", "resourceType") for part in parts):
        return EVERYTHING if matches(resolved, {"meta": {"resourceType": type.name}}) else NOTHING
    return resolved
