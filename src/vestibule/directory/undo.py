"""How a resource was before: its events taken back, the newest first."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.places import keys_of, put_at, value_at
from vestibule.directory.story import LoggedEvent
from vestibule.scim.document import Document

#: Payload keys that are no attribute: the application role, and what goes with it.
_NO_ATTRIBUTE = frozenset({"role", "before", "after", "rule"})


class Erased(ValueError):
    """An event's values were erased, so that nobody knows any more."""


def state_before(document: Document, events: Sequence[LoggedEvent]) -> Document:
    """``document`` as it was before ``events`` (all of this one resource, in order). ``Erased``."""
    before = dict(document)
    for event in reversed(events):
        if event.payload is None and event.type in ("user.created", "user.updated", "user.linked"):
            raise Erased(event.type)
        for path, values in (event.payload or {}).items():
            if path not in _NO_ATTRIBUTE and isinstance(values, list) and len(values) == 2:
                _put_back(before, keys_of(path), values[0])
    return before


def _put_back(document: Document, keys: tuple[str, ...], value: object) -> None:
    if value is not None:
        put_at(document, keys, value)
    elif len(keys) == 1:
        document.pop(keys[0], None)
    else:
        whole = value_at(document, keys[:-1])
        if isinstance(whole, dict):
            left = {name: part for name, part in whole.items() if name != keys[-1]}
            _put_back(document, keys[:-1], left or None)
