"""A clock that moves when somebody sleeps: weeks pass in no time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class VirtualTime:
    """``vestibule.provisioning.timepiece.Timepiece`` for tests with one sleeper at a time."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    async def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def pass_(self, **span: float) -> None:
        """So much later."""
        self.instant += timedelta(**span)
