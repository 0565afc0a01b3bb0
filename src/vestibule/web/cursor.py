"""Cursors: a place in a list, sealed so that nobody reads, alters or moves it (RFC 9865 §2, §5).

Nothing is kept on the server. A cursor is good for the query it was given for, to the same
connection of the same tenant, for ``CURSOR_SECONDS``. It gives no rights: each page is admitted
like any other request.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from vestibule.directory.store import Boundary
from vestibule.key_ring import KeyRing, KeyRingRefused
from vestibule.scim.errors import ExpiredCursor, InvalidCursor
from vestibule.scim.frozen import frozen

#: So long a cursor is good (``cursorTimeout``, R196).
CURSOR_SECONDS = 3600
#: Longer texts are not even looked at; ours hold a sort key of 512 characters at most.
MAX_CURSOR = 8192


@frozen
class Heading:
    """A place, and the way to go from there."""

    boundary: Boundary
    backward: bool


class Cursors:
    """Makes cursors and reads them. ``keys`` is asked for its ring once, when the first cursor is."""

    def __init__(self, keys: Callable[[], Awaitable[KeyRing]]) -> None:
        self._keys = keys
        self._ring: KeyRing | None = None

    async def ready(self) -> None:
        """Before ``seal`` and ``open``."""
        if self._ring is None:
            self._ring = await self._keys()

    def seal(self, boundary: Boundary | None, query: str, at: str, *, backward: bool = False) -> str | None:
        """The cursor of a place for the query of that fingerprint, given out ``at``; None for None.

        It has unreserved URI characters only (R189).
        """
        if boundary is None:
            return None
        key: Any = boundary.key
        if isinstance(key, Decimal):
            key = [str(key)]
        content = orjson.dumps([_seconds(at), backward, key, boundary.seq]).decode()
        return base64.urlsafe_b64encode(self._sure().seal(content, "cursor", query)).rstrip(b"=").decode()

    def open(self, cursor: str, query: str, at: str) -> Heading:
        """What it says. InvalidCursor where it is not ours, or not this query's; ExpiredCursor.

        The first says the same whatever the reason (R199).
        """
        try:
            if len(cursor) > MAX_CURSOR:
                raise ValueError
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            given, backward, key, seq = orjson.loads(self._sure().open(sealed, "cursor", query))
        except (ValueError, KeyRingRefused):
            raise InvalidCursor(
                "The cursor is none that was given out for this query. Send all other parameters as they were, "
                "or begin again with an empty cursor."
            ) from None
        if _seconds(at) - given > CURSOR_SECONDS:
            raise ExpiredCursor(
                f"The cursor is older than {CURSOR_SECONDS} seconds (cursorTimeout). Begin again with an empty cursor."
            )
        return Heading(Boundary(Decimal(key[0]) if isinstance(key, list) else key, seq), backward)

    def _sure(self) -> KeyRing:
        assert self._ring is not None, "ready() comes first"
        return self._ring


def fingerprint(*parts: Any) -> str:
    """A query told from every other: what it is confined to, and what it asks for."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def _seconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp())
