"""What a filter or a path says (RFC 7644 §3.4.2.2 and §3.5.2), as values.

Every node prints itself back as a filter, in canonical form: ``parse(str(node)) == node``.
The nodes know the grammar only; what a path means in a resource type is said by
``vestibule.scim.filter.resolve``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from vestibule.scim.frozen import frozen

#: A comparison value: JSON string, number, boolean or null.
Literal = str | int | Decimal | bool | None


class Operator(StrEnum):
    """The comparison operators of RFC 7644 §3.4.2.2; ``pr`` is ``Present``."""

    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


@frozen
class AttributePath:
    """``[URN ":"] name ["." sub]`` (RFC 7644 §3.10), as it was written; a URN alone has the name ""."""

    name: str
    sub: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        if not self.name:
            return self.urn or ""
        prefix = f"{self.urn}:" if self.urn else ""
        return f"{prefix}{self.name}.{self.sub}" if self.sub else f"{prefix}{self.name}"


@frozen
class Compare:
    """``path op value``."""

    path: AttributePath
    operator: Operator
    value: Literal

    def __str__(self) -> str:
        return f"{self.path} {self.operator} {_literal(self.value)}"


@frozen
class Present:
    """``path pr``."""

    path: AttributePath

    def __str__(self) -> str:
        return f"{self.path} pr"


@frozen
class ValuePath:
    """``path[filter]``: all of the filter holds on one and the same value (R116)."""

    path: AttributePath
    filter: Filter

    def __str__(self) -> str:
        return f"{self.path}[{self.filter}]"


@frozen
class Not:
    """``not (filter)``."""

    filter: Filter

    def __str__(self) -> str:
        return f"not ({self.filter})"


@frozen
class And:
    """Two or more terms, all of which hold."""

    terms: tuple[Filter, ...]

    def __str__(self) -> str:
        return " and ".join(f"({t})" if isinstance(t, Or | And) else str(t) for t in self.terms)


@frozen
class Or:
    """Two or more terms, one of which holds."""

    terms: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(f"({t})" if isinstance(t, Or) else str(t) for t in self.terms)


Filter = Compare | Present | ValuePath | Not | And | Or


@frozen
class Path:
    """A PATCH path (RFC 7644 §3.5.2): attribute path, or value path with optional sub-attribute."""

    attribute: AttributePath
    filter: Filter | None = None
    sub: str | None = None

    def __str__(self) -> str:
        if self.filter is None:
            return str(self.attribute)
        return f"{self.attribute}[{self.filter}]" + (f".{self.sub}" if self.sub else "")


def comparisons(filter: Filter) -> Iterator[Compare | Present | ValuePath]:
    """The leaves of a filter from left to right; value paths count as one leaf."""
    match filter:
        case Compare() | Present() | ValuePath():
            yield filter
        case Not(inner):
            yield from comparisons(inner)
        case And(terms) | Or(terms):
            for term in terms:
                yield from comparisons(term)


def _literal(value: Literal) -> str:
    if isinstance(value, Decimal):
        return format(value)
    return json.dumps(value, ensure_ascii=False)
