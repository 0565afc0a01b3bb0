"""Attributes that name another resource by its id: enterprise ``manager`` (R54), and a profile's own.

Such an attribute is complex, with a ``value`` that clients write and a ``$ref`` that they do not.
Besides the value nothing of it is kept: where it leads, and what the other is called, is said anew
in every answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.document import Document
from vestibule.scim.frozen import frozen
from vestibule.scim.schema import ResourceType
from vestibule.scim.target import Target

_LABELS = ("displayName", "display")
_ELSEWHERE = frozenset({"external", "uri"})
_PEOPLE_AND_GROUPS = frozenset({"User", "Group"})


@frozen
class Link:
    """One such attribute. ``types`` are the resource types it may lead to, ``label`` the part with the name or ""."""

    extension: str | None
    attribute: str
    types: tuple[str, ...]
    label: str
    #: What a stored document with a value of it holds.
    marker: bytes

    @property
    def path(self) -> str:
        """The attribute's path."""
        return f"{self.extension}:{self.attribute}" if self.extension else self.attribute

    def values(self, document: Document) -> list[str]:
        """The values that stand there."""
        parts = self._parts(document)
        return [one["value"] for one in parts if isinstance(one.get("value"), str)] if parts else []

    def fill(self, document: Document, known: Callable[[str], tuple[str, str] | None]) -> None:
        """Put in, in place, the ``$ref`` and the name that ``known`` gives for a value; None for nobody."""
        for one in self._parts(document):
            found = known(one.get("value", ""))
            if found is None:
                continue
            one["$ref"] = found[0]
            if self.label and found[1]:
                one[self.label] = found[1]

    def _parts(self, document: Document) -> Sequence[dict[str, Any]]:
        holder = document.get(self.extension) if self.extension else document
        held = holder.get(self.attribute) if isinstance(holder, dict) else None
        if held is None:
            return ()
        return [one for one in (held if isinstance(held, list) else [held]) if isinstance(one, dict)]


def links_of(resource_type: ResourceType) -> tuple[Link, ...]:
    """All of a resource type."""
    found = list(_links(resource_type.schema.attributes, None))
    for extension in resource_type.extensions:
        found += _links(extension.schema.attributes, extension.schema.id)
    return tuple(found)


def is_said_of_another(target: Target) -> bool:
    """Whether it is the ``$ref`` or the name of a link to people or groups: nothing that a document holds."""
    if target.sub is None:
        return False
    link = _link(target.attribute, target.extension)
    if link is None or not _PEOPLE_AND_GROUPS.issuperset(link.types):
        return False
    return target.sub.name in ("$ref", link.label)


def _links(attributes: Iterable[Attribute], extension: str | None) -> Iterator[Link]:
    for attribute in attributes:
        link = _link(attribute, extension)
        if link is not None:
            yield link


def _link(attribute: Attribute, extension: str | None) -> Link | None:
    value, ref = attribute.sub_attribute("value"), attribute.sub_attribute("$ref")
    if attribute.mutability is Mutability.READ_ONLY or value is None or ref is None:
        return None
    types = tuple(name for name in ref.reference_types if name not in _ELSEWHERE)
    is_said_here = ref.type is Type.REFERENCE and ref.mutability is Mutability.READ_ONLY
    if value.mutability is Mutability.READ_ONLY or not is_said_here or not types:
        return None
    labels = (attribute.sub_attribute(name) for name in _LABELS)
    label = next((a.name for a in labels if a and a.mutability is Mutability.READ_ONLY), "")
    return Link(extension, attribute.name, types, label, f'"{attribute.name}":'.encode())
