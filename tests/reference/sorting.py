"""Sorting as RFC 7644 §3.4.2.3 tells it (the reference)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.reference.filters import Place, Resource, parts_of, values_of
from tests.reference.values import Refused, comparable
from vestibule.scim.attribute import Returned, Type


def in_order(resources: Sequence[Resource], place: Place, *, descending: bool) -> list[Resource]:
    """R121, R122: missing values last ascending, first descending; equals stay as they were created."""
    key_of({}, place)  # what cannot be sorted by is refused where nothing is held, too
    keys = [(key_of(resource, place), resource) for resource in resources]
    without = [resource for key, resource in keys if key is None]
    having = [(key, resource) for key, resource in keys if key is not None]
    having.sort(key=lambda pair: pair[0], reverse=descending)
    sorted_ones = [resource for _, resource in having]
    return without + sorted_ones if descending else sorted_ones + without


def key_of(resource: Resource, place: Place) -> Any:
    """What it is sorted by: of several values the primary one, else the first; None for no value."""
    if Returned.NEVER in (place.attribute.returned, place.leaf.returned):
        raise Refused("invalidValue")
    attribute, sub = place.attribute, place.sub
    if place.leaf.type is Type.COMPLEX:
        sub = next((s for s in attribute.sub_attributes if s.name == "value"), None)
        if not attribute.multi_valued or sub is None:
            raise Refused("invalidValue")
    values = values_of(resource, Place(attribute, None, place.urn))
    if not values:
        return None
    value = next((v for v in values if isinstance(v, dict) and v.get("primary") is True), values[0])
    if sub is not None:
        parts = parts_of(attribute, value, sub)
        if not parts:
            return None
        value = parts[0]
    return comparable(sub or attribute, value, is_user_name=place.is_user_name)
