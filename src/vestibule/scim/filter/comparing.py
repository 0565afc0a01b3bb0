"""Which operators a type takes and what a comparison value of it looks like in search form.

RFC 7644 §3.4.2.2: text compares by code points after folding (R120, R122), instants as points
in time (R7), numbers as numbers; booleans and binaries have no order (R112).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from vestibule.scim.attribute import Type
from vestibule.scim.filter.resolved import SearchValue
from vestibule.scim.filter.tree import Literal, Operator
from vestibule.scim.fold import fold, fold_user_name, instant
from vestibule.scim.target import Target

_EQUALITY = frozenset({Operator.EQ, Operator.NE})
_ORDER = frozenset({Operator.GT, Operator.GE, Operator.LT, Operator.LE})
_PARTS = frozenset({Operator.CO, Operator.SW, Operator.EW})
_INT64 = 1 << 63
_BEYOND = Decimal(1 << 64)


@dataclass(frozen=True, slots=True)
class Comparing:
    """How one type compares. ``search_value`` raises ValueError for a value of another type."""

    operators: frozenset[Operator]
    wanted: str
    search_value: Callable[[Target, Literal], SearchValue]


def _text(target: Target, value: Literal) -> str:
    if not isinstance(value, str):
        raise ValueError
    if target.leaf.case_exact:
        return value
    return fold_user_name(value) if is_user_name(target) else fold(value)


def _exact_text(target: Target, value: Literal) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _instant(target: Target, value: Literal) -> str:
    if not isinstance(value, str):
        raise ValueError
    return instant(value)


def _boolean(target: Target, value: Literal) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _number(target: Target, value: Literal) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            value = int(value)
        elif float(value).is_integer():  # beyond what a double can tell apart
            value = int(float(value))
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        # Whatever lies beyond all that can be stored does so in a double, too: -2^63 - 1 would be -2^63 there.
        value = _BEYOND if value > 0 else -_BEYOND
    return value


def is_user_name(target: Target) -> bool:
    """Whether the target is the core userName, which folds by PRECIS and not as text does."""
    return target.attribute.name == "userName" and target.extension is None and target.sub is None


_TEXT = Comparing(_EQUALITY | _ORDER | _PARTS, "text in double quotes", _text)
_NUMBER = Comparing(_EQUALITY | _ORDER, "a number", _number)

COMPARING: dict[Type, Comparing] = {
    Type.STRING: _TEXT,
    Type.REFERENCE: _TEXT,
    Type.BINARY: Comparing(_EQUALITY | _PARTS, "base64 text in double quotes", _exact_text),
    Type.BOOLEAN: Comparing(_EQUALITY, "true or false without quotes", _boolean),
    Type.INTEGER: _NUMBER,
    Type.DECIMAL: _NUMBER,
    Type.DATE_TIME: Comparing(
        _EQUALITY | _ORDER, 'date and time in double quotes, such as "2026-01-31T08:00:00Z"', _instant
    ),
}
