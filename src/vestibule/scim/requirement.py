"""Which attributes a resource cannot be without (RFC 7643 §7 *required*, R63)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vestibule.scim.attribute import Attribute, Mutability
from vestibule.scim.document import Document
from vestibule.scim.schema import ResourceType


@dataclass(frozen=True, slots=True)
class Requirement:
    """``name`` must have a value in what stands at ``holder``; where ``where`` is given, only if something stands there."""

    path: str
    holder: tuple[str, ...]
    name: str
    where: tuple[str, ...] = ()

    def is_unmet(self, document: Document) -> bool:
        """Whether the document lacks it, in any one value of a multi-valued attribute."""
        if self.where and not _has_value(_at(document, self.where)):
            return False
        holder = _at(document, self.holder) if self.holder else document
        if isinstance(holder, dict):
            return not _has_value(holder.get(self.name))
        if isinstance(holder, list):
            return any(not isinstance(part, dict) or not _has_value(part.get(self.name)) for part in holder)
        return True


def requirements(resource_type: ResourceType) -> Iterator[Requirement]:
    """All of a resource type: what clients must send, not what the service provider sets."""
    yield from _of(resource_type.schema.attributes, "", (), ())
    for extension in resource_type.extensions:
        urn = extension.schema.id
        if extension.required:
            yield Requirement(urn, (), urn)
        where = () if extension.required else (urn,)
        yield from _of(extension.schema.attributes, f"{urn}:", (urn,), where)


def _of(
    attributes: Iterable[Attribute], prefix: str, keys: tuple[str, ...], where: tuple[str, ...]
) -> Iterator[Requirement]:
    for attribute in attributes:
        if attribute.mutability is Mutability.READ_ONLY:
            continue
        path, here = prefix + attribute.name, (*keys, attribute.name)
        if attribute.required:
            yield Requirement(path, keys, attribute.name, where)
        yield from _of(attribute.sub_attributes, f"{path}.", here, here)


def _at(document: Document, keys: tuple[str, ...]) -> Any:
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _has_value(value: Any) -> bool:
    """False is a value; null, "", [] and {} are none (R17)."""
    if value:
        return True
    return value is not None and value != "" and value != [] and value != {}
