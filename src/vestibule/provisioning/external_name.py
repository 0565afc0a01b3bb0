"""Okta's *external name* and *external namespace*, compiled (W61–W72, W154–W157).

``roles.^[primary==true].value`` in the core namespace names the leaf ``value`` of the one
element of ``roles`` whose ``primary`` is true. On create it is built, on update it is looked
up in the server's own answer and written over.

Pure: values in, documents out. The notation itself is read by ``profiles.external_name``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.profiles.external_name import ExternalName, Selector

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True, slots=True)
class ExternalValue:
    """A value and where it goes; None is *no value* (left out on create, W24)."""

    name: ExternalName
    namespace: str
    value: Any


def build(values: Iterable[ExternalValue]) -> dict[str, Any]:
    """The part of a new resource that the mapped values make, ``schemas`` first (W63–W67, W155)."""
    present = (value for value in values if value.value is not None and value.value != "")
    return _write({"schemas": [CORE_USER]}, present, _equal_strictly, forget=False)


def merge(answer: dict[str, Any], values: Iterable[ExternalValue], *, faithful: bool) -> dict[str, Any]:
    """The server's GET answer with the values written over it (W31, W71, W156, W157).

    ``faithful`` finds elements as strictly as Okta does and leaves an element behind whose
    value went away; otherwise text and boolean literals match each other and the element goes.
    ``answer`` is not changed.
    """
    document = copy.deepcopy(answer)
    if not isinstance(document.get("schemas"), list):
        document["schemas"] = [CORE_USER]
    if faithful:
        return _write(document, values, _equal_strictly, forget=False)
    return _write(document, values, _equal_loosely, forget=True)


def value_at(document: Mapping[str, Any], place: ExternalValue) -> Any:
    """The value at a place of a resource, None where there is none."""
    home: Any = document if place.namespace == CORE_USER else document.get(place.namespace, {})
    for segment in place.name.segments:
        if isinstance(segment, Selector):
            entries = home if isinstance(home, list) else ()
            home = next((one for one in entries if _selected(one, segment)), None)
        else:
            home = home.get(segment) if isinstance(home, dict) else None
    return home


def _selected(entry: Any, selector: Selector) -> bool:
    held = entry.get(selector.sub) if isinstance(entry, dict) else None
    return held is not None and str(held).casefold() == str(selector.literal).casefold()


_Equal = Callable[[Any, Any], bool]


def _write(
    document: dict[str, Any], values: Iterable[ExternalValue], equal: _Equal, *, forget: bool
) -> dict[str, Any]:
    for value in values:
        if not value.namespace:  # W62: no namespace, never sent
            continue
        absent = value.value is None or value.value == ""
        home: Any = document
        if value.namespace != CORE_USER:
            home = document.get(value.namespace)
            if not isinstance(home, dict):
                if absent:
                    continue
                home = document[value.namespace] = {}
            if not absent and value.namespace not in document["schemas"]:
                document["schemas"].append(value.namespace)
        if not absent:
            _set(home, value.name.segments, value.value, equal)
        elif forget or not value.name.has_selector:
            _remove(home, value.name.segments, equal)
            if value.namespace != CORE_USER and not home:
                del document[value.namespace]
                document["schemas"] = [urn for urn in document["schemas"] if urn != value.namespace]
    return document


def _set(home: dict[str, Any], segments: tuple[str | Selector, ...], value: Any, equal: _Equal) -> None:
    name, rest = segments[0], segments[1:]
    assert isinstance(name, str)
    if not rest:
        home[name] = value
    elif isinstance(rest[0], Selector):
        elements = home.get(name)
        if not isinstance(elements, list):
            elements = home[name] = []
        element = _find(elements, rest[0], equal)
        if element is None:
            element = {rest[0].sub: rest[0].literal}
            elements.append(element)
        _set(element, rest[1:], value, equal)
    else:
        child = home.get(name)
        if not isinstance(child, dict):
            child = home[name] = {}
        _set(child, rest, value, equal)


def _remove(home: dict[str, Any], segments: tuple[str | Selector, ...], equal: _Equal) -> None:
    name, rest = segments[0], segments[1:]
    assert isinstance(name, str)
    child = home.get(name)
    if not rest:
        home.pop(name, None)
    elif isinstance(rest[0], Selector) and isinstance(child, list):
        element = _find(child, rest[0], equal)
        if element is None:
            return
        _remove(element, rest[1:], equal)
        if set(element) <= {rest[0].sub}:
            home[name] = [kept for kept in child if kept is not element]
    elif isinstance(child, dict):
        _remove(child, rest, equal)
        if not child:
            del home[name]


def _find(elements: list[Any], selector: Selector, equal: _Equal) -> dict[str, Any] | None:
    for element in elements:
        if isinstance(element, dict) and equal(element.get(selector.sub), selector.literal):
            return element
    return None


def _equal_strictly(value: Any, literal: Any) -> bool:
    return isinstance(value, bool) == isinstance(literal, bool) and value == literal


def _equal_loosely(value: Any, literal: Any) -> bool:
    return value is not None and str(value).casefold() == str(literal).casefold()
