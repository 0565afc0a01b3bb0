"""The rooms beyond SCIM before anybody has entered one: they are furnished for the first who comes.

Console, API and sign-on, and the libraries behind them, take some 40 MB and half a second. A server that is
asked for SCIM alone does without; what is imported meanwhile is imported beside the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vestibule.web.rooms import Rooms

#: First parts of paths that the door answers itself.
_THE_DOORS_OWN = frozenset({"scim", "t", "healthz", "readyz", "metrics"})


class RoomsNotFurnished(Exception):
    """They could not be; the next one who comes tries again."""

    def __init__(self, fault: Exception) -> None:
        super().__init__("the rooms could not be furnished")
        self.fault = fault


class RoomsOnDemand:
    """``fetch`` imports what they are made of, in a thread; ``furnish`` makes them, on the loop."""

    def __init__(self, fetch: Callable[[], object], furnish: Callable[[], Rooms]) -> None:
        self._fetch = fetch
        self._furnish = furnish
        self._rooms: Rooms | None = None
        self._one_at_a_time = asyncio.Lock()

    def may_have(self, path: str) -> bool:
        """False only where no room is at that path."""
        if self._rooms is not None:
            return self._rooms.has(path)
        return path.lstrip("/").partition("/")[0] not in _THE_DOORS_OWN

    async def furnished(self) -> Rooms:
        """All of them. ``RoomsNotFurnished``."""
        async with self._one_at_a_time:
            if self._rooms is None:
                try:
                    await asyncio.to_thread(self._fetch)
                    self._rooms = self._furnish()
                except Exception as fault:
                    raise RoomsNotFurnished(fault) from fault
        return self._rooms
