"""Values as the JSON text that columns keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson


def json_text(value: Mapping[str, Any] | None) -> str | None:
    """A mapping as JSON; NULL for None and for an empty one."""
    return orjson.dumps(value, default=_plain).decode() if value else None


def array(values: Sequence[Any]) -> str:
    """A sequence as a JSON array."""
    return orjson.dumps(values).decode()


def mapping(text: str | None) -> Mapping[str, Any] | None:
    """A mapping as it was kept; None for NULL."""
    if text is None:
        return None
    loaded: Mapping[str, Any] = orjson.loads(text)
    return loaded


def without_nul(text: str) -> str:
    """The text as PostgreSQL can keep it: of what clients sent, a log may have to tell of U+0000 too."""
    return text.replace("\0", "\ufffd")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
