"""Filters, evaluated resource by resource as RFC 7644 §3.4.2.2 tells it (the reference: clear, not fast)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.reference.values import ASKS, TAKES, Number, Refused, comparable, wanted_form
from vestibule.scim.attribute import Attribute, Returned, Type
from vestibule.scim.schema import ResourceType
from vestibule.scim.schemas.common_attributes import COMMON

Resource = dict[str, Any]


@dataclass(frozen=True)
class At:
    """``[URN:]name[.sub]`` in any letter case (R92)."""

    name: str
    sub: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        return (f"{self.urn}:" if self.urn else "") + self.name + (f".{self.sub}" if self.sub else "")


@dataclass(frozen=True)
class Asks:
    """``path op value``, the operator spelled as it is sent (R110)."""

    at: At
    operator: str
    value: str | bool | Number | None

    def __str__(self) -> str:
        value = (
            self.value.text if isinstance(self.value, Number) else json.dumps(self.value, ensure_ascii=False)
        )
        return f"{self.at} {self.operator} {value}"


@dataclass(frozen=True)
class HasValue:
    """``path pr``."""

    at: At
    word: str = "pr"

    def __str__(self) -> str:
        return f"{self.at} {self.word}"


@dataclass(frozen=True)
class OneValue:
    """``path[…]``: all of it holds on one and the same value (R116)."""

    at: At
    inner: Node

    def __str__(self) -> str:
        return f"{self.at}[{self.inner}]"


@dataclass(frozen=True)
class Not:
    """``not (…)``."""

    inner: Node
    word: str = "not "

    def __str__(self) -> str:
        return f"{self.word}({self.inner})"


@dataclass(frozen=True)
class Group:
    """Brackets."""

    inner: Node

    def __str__(self) -> str:
        return f"({self.inner})"


@dataclass(frozen=True)
class Both:
    """``and``. Where a part is an ``or`` it stands in brackets."""

    parts: tuple[Node, ...]
    word: str = " and "

    def __str__(self) -> str:
        return self.word.join(f"({p})" if isinstance(p, Either) else str(p) for p in self.parts)


@dataclass(frozen=True)
class Either:
    """``or``, which binds least (R114)."""

    parts: tuple[Node, ...]
    word: str = " or "

    def __str__(self) -> str:
        return self.word.join(map(str, self.parts))


Node = Asks | HasValue | OneValue | Not | Group | Both | Either


@dataclass(frozen=True)
class Place:
    """What a path means: the attribute, perhaps a part of it, and the extension's object that holds it."""

    attribute: Attribute
    sub: Attribute | None = None
    urn: str | None = None

    @property
    def leaf(self) -> Attribute:
        return self.sub or self.attribute

    @property
    def is_user_name(self) -> bool:
        return self.leaf.name == "userName" and self.sub is None and self.urn is None


def find(type: ResourceType, at: At) -> Place | None:
    """R92, R93: letter case is nothing, the core URN may be left out, an extension's may not."""

    def same(one: str, other: str) -> bool:
        return one.lower() == other.lower()

    holders: list[tuple[str | None, Sequence[Attribute]]] = []
    if at.urn is None or same(at.urn, type.schema.id):
        holders.append((None, (*COMMON, *type.schema.attributes)))
    for extension in type.extensions:
        if at.urn is not None and same(at.urn, extension.schema.id):
            holders.append((extension.schema.id, extension.schema.attributes))
    for urn, attributes in holders:
        for attribute in attributes:
            if same(attribute.name, at.name):
                if at.sub is None:
                    return Place(attribute, None, urn)
                for sub in attribute.sub_attributes:
                    if same(sub.name, at.sub):
                        return Place(attribute, sub, urn)
    return None


def matches(type: ResourceType, resource: Resource, node: Node) -> bool:
    """Whether the resource, as it is served, matches. ``Refused`` for a filter that has no meaning here."""

    def place_of(at: At) -> Place:
        place = find(type, at)
        if place is None or place.leaf.returned is Returned.NEVER:
            raise Refused("invalidFilter")
        return place

    def test(node: Asks | HasValue | OneValue) -> bool:
        place = place_of(node.at)
        if isinstance(node, OneValue):
            if place.sub or place.attribute.type is not Type.COMPLEX:
                raise Refused("invalidFilter")
            values = values_of(resource, place)
            # One without values is asked too, so that what has no meaning is refused all the same.
            return any([value_matches(place.attribute, value, node.inner) for value in [*values, {}]][:-1])
        return holds(node, place, lambda place: values_of(resource, place))

    return _walk(node, test)


def value_matches(attribute: Attribute, value: Any, node: Node) -> bool:
    """Whether one value of a complex attribute satisfies what stands in the brackets."""

    def test(node: Asks | HasValue | OneValue) -> bool:
        name = node.at.name
        sub = next((s for s in attribute.sub_attributes if s.name.lower() == name.lower()), None)
        if (
            isinstance(node, OneValue)
            or sub is None
            or node.at.sub
            or node.at.urn
            or sub.returned is Returned.NEVER
        ):
            raise Refused("invalidFilter")
        return holds(node, Place(attribute, sub), lambda place: parts_of(attribute, value, place.leaf))

    return _walk(node, test)


def _walk(node: Node, test: Callable[[Any], bool]) -> bool:
    """All parts are looked at, so that one without meaning is refused wherever it stands."""
    if isinstance(node, Not):
        return not _walk(node.inner, test)
    if isinstance(node, Group):
        return _walk(node.inner, test)
    if isinstance(node, Both):
        return all([_walk(part, test) for part in node.parts])  # noqa: C419
    if isinstance(node, Either):
        return any([_walk(part, test) for part in node.parts])  # noqa: C419
    return test(node)


def values_of(resource: Resource, place: Place) -> list[Any]:
    """Every value of the attribute or of its part; a default where it has none (R15, R118)."""
    holder = resource.get(place.urn, {}) if place.urn else resource
    held = holder.get(place.attribute.name)
    if held is None and place.urn is None:
        held = place.attribute.default
    values = held if isinstance(held, list) else [] if held is None else [held]
    if place.sub is None:
        return values
    return [part for value in values for part in parts_of(place.attribute, value, place.sub)]


def parts_of(attribute: Attribute, value: Any, sub: Attribute) -> list[Any]:
    """The values of a sub-attribute in one value; primary left out is false (R15)."""
    held = value.get(sub.name)
    if held is None and sub.name == "primary" and attribute.multi_valued:
        held = False
    return held if isinstance(held, list) else [] if held is None else [held]


def holds(node: Asks | HasValue, place: Place, values: Callable[[Place], list[Any]]) -> bool:
    """One comparison: one matching value is enough (R115), and ``ne`` is the contrary of ``eq``."""
    if isinstance(node, HasValue):
        return any(value not in ("", [], {}) for value in values(place))
    operator = node.operator.lower()
    if node.value is None:
        # Null is the unassigned state (R17): equal to null is what has no value.
        if operator not in ("eq", "ne"):
            raise Refused("invalidFilter")
        has_value = any(value not in ("", [], {}) for value in values(place))
        return has_value if operator == "ne" else not has_value
    if place.leaf.type is Type.COMPLEX:
        # RFC 7643 §2.4: of a multi-valued attribute the value is meant; of any other a part must be named (R117).
        sub = next((s for s in place.attribute.sub_attributes if s.name.lower() == "value"), None)
        if sub is None or not place.attribute.multi_valued:
            raise Refused("invalidFilter")
        place = Place(place.attribute, sub, place.urn)
    if operator not in TAKES[place.leaf.type]:
        raise Refused("invalidFilter")
    is_user_name = place.is_user_name
    wanted = wanted_form(place.leaf, node.value, is_user_name=is_user_name)
    found = [comparable(place.leaf, value, is_user_name=is_user_name) for value in values(place)]
    if operator == "ne":
        return not any(ASKS["eq"](one, wanted) for one in found)
    return any(ASKS[operator](one, wanted) for one in found)
