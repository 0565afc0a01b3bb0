"""Values of one type in a multi-valued attribute: two ``work`` addresses (K28).

They are kept, since SCIM allows them. But Entra ID and others name a value by its type, and mean one.
"""

from __future__ import annotations

from typing import Any

from vestibule.directory.changed import Changes
from vestibule.scim.checker import CompiledType
from vestibule.scim.filter.tree import AttributePath
from vestibule.scim.fold import fold


def same_type_notes(type: CompiledType, changes: Changes) -> tuple[str, ...]:
    """A note for each multi-valued attribute that a write leaves with several values of one type.

    A type is named where the schema names it as canonical: any other text is the client's, and a note
    outlives what is erased.
    """
    crowded = {}
    for path in type.typed & changes.keys():
        values = changes[path][1]
        if isinstance(values, list) and len(values) > 1 and (counts := several_of(values)):
            crowded[path] = counts
    if not crowded:
        return ()
    return tuple(
        told(path, shown if shown in _canonical(type, path) else "", count)
        for path in changes
        if path in crowded
        for shown, count in crowded[path].items()
    )


def several_of(values: Any) -> dict[str, int]:
    """The types, folded, that more than one of the values has, each with how many; {} for what has no types."""
    if not isinstance(values, list) or len(values) < 2:
        return {}
    counts: dict[str, int] = {}
    for value in values:
        one = value.get("type") if isinstance(value, dict) else None
        if isinstance(one, str):
            one = fold(one)
            counts[one] = counts.get(one, 0) + 1
    if len(counts) == len(values):
        return {}
    return {one: count for one, count in counts.items() if count > 1}


def told(path: str, type: str, count: int) -> str:
    """What several values of one type mean; ``type`` is "" where it shall not be said."""
    which = f"of type {type}" if type else "of one type"
    return (
        f"{path} has {count} values {which}: they are kept, but a client that names a value by its type, as "
        "Entra ID does, means all of them at once; give each a type of its own"
    )


def _canonical(type: CompiledType, path: str) -> frozenset[str]:
    urn, _, name = path.rpartition(":")
    target = type.target(AttributePath(name, "type", urn or None))
    return frozenset(fold(value) for value in target.leaf.canonical_values) if target else frozenset()
