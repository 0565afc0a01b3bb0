"""Cursors of the feed: a place in the log, sealed for those who read it, and for nobody else.

Nothing is kept on the server, and a cursor is good for as long as what comes after it is kept.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable

from vestibule.feed.errors import ForeignCursor
from vestibule.key_ring import KeyRing, KeyRingRefused

#: Longer texts are not even looked at.
_LONGEST = 200
_PLACE = "event cursor"


class FeedCursors:
    """Makes cursors and reads them. ``keys`` is asked for its ring once."""

    def __init__(self, keys: Callable[[], Awaitable[KeyRing]]) -> None:
        self._keys = keys
        self._ring: KeyRing | None = None

    async def ready(self) -> None:
        """Before ``seal`` and ``open``."""
        if self._ring is None:
            self._ring = await self._keys()

    def seal(self, seq: int, tenant: int | None) -> str:
        """The place after the event of that number, for readers of that tenant, or of all. URI characters only."""
        sealed = self._sure().seal(str(seq), _PLACE, _scope(tenant))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, cursor: str, tenant: int | None) -> int:
        """The number of the event it stands after. ``ForeignCursor``."""
        try:
            if len(cursor) > _LONGEST:
                raise ValueError
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            return int(self._sure().open(sealed, _PLACE, _scope(tenant)))
        except (ValueError, KeyRingRefused):
            raise ForeignCursor() from None

    def _sure(self) -> KeyRing:
        assert self._ring is not None, "ready() comes first"
        return self._ring


def _scope(tenant: int | None) -> str:
    return "all tenants" if tenant is None else str(tenant)
