"""An attribute and its characteristics (RFC 7643 §2 and §7), as a declaration.

A declaration is the single source: checks, discovery, filters, projection and the
generated reference pages all ask it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """The data types of RFC 7643 §2.3; ``binary`` by errata 5606 and 8435."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may write an attribute, and when (RFC 7643 §7)."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """When an attribute is part of an answer (RFC 7643 §7)."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


class Uniqueness(StrEnum):
    """Within what a value may occur once (RFC 7643 §7)."""

    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a schema. The defaults are those of RFC 7643 §2.2 (R3)."""

    name: str
    type: Type = Type.STRING
    multi_valued: bool = False
    description: str = ""
    required: bool = False
    canonical_values: tuple[str, ...] = ()
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    #: Canonical values are the only ones allowed (RFC 7643 §7 leaves it to the provider).
    closed: bool = False
    #: What an absent value counts as, in answers and in filters (R95, R118).
    default: bool | int | str | None = None
    #: The sub-attribute of which each value occurs once, the last one winning (W72); "" for none.
    distinct_by: str = ""

    def sub_attribute(self, name: str) -> Attribute | None:
        """The sub-attribute of that name in any letter case (R2), or None."""
        folded = name.lower()
        return next((sub for sub in self.sub_attributes if sub.name.lower() == folded), None)
