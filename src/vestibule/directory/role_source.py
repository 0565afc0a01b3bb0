"""Where a person's role may be said: a SCIM path of the profile, and its values in a document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vestibule.directory.places import keys_of, put_at, value_at
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidPath
from vestibule.scim.filter.tree import Compare, Operator
from vestibule.scim.fold import fold
from vestibule.scim.path import parse_path


@dataclass(frozen=True, slots=True)
class RoleSource:
    """An attribute, or some values of one.

    ``attribute`` is its path and ``keys`` where a document has it. ``leaf`` is the
    sub-attribute that holds the role, ``chosen`` the (sub-attribute, literal) that values must have.
    """

    text: str
    attribute: str
    keys: tuple[str, ...]
    leaf: str | None = None
    chosen: tuple[str, Any] | None = None

    def values(self, document: Document) -> list[str]:
        """The texts that the document has there."""
        found = value_at(document, self.keys)
        if self.leaf is None:
            return [found] if isinstance(found, str) and found else []
        return [value[self.leaf] for value in self._elements(found) if value.get(self.leaf)]

    def spelled(self, document: Document, role: str) -> Document:
        """The document with that spelling there; the same document where it had it."""
        if all(value == role for value in self.values(document)):
            return document
        spelled = dict(document)
        if self.leaf is None:
            put_at(spelled, self.keys, role)
            return spelled
        found = value_at(document, self.keys)
        meant = {id(value) for value in self._elements(found) if value.get(self.leaf)}
        values = [{**value, self.leaf: role} if id(value) in meant else value for value in _listed(found)]
        put_at(spelled, self.keys, values if isinstance(found, list) else values[0])
        return spelled

    def with_role(self, document: Document, role: str) -> Document:
        """The document with just that role there, as an identity provider would send it."""
        sent = dict(document)
        chosen = {self.chosen[0]: self.chosen[1]} if self.chosen else {}
        put_at(sent, self.keys, role if self.leaf is None else [{self.leaf: role, **chosen}])
        return sent

    def _elements(self, found: Any) -> list[Document]:
        elements = [value for value in _listed(found) if isinstance(value, dict)]
        if self.chosen is None:
            return elements
        sub, literal = self.chosen
        return [value for value in elements if _alike(value.get(sub), literal)]


@lru_cache(maxsize=1024)
def role_source(text: str) -> RoleSource | None:
    """The source that a path names: ``userType``, ``roles.value``, ``roles[primary eq true].value``; else None."""
    try:
        path = parse_path(text)
    except InvalidPath:
        return None
    attribute, chosen = path.attribute, None
    leaf = path.sub or attribute.sub
    if path.filter is not None:
        if not isinstance(path.filter, Compare) or path.filter.operator is not Operator.EQ or leaf is None:
            return None
        chosen = (path.filter.path.name, path.filter.value)
    whole = f"{attribute.urn}:{attribute.name}" if attribute.urn else attribute.name
    return RoleSource(text, whole, keys_of(whole), leaf, chosen)


def _listed(found: Any) -> list[Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _alike(value: Any, literal: Any) -> bool:
    if isinstance(value, str) and isinstance(literal, str):
        return fold(value) == fold(literal)
    return type(value) is type(literal) and bool(value == literal)
