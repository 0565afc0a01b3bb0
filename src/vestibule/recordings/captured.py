"""Captured values: parts of earlier answers under a name, put in where ``${name}`` stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from vestibule.recordings.format import ABSENT, RecordingFault

_REFERENCE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_-]*)\}")


def filled_in(value: Any, captured: Mapping[str, Any]) -> Any:
    """``value`` with every ``${name}`` replaced, in texts at any depth, keys included.

    A text that is one reference and no more becomes the captured value itself, of its own type.
    RecordingFault names a reference to something never captured.
    """
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return deepcopy(_captured(whole[1], captured))
        return _REFERENCE.sub(lambda found: str(_captured(found[1], captured)), value)
    if isinstance(value, Mapping):
        return {filled_in(key, captured): filled_in(inner, captured) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled_in(inner, captured) for inner in value]
    return value


def merged(base: Any, patch: Any) -> Any:
    """``patch`` written over ``base`` as JSON Merge Patch does (RFC 7396): null removes a key."""
    if not isinstance(patch, Mapping):
        return deepcopy(patch)
    result = dict(base) if isinstance(base, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def pointed_at(document: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901); ABSENT where there is none."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping) and name in document:
            document = document[name]
        elif isinstance(document, list) and name.isdigit() and int(name) < len(document):
            document = document[int(name)]
        else:
            return ABSENT
    return document


def _captured(name: str, captured: Mapping[str, Any]) -> Any:
    if name not in captured:
        raise RecordingFault(f"${{{name}}} is used, but nothing was captured under that name")
    return captured[name]
