"""What of a request may be kept in the request log: no secret, and not more than a cap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

#: Bodies are kept up to this many bytes (design §6).
BODY_CAP = 256 * 1024
QUERY_CAP = 4096

_WORDS = ("password", "passwd", "passphrase", "secret", "token", "credential", "authorization")
_TEXT_HINTS = (*_WORDS, "vst_")
#: One of these is in each of the hints: fewer to look for.
_HINTS = (b"pass", b"secret", b"token", b"credential", b"authorization", b"vst_")
_HINT = re.compile("|".join(_TEXT_HINTS))
#: A text that is more than a name: a filter, a path with brackets, JSON inside a text, an access token.
_TELLING = re.compile(rf"(?:{'|'.join(_WORDS)}).*[\"=\[]|vst_(?:scim|api)_[0-9A-Za-z]{{8}}", re.I | re.S)
_REDACTED = "[redacted]"


def redacted_body(body: bytes) -> str:
    """The body as text without secrets; a body that is no JSON is kept only by its length."""
    if not body:
        return ""
    lowered = body.lower()
    hides = _may_hide(lowered)
    if not hides and b"\\u" not in lowered:
        return _capped(body)
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return f"[{len(body)} bytes that are no JSON]"
    try:
        plain = orjson.dumps(parsed)
        if not hides and _HINT.search(plain.decode().lower()) is None:
            return _capped(plain)
        return _capped(orjson.dumps(redacted(parsed)))
    except (RecursionError, orjson.JSONEncodeError):
        return f"[{len(body)} bytes of JSON, nested too deep to be kept]"


def redacted_query(query: bytes, parsed: Mapping[str, str] | None = None) -> str:
    """A query string as text; all of it is left out where it may hold a secret.

    ``parsed`` are its parameters where somebody decoded them before: doing so again costs a tenth
    of a lookup.
    """
    if not query:
        return ""
    if parsed is not None and len(parsed) == query.count(b"&") + 1:
        plain = "\n".join((*parsed, *parsed.values())).lower()
        secret = _HINT.search(plain) is not None
    else:
        secret = _HINT.search(unquote_to_bytes(query).decode("latin-1").lower()) is not None
    return _REDACTED if secret else query.decode("latin-1")[:QUERY_CAP]


def redacted_filter(query: bytes, compared: str) -> str:
    """``redacted_query`` of a filter that compares one attribute; ``compared`` is its value in lower case."""
    return _REDACTED if _HINT.search(compared) else query.decode("latin-1")[:QUERY_CAP]


def redacted_text(text: str) -> str:
    """A sentence that may quote a filter, a path or a body: left out where it may quote a secret."""
    return _REDACTED if _TELLING.search(text) else text


def redacted(value: Any) -> Any:
    """``value`` with every secret replaced, at any depth."""
    if isinstance(value, dict):
        # A PATCH operation whose path is a secret carries it in ``value``.
        path = next((item for key, item in value.items() if key.lower() == "path"), "")
        under = "value" if _is_secret(str(path)) else None  # in whatever shape the path came
        return {
            key: _REDACTED if _is_secret(key) or key.lower() == under else redacted(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return redacted_text(value) if isinstance(value, str) else value


def _is_secret(name: str) -> bool:
    lowered = name.lower()
    return any(word in lowered for word in _WORDS)


def _may_hide(lowered: bytes) -> bool:
    """Whether any of the hints may be in it; a generator takes as long again as the search."""
    for hint in _HINTS:  # noqa: SIM110
        if hint in lowered:
            return True
    return False


def _capped(body: bytes) -> str:
    if len(body) <= BODY_CAP:
        return body.decode("utf-8", "replace")
    return f"{body[:BODY_CAP].decode('utf-8', 'replace')}… [{len(body)} bytes in all]"
