"""Which paths differ between two documents, each with before and after (for events and the audit)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.scim.document import Document

#: {"path": [before, after]}; None stands for unassigned.
Changes = dict[str, list[Any]]

_DERIVED = frozenset({"schemas", "id"})
_NOTHING: Document = {}


def changed_paths(before: Document, after: Document) -> Changes:
    """Sub-attributes count one by one (``name.familyName``), values of multi-valued attributes together."""
    changes: Changes = {}
    if not before:
        _note_all(changes, after)
        return changes
    for key, value in after.items():
        old = before.get(key)
        if old == value or key in _DERIVED:
            continue
        if type(value) is dict or type(old) is dict:
            separator = ":" if key.startswith("urn:") else "."
            _compare(changes, key, separator, old or _NOTHING, value or _NOTHING)
        else:
            changes[key] = [old, value]
    for key, old in before.items():
        if key in after or key in _DERIVED:
            continue
        if type(old) is dict:
            _compare(changes, key, ":" if key.startswith("urn:") else ".", old, _NOTHING)
        else:
            changes[key] = [old, None]
    return changes


def _note_all(changes: Changes, after: Document) -> None:
    """``changed_paths`` of what was not there before."""
    for key, value in after.items():
        if value is None or key in _DERIVED:
            continue
        if type(value) is dict:
            prefix = f"{key}:" if key.startswith("urn:") else f"{key}."
            for inner, part in value.items():
                if type(part) is dict:
                    _compare(changes, prefix + inner, ".", _NOTHING, part)
                elif part is not None:
                    changes[prefix + inner] = [None, part]
        else:
            changes[key] = [None, value]


def concerns(changes: Mapping[str, Any], attribute: str) -> bool:
    """Whether something at or below that attribute changed."""
    if attribute in changes:
        return True
    below = attribute + "."
    return any(path.startswith(below) for path in changes)


def _compare(changes: Changes, prefix: str, separator: str, before: Document, after: Document) -> None:
    """Members of a complex attribute, or attributes of an extension, which may be complex themselves."""
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        path = f"{prefix}{separator}{key}"
        if type(old) is dict or type(new) is dict:
            _compare(changes, path, ".", old or _NOTHING, new or _NOTHING)
        else:
            changes[path] = [old, new]
