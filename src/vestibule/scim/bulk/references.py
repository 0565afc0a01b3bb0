"""References between the operations of one bulk request: ``bulkId:x`` in the place of an id (RFC 7644 §3.7.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from vestibule.scim.errors import InvalidSyntax
from vestibule.scim.frozen import frozen

#: Deeper than any SCIM resource goes; what is nested deeper is refused, never walked.
MAX_DEPTH = 64

Keys = tuple[str | int, ...]

_PREFIX = "bulkid:"
#: A comparison value in the path of a PATCH operation: ``members[value eq "bulkId:x"]``.
_QUOTED = re.compile(r'"bulkid:((?:[^"\\]|\\.)*)"', re.IGNORECASE)
#: The last segment of a ``$ref``.
_LAST_SEGMENT = re.compile(r"(?<=/)bulkid:([^/]+)$", re.IGNORECASE)


@frozen
class Reference:
    """One text in the data that names resources by bulkId; ``keys`` lead to it from the top."""

    keys: Keys
    text: str
    bulk_ids: tuple[str, ...]

    @property
    def is_membership(self) -> bool:
        """Whether it makes the one a member of the other."""
        return isinstance(self.keys[0], str) and self.keys[0].lower() == "members"

    @property
    def attribute(self) -> str:
        """The path of the attribute in which it stands, that of an extension after its URN."""
        first = str(self.keys[0])
        return f"{first}:{self.keys[1]}" if ":" in first and len(self.keys) > 1 else first

    def with_ids(self, ids: Mapping[str, str]) -> str:
        """The text with ids in the place of bulkIds; every one of ``bulk_ids`` must be in ``ids``."""
        if self.text[: len(_PREFIX)].lower() == _PREFIX:
            return ids[self.bulk_ids[0]]
        if _is_ref(self.keys[-1]):
            return _LAST_SEGMENT.sub(lambda found: ids[found[1]], self.text)
        return _QUOTED.sub(lambda found: json.dumps(ids[_unquoted(found[1])]), self.text)


def references_in(data: Any) -> tuple[Reference, ...]:
    """Every reference in the data of an operation, at any depth.

    A text that is ``bulkId:x`` and no more, in any letter case of the prefix; the last segment of a
    ``$ref``; a quoted value in the ``path`` of a PATCH operation. InvalidSyntax for data nested
    deeper than ``MAX_DEPTH``.
    """
    return tuple(Reference(keys, text, ids) for keys, text, ids in _found(data, (), 0))


def with_ids(data: Any, references: tuple[Reference, ...], ids: Mapping[str, str]) -> Any:
    """The data with an id in the place of each reference; ``data`` itself stays as it is."""
    if not references:
        return data
    whole = data.copy()
    own = {id(whole)}
    for reference in references:
        holder = whole
        for key in reference.keys[:-1]:
            inner = holder[key]
            if id(inner) not in own:
                inner = holder[key] = inner.copy()
                own.add(id(inner))
            holder = inner
        holder[reference.keys[-1]] = reference.with_ids(ids)
    return whole


def _found(value: Any, keys: Keys, depth: int) -> Iterator[tuple[Keys, str, tuple[str, ...]]]:
    if depth > MAX_DEPTH:
        raise InvalidSyntax(f"data is nested deeper than {MAX_DEPTH} levels.")
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        if isinstance(item, str):
            ids = _named(key, item, keys)
            if ids:
                yield (*keys, key), item, ids
        elif isinstance(item, dict | list):
            yield from _found(item, (*keys, key), depth + 1)


def _named(key: str | int, text: str, above: Keys) -> tuple[str, ...]:
    if text[: len(_PREFIX)].lower() == _PREFIX:
        return (text[len(_PREFIX) :],)
    if _is_ref(key):
        segment = _LAST_SEGMENT.search(text)
        return (segment[1],) if segment else ()
    if _is_patch_path(key, above):
        return tuple(_unquoted(found) for found in _QUOTED.findall(text))
    return ()


def _is_ref(key: str | int) -> bool:
    return isinstance(key, str) and key.lower() == "$ref"


def _is_patch_path(key: str | int, above: Keys) -> bool:
    return (
        len(above) == 2
        and isinstance(key, str)
        and key.lower() == "path"
        and isinstance(above[0], str)
        and above[0].lower() == "operations"
    )


def _unquoted(inner: str) -> str:
    try:
        text: str = json.loads(f'"{inner}"')
    except ValueError:
        return inner
    return text
