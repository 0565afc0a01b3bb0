"""From what a filter says to what it means in a resource type.

All rules that depend on an attribute's type are settled here, once, for the evaluator and for
the SQL compilers of the stores.
"""

from __future__ import annotations

from vestibule.scim.attribute import Returned, Type
from vestibule.scim.checker import CompiledType
from vestibule.scim.errors import InvalidFilter
from vestibule.scim.filter.comparing import COMPARING
from vestibule.scim.filter.resolved import AllOf, AnyOf, Has, Negation, ResolvedFilter, Test, Within
from vestibule.scim.filter.tree import (
    And,
    AttributePath,
    Compare,
    Filter,
    Literal,
    Not,
    Operator,
    Or,
    Present,
    ValuePath,
)
from vestibule.scim.target import Target


def resolve(filter: Filter, type: CompiledType) -> ResolvedFilter:
    """The meaning of ``filter`` for resources of ``type``.

    InvalidFilter, naming the attribute, for one that is unknown (an extension's must carry its
    URN, R93), complex without a sub-attribute (R117), never returned, or compared with an
    operator or value its type does not take (R112).
    """
    match filter:
        case Compare(path, operator, value):
            return _compare(_target(path, type), path, operator, value)
        case Present(path):
            return Has(_target(path, type))
        case ValuePath(path, inner):
            target = _target(path, type)
            if target.sub or not target.attribute.sub_attributes:
                raise InvalidFilter(f"{path} has no sub-attributes that brackets could ask for.")
            return Within(target, resolve_value_filter(inner, target))
        case Not(inner):
            return Negation(resolve(inner, type))
        case And(terms):
            return AllOf(tuple(resolve(term, type) for term in terms))
        case Or(terms):
            return AnyOf(tuple(resolve(term, type) for term in terms))


def resolve_value_filter(filter: Filter, target: Target) -> ResolvedFilter:
    """The meaning of what stands in the brackets of a value path on the complex ``target`` (R116)."""
    match filter:
        case Compare(path, operator, value):
            return _compare(_within(path, target), path, operator, value)
        case Present(path):
            return Has(_within(path, target))
        case ValuePath(path, _):
            raise InvalidFilter(f"A value path does not hold another: {path}[…] inside {target}[…].")
        case Not(inner):
            return Negation(resolve_value_filter(inner, target))
        case And(terms):
            return AllOf(tuple(resolve_value_filter(term, target) for term in terms))
        case Or(terms):
            return AnyOf(tuple(resolve_value_filter(term, target) for term in terms))


def _target(path: AttributePath, type: CompiledType) -> Target:
    target = type.target(path)
    if target is None:
        raise InvalidFilter(
            f"{path} is no attribute of {type.name}. "
            "Check its spelling; an attribute of an extension needs its URN and a colon in front."
        )
    return _returned(target)


def _within(path: AttributePath, target: Target) -> Target:
    attribute = target.attribute
    sub = None if path.urn or path.sub else attribute.sub_attribute(path.name)
    if sub is None:
        known = ", ".join(sub.name for sub in attribute.sub_attributes)
        raise InvalidFilter(f"{path} is no sub-attribute of {target}. There are: {known}.")
    return _returned(Target(attribute, sub, target.extension))


def _returned(target: Target) -> Target:
    if target.leaf.returned is Returned.NEVER:
        raise InvalidFilter(f"{target} is never returned, and cannot be asked for.")
    return target


def _compare(target: Target, path: AttributePath, operator: Operator, value: Literal) -> ResolvedFilter:
    if value is None:
        return _compare_with_null(target, operator)
    if target.leaf.type is Type.COMPLEX:
        target = _default_sub_attribute(target, path)
    comparing = COMPARING[target.leaf.type]
    if operator not in comparing.operators:
        taken = ", ".join([*(op for op in Operator if op in comparing.operators), "pr"])
        raise InvalidFilter(f"{target} is of type {target.leaf.type}: it takes {taken}, not {operator}.")
    try:
        return Test(target, operator, comparing.search_value(target, value))
    except ValueError:
        found = f'"{value}"' if isinstance(value, str) else str(value).lower()
        raise InvalidFilter(
            f"{target} is of type {target.leaf.type}: compare it with {comparing.wanted}, not {found}."
        ) from None


def _compare_with_null(target: Target, operator: Operator) -> ResolvedFilter:
    """Null is the unassigned state (RFC 7643 §2.5, R17), so only ``eq`` and ``ne`` have a meaning."""
    if operator is Operator.EQ:
        return Negation(Has(target))
    if operator is Operator.NE:
        return Has(target)
    raise InvalidFilter(f"{target} {operator} null has no meaning: null takes eq and ne.")


def _default_sub_attribute(target: Target, path: AttributePath) -> Target:
    """RFC 7643 §2.4: ``emails co "x"`` asks for ``emails.value``; any other needs its sub-attribute (R117)."""
    attribute = target.attribute
    value = attribute.sub_attribute("value") if attribute.multi_valued else None
    if value is None:
        example = next((sub.name for sub in attribute.sub_attributes), "value")
        raise InvalidFilter(f"{target} is complex: compare one of its parts, such as {path}.{example}.")
    return Target(attribute, value, target.extension)
