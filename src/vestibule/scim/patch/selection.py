"""Which values of an attribute a value path selects, and what becomes of them (RFC 7644 §3.5.2)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from vestibule.scim.errors import InvalidFilter, InvalidValue, Mutability, NoTarget
from vestibule.scim.filter.evaluate import matches_value
from vestibule.scim.filter.resolve import resolve_value_filter
from vestibule.scim.filter.tree import And, AttributePath, Compare, Filter, Literal, Operator, comparisons
from vestibule.scim.patch.draft import VALUE_OF_FILTER, Draft, refuse_emptying
from vestibule.scim.target import Target

_Value = dict[str, Any]


def change_selected(
    draft: Draft,
    target: Target,
    filter: Filter,
    change: Callable[[_Value], _Value | None],
    emptied: type[Mutability] | type[InvalidValue] = InvalidValue,
) -> None:
    """Have ``change`` make another value of each that matches; None drops it.

    ``emptied`` is raised where nothing would be left of what is required.
    Nothing matches: a value is made of the filter itself where the draft allows that (W109,
    K19) and the filter is no more than ``eq``s; NoTarget otherwise (R159).
    """
    values, selected = select(draft, target, filter)
    if selected:
        _write(draft, target, values, {at: change(values[at]) for at in selected}, emptied)
        return
    seed = _seed(draft, target, filter) if draft.upsert and target.attribute.multi_valued else None
    if seed is None:
        raise no_match(target, filter)
    made = change(seed)
    draft.findings.tolerate(VALUE_OF_FILTER)
    if made is not None and made != seed and not _says_nothing(made):
        values.append(made)
        draft.put_values(target, values, (len(values) - 1,))


def drop_selected(draft: Draft, target: Target, filter: Filter) -> None:
    """Remove each value that matches. None does: no error where the draft takes values as they come."""
    values, selected = select(draft, target, filter)
    if selected:
        _write(draft, target, values, dict.fromkeys(selected), Mutability)
    elif draft.upsert:
        draft.findings.tolerate(VALUE_OF_FILTER)
    else:
        raise no_match(target, filter)


def select(draft: Draft, target: Target, filter: Filter) -> tuple[list[_Value], list[int]]:
    """The attribute's values, and the positions of those that match, compared in search form."""
    if not target.attribute.sub_attributes:
        raise InvalidFilter(f"{target} has no sub-attributes that brackets could ask for.")
    whole = Target(target.attribute, None, target.extension)
    resolved = resolve_value_filter(filter, whole)
    value = draft.value(whole)
    if value is None:
        return [], []
    values: list[_Value] = list(value) if isinstance(value, list) else [value]
    draft.spend(len(values) * sum(1 for _ in comparisons(filter)))
    name, extension = target.attribute.name, target.extension
    found = draft.type.search_form({extension: {name: value}} if extension else {name: value})
    folded = (found.get(extension, {}) if extension else found).get(name, [])
    folded = folded if isinstance(folded, list) else [folded]
    return values, [at for at, each in enumerate(folded) if matches_value(resolved, each)]


def no_match(target: Target, filter: Filter) -> NoTarget:
    """The refusal of a path whose filter finds nothing."""
    whole = Target(target.attribute, None, target.extension)
    return NoTarget(f"{whole}[{filter}] finds no value to work on.")


def named_parts(filter: Filter) -> dict[str, Literal] | None:
    """What a filter of ``eq``s joined by ``and`` says a value is; None for any other filter."""
    parts: dict[str, Literal] = {}
    for term in filter.terms if isinstance(filter, And) else (filter,):
        match term:
            case Compare(AttributePath(name, None, None), Operator.EQ, value) if value is not None:
                if parts.setdefault(name.lower(), value) != value:
                    return None
            case _:
                return None
    return parts


def _seed(draft: Draft, target: Target, filter: Filter) -> _Value | None:
    parts = named_parts(filter)
    if parts is None:
        return None
    raw = {name: _number(value) if isinstance(value, Decimal) else value for name, value in parts.items()}
    seed: _Value | None = draft.coerce(Target(target.attribute, None, target.extension), raw, element=True)
    return seed


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _write(
    draft: Draft,
    target: Target,
    values: list[_Value],
    made: dict[int, _Value | None],
    emptied: type[Mutability] | type[InvalidValue],
) -> None:
    whole = Target(target.attribute, None, target.extension)
    if not target.attribute.multi_valued:
        value = made[0]
        if value is None:
            refuse_emptying(whole, emptied)
        draft.put(whole, value)
        return
    kept: list[_Value] = []
    touched = []
    for at, value in enumerate(values):
        after = made.get(at, value)
        if after is None or (at in made and _says_nothing(after)):
            continue
        if at in made:
            touched.append(len(kept))
        kept.append(after)
    if not kept:
        refuse_emptying(whole, emptied)
    draft.put_values(whole, kept, touched)


def _says_nothing(value: _Value) -> bool:
    """Whether only labels are left of a value whose content was removed (R153)."""
    return value.keys() <= {"type", "primary"}
