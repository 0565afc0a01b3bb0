"""Schema, schema extension and resource type (RFC 7643 §3, §6, §7).

Declarations only. ``vestibule.scim.checker`` compiles a resource type into the functions
that check, coerce and search; ``vestibule.scim.messages`` prints the discovery documents.
"""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.scim.attribute import Attribute


@dataclass(frozen=True, slots=True)
class Schema:
    """A set of attributes under a URN."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name in any letter case (R2), or None."""
        folded = name.lower()
        return next((a for a in self.attributes if a.name.lower() == folded), None)


@dataclass(frozen=True, slots=True)
class Extension:
    """A schema extension of a resource type, and whether every resource must carry it (R63)."""

    schema: Schema
    required: bool = False


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource: where it is served and which schemas it has."""

    name: str
    endpoint: str
    description: str
    schema: Schema
    extensions: tuple[Extension, ...] = ()
