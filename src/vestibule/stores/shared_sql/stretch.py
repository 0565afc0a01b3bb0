"""A stretch of a list, of the rows that were read for it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from vestibule.directory.store import Boundary, Stretch
from vestibule.stores.shared_sql.search_sql import ends
from vestibule.stores.shared_sql.searching import shown

_TOO_LARGE = 1 << 63


def stretch_of(
    rows: Sequence[Sequence[Any]],
    count: int,
    total: int,
    boundary: Boundary | None,
    *,
    backward: bool,
    has_behind: bool,
) -> Stretch:
    """``rows`` end with ``k`` and ``seq``, begin at the boundary, and are one more than ``count`` where more follow."""
    if count == 0:
        return Stretch((), total, None, None)
    kept = rows[:count]
    if backward:
        kept = kept[::-1]
    places = [Boundary(_key(row[-2]), row[-1]) for row in (*kept[:1], *kept[-1:])]
    previous, following = ends(
        places, boundary, backward=backward, has_more=len(rows) > count, has_behind=has_behind
    )
    return Stretch([shown(row) for row in kept], total, previous, following)


def _key(value: Any) -> Any:
    """A number as a filter has it: an int of 64 bits, or a Decimal."""
    if isinstance(value, float):
        return Decimal(value)
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < _TOO_LARGE:
        return int(value)
    return value
