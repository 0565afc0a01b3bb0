"""Where a document keeps what an attribute path of a profile names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from vestibule.scim.document import Document


@lru_cache(maxsize=4096)
def keys_of(path: str) -> tuple[str, ...]:
    """``name.familyName`` → its two keys; ``urn:…:User:department`` → the URN and the name."""
    urn, colon, rest = path.rpartition(":")
    keys = tuple(rest.split("."))
    return (urn, *keys) if colon else keys


def value_at(document: Document, keys: tuple[str, ...]) -> Any:
    """The value at these keys, None where there is none; of single-valued attributes only."""
    found: Any = document
    for key in keys:
        if type(found) is not dict:
            return None
        found = found.get(key)
    return found


def values_at(document: Document, keys: tuple[str, ...]) -> Iterator[Any]:
    """All plain values at these keys, those of multi-valued attributes one by one."""
    found: list[Any] = [document]
    for key in keys:
        found = [item[key] for item in found if type(item) is dict and key in item]
        found = [value for item in found for value in (item if type(item) is list else (item,))]
    yield from (value for value in found if type(value) is not dict and value is not None)


def put_at(document: Document, keys: tuple[str, ...], value: Any) -> None:
    """Put the value at these keys, making the objects on the way as fresh dicts."""
    for key in keys[:-1]:
        document[key] = document = dict(document.get(key) or {})
    document[keys[-1]] = value
