"""The shapes of a read that a store may answer together with the token (W17 has how often each comes)."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import LookAhead
from vestibule.scim.errors import ScimError
from vestibule.scim.fold import fold_user_name
from vestibule.web.exchange import Exchange

_TYPES = {"users": "User", "groups": "Group"}
_ATTRIBUTES = ("userName", "externalId")
#: A list with another parameter is no plain lookup.
_PARAMETERS = frozenset(("filter", "startIndex", "count"))
_MOST_CHARACTERS = 300


def look_ahead(exchange: Exchange, segments: Sequence[str], base_url: str) -> LookAhead | None:
    """The one resource that this request seems to ask for, or None. What is wrong with it is said later."""
    if exchange.method != "GET" or not 1 <= len(segments) <= 2:
        return None
    type = _TYPES.get(segments[0].lower())
    if type is None:
        return None
    try:
        query = exchange.query
    except ScimError:
        return None
    if len(segments) == 2:
        return None if query else LookAhead(type, "id", segments[1], base_url)
    text = query.get("filter", "")
    if not query.keys() <= _PARAMETERS or len(text) > _MOST_CHARACTERS:
        return None
    attribute, _, rest = text.partition(' eq "')
    value = rest[:-1]
    if attribute not in _ATTRIBUTES or rest[-1:] != '"' or '"' in value or "\\" in value:
        return None
    return LookAhead(type, attribute, fold_user_name(value) if attribute == "userName" else value, base_url)
