"""One name twice in a JSON object: which of the two is meant, nobody knows (RFC 8259 §4)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import orjson

from vestibule.scim.errors import InvalidSyntax

_TOO_DEEP = "The body is nested too deep. SCIM has arrays of objects, and nothing deeper."


def refuse_repeated_names(raw: bytes, parsed: Any) -> None:
    """InvalidSyntax naming the first name that stands twice in one object of ``raw``.

    ``parsed`` is what orjson made of it: of two it kept the last, so that written again it is another
    text, of fewer colons. Only where they differ in number is the text looked at.
    """
    try:
        again = orjson.dumps(parsed)
    except orjson.JSONEncodeError:
        raise InvalidSyntax(_TOO_DEEP) from None
    if raw == again or (raw.count(b":") == again.count(b":") and b"\\u003" not in raw):
        return
    try:
        json.loads(raw, object_pairs_hook=_once_each)
    except RecursionError:
        raise InvalidSyntax(_TOO_DEEP) from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise InvalidSyntax(f"The body has {json.dumps(name[:80])} twice in one object. Say it once.")
    return made
