"""What of a request may be kept in the request log: no secret, and not more than a cap."""

from __future__ import annotations

from typing import Any

import orjson

#: Bodies are kept up to this many bytes (design §6).
BODY_CAP = 256 * 1024

_SECRET_KEYS = frozenset({"password", "token", "secret", "authorization", "client_secret", "access_token"})
_HINTS = (b"password", b"token", b"secret", b"authorization")
_REDACTED = "[redacted]"


def redacted_body(body: bytes) -> str:
    """The body as text without secrets; a body that is no JSON is kept only by its length."""
    if not body:
        return ""
    lowered = body.lower()
    if b"\\u" not in lowered and not any(hint in lowered for hint in _HINTS):
        return _capped(body)
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return f"[{len(body)} bytes that are no JSON]"
    return _capped(orjson.dumps(redacted(parsed)))


def redacted(value: Any) -> Any:
    """``value`` with every secret replaced, at any depth."""
    if isinstance(value, dict):
        return {
            key: _REDACTED if _is_secret(key) else _redacted_operation(redacted(item))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_redacted_operation(redacted(item)) for item in value]
    return value


def _redacted_operation(value: Any) -> Any:
    """A PATCH operation whose path is a secret carries it in ``value``."""
    if isinstance(value, dict):
        path = next((item for key, item in value.items() if key.lower() == "path"), None)
        if isinstance(path, str) and _is_secret(path):
            return {key: _REDACTED if key.lower() == "value" else item for key, item in value.items()}
    return value


def _is_secret(key: str) -> bool:
    return key.rpartition(":")[2].lower() in _SECRET_KEYS


def _capped(body: bytes) -> str:
    text = body[:BODY_CAP].decode("utf-8", "replace")
    return text if len(body) <= BODY_CAP else f"{text}… [{len(body)} bytes in all]"
