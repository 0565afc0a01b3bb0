"""A filter whose every path is known and whose every value is in search form.

``resolve`` makes it; the evaluator and the SQL compilers of the stores read it. Whatever
depends on an attribute's type has been decided before: comparison values are folded where
the attribute is not caseExact, instants are UTC of fixed width, and an operator that the type
does not take (R112) has been refused.
"""

from __future__ import annotations

from decimal import Decimal

from vestibule.scim.filter.tree import Operator
from vestibule.scim.frozen import frozen
from vestibule.scim.target import Target

#: A comparison value in search form. Instants are text: ``2026-01-02T03:04:05.678Z``. An int fits
#: 64 bits, every other number is a Decimal that fits a float's range.
SearchValue = str | int | Decimal | bool


@frozen
class Test:
    """One value of ``target`` compares so with ``value``. Inside ``Within`` the target is relative: its ``sub``.

    ``ne`` holds where no value equals (RFC 7644 §3.4.2.2: a resource without the attribute
    matches ``ne``).
    """

    __test__ = False  # not a test case, whatever a collector thinks of the name

    target: Target
    operator: Operator
    value: SearchValue


@frozen
class Has:
    """``pr``: the target has a non-empty value (R113). ``eq null`` and ``ne null`` resolve to it."""

    target: Target


@frozen
class Within:
    """Some one value of the multi-valued complex ``target`` satisfies ``filter`` (R116).

    Also used for a single-valued complex attribute. Targets inside name the same attribute
    with the sub-attribute set.
    """

    target: Target
    filter: ResolvedFilter


@frozen
class Negation:
    """Not."""

    filter: ResolvedFilter


@frozen
class AllOf:
    """And."""

    filters: tuple[ResolvedFilter, ...]


@frozen
class AnyOf:
    """Or."""

    filters: tuple[ResolvedFilter, ...]


ResolvedFilter = Test | Has | Within | Negation | AllOf | AnyOf
