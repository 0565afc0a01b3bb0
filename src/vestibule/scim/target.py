"""What an attribute path means in a resource type."""

from __future__ import annotations

from vestibule.scim.attribute import Attribute
from vestibule.scim.frozen import frozen


@frozen
class Target:
    """An attribute, or a sub-attribute of one, and where a document keeps it.

    ``extension`` is the URN of the object that holds it, None for core and common attributes.
    ``sub`` None is the attribute as a whole.
    """

    attribute: Attribute
    sub: Attribute | None = None
    extension: str | None = None

    @property
    def leaf(self) -> Attribute:
        """The attribute whose type and case rule a comparison uses."""
        return self.sub or self.attribute

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that lead to it in a document and in its search form."""
        keys: tuple[str, ...] = (self.attribute.name,)
        if self.extension:
            keys = (self.extension, *keys)
        return (*keys, self.sub.name) if self.sub else keys

    def __str__(self) -> str:
        dotted = f"{self.attribute.name}.{self.sub.name}" if self.sub else self.attribute.name
        return f"{self.extension}:{dotted}" if self.extension else dotted
