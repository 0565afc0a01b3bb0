"""What is noted of tokens and connections while requests are answered, and written a second later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from vestibule.scim.errors import Unavailable

#: Uses of tokens, and what traffic shows, are gathered so long before they are written.
_SECONDS = 1.0

#: (moment, token); (dialect, why, moment, connection).
Uses = Sequence[tuple[str, str]]
Shown = Sequence[tuple[str, str, str, int]]
Write = Callable[[Uses, Shown], Awaitable[None]]


class TenancyBuffer:
    """The buffered methods of a ``TenancyStore``; ``write`` keeps what was gathered, in one transaction."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._used: dict[str, str] = {}
        self._recognised: dict[int, tuple[str, str, str]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: set[asyncio.Task[None]] = set()

    def touch_last_used(self, token: str, at: str) -> None:
        """Note that a token was used."""
        self._used[token] = at
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SECONDS, self._begin_flush)

    def note_recognised(self, connection: int, dialect: str, why: str, at: str) -> None:
        """Note what a connection's traffic has shown."""
        self._recognised[connection] = dialect, why, at
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SECONDS, self._begin_flush)

    async def flush(self) -> None:
        """Write what was gathered so far. A database that cannot be written keeps the old."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        used, self._used = self._used, {}
        recognised, self._recognised = self._recognised, {}
        if not used and not recognised:
            return
        uses = [(at, token) for token, at in sorted(used.items())]
        shown = [(*what, connection) for connection, what in sorted(recognised.items())]
        try:
            await self._write(uses, shown)
        except Unavailable:
            return

    def _begin_flush(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self.flush())
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)
