"""The clock of the engine: an argument everywhere, so that 28 days of a retry schedule run in a second."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Timepiece(Protocol):
    """Tells the time, and lets it pass."""

    def now(self) -> datetime:
        """The instant, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back when so many seconds have passed."""
        ...


class SystemTime:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
