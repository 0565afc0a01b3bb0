"""Patterns: JSON that says what of an answer must be so, and leaves the rest open.

An object matches an object that has its keys, whatever else is there. A list matches a list of
the same length whose elements match in any order. Everything else must be equal. An object whose
one key begins with ``$`` says something about the value instead:

``{"$is": "text" | "number" | "boolean" | "list" | "object" | "absent" | "not empty"}``,
``{"$contains": …}`` (a list holding these elements, a text holding this one),
``{"$not": …}`` (anything this pattern does not match),
``{"$in": [...]}`` (one of several).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.recordings.format import ABSENT

Differences = list[str]


def differences(pattern: Any, found: Any, at: str = "") -> Differences:
    """What of ``found`` is not as the pattern says, one sentence each; [] where all is."""
    if isinstance(pattern, Mapping):
        word = _matcher(pattern)
        if word:
            return _MATCHERS[word](pattern[word], found, at)
        return _object_differences(pattern, found, at)
    if isinstance(pattern, list):
        return _list_differences(pattern, found, at)
    if found is ABSENT:
        return [f"{at or 'body'}: is missing, {_shown(pattern)} expected"]
    if isinstance(pattern, bool) is not isinstance(found, bool) or pattern != found:
        return [f"{at or 'body'}: {_shown(found)} found, {_shown(pattern)} expected"]
    return []


def _matcher(pattern: Mapping[str, Any]) -> str | None:
    if len(pattern) != 1:
        return None
    word = next(iter(pattern))
    return word if word in _MATCHERS else None


def _object_differences(pattern: Mapping[str, Any], found: Any, at: str) -> Differences:
    if not isinstance(found, Mapping):
        return [f"{at or 'body'}: {_shown(found)} found, an object expected"]
    faults: Differences = []
    for key, value in pattern.items():
        faults += differences(value, found.get(key, ABSENT), f"{at}/{key}")
    return faults


def _list_differences(pattern: list[Any], found: Any, at: str) -> Differences:
    if not isinstance(found, list):
        return [f"{at or 'body'}: {_shown(found)} found, a list of {len(pattern)} expected"]
    if len(found) != len(pattern):
        return [f"{at or 'body'}: {len(found)} elements found, {len(pattern)} expected: {_shown(found)}"]
    return _contained(pattern, found, at)


def _contained(pattern: list[Any], found: list[Any], at: str) -> Differences:
    """Each pattern takes one element for itself; what none matches is compared with the closest left."""
    left = list(found)
    faults: Differences = []
    for index, one in enumerate(pattern):
        tried = [
            (differences(one, element, f"{at}/{index}"), position) for position, element in enumerate(left)
        ]
        if not tried:
            faults.append(f"{at}/{index}: is missing, {_shown(one)} expected")
            continue
        closest, position = min(tried, key=lambda pair: len(pair[0]))
        if closest:
            faults += closest
        else:
            del left[position]
    return faults


def _is(word: Any, found: Any, at: str) -> Differences:
    holds = {
        "absent": found is ABSENT,
        "text": isinstance(found, str),
        "number": isinstance(found, int | float) and not isinstance(found, bool),
        "boolean": isinstance(found, bool),
        "list": isinstance(found, list),
        "object": isinstance(found, Mapping),
        "not empty": found is not ABSENT and found is not None and found not in ("", [], {}),
    }
    if word not in holds:
        return [f"{at or 'body'}: the pattern asks for {_shown(word)}; known are {', '.join(holds)}"]
    return [] if holds[word] else [f"{at or 'body'}: {_shown(found)} found, must be {word}"]


def _contains(wanted: Any, found: Any, at: str) -> Differences:
    if isinstance(wanted, str) and isinstance(found, str):
        return (
            [] if wanted in found else [f"{at or 'body'}: {_shown(found)} does not contain {_shown(wanted)}"]
        )
    if not isinstance(found, list):
        return [f"{at or 'body'}: {_shown(found)} found, a list expected"]
    return _contained(wanted if isinstance(wanted, list) else [wanted], found, at)


def _not(pattern: Any, found: Any, at: str) -> Differences:
    return [] if differences(pattern, found, at) else [f"{at or 'body'}: must not match {_shown(pattern)}"]


def _in(patterns: Any, found: Any, at: str) -> Differences:
    if any(not differences(pattern, found, at) for pattern in patterns):
        return []
    return [f"{at or 'body'}: {_shown(found)} found, one of {_shown(patterns)} expected"]


_MATCHERS = {"$is": _is, "$contains": _contains, "$not": _not, "$in": _in}


def _shown(value: Any) -> str:
    text = "nothing" if value is ABSENT else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
