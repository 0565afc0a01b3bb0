"""What goes on beside the requests."""

from __future__ import annotations

import asyncio
import traceback
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Protocol

import structlog

from vestibule.refused import Refused
from vestibule.scim.errors import Unavailable

_log = structlog.get_logger("vestibule.beside")


class Beside(Protocol):
    """Work that goes on beside the requests while the server runs."""

    def start(self) -> None:
        """Begin."""
        ...

    async def stop(self) -> None:
        """End, in the middle of a round if need be: the next start goes on there."""
        ...


class Rounds(ABC):
    """Work in rounds, one each ``every_seconds`` after the last, ``first_after_seconds`` after the start.

    A fault ends its round, is logged by the name of the ``work``, and the next round comes: a full disk
    for a minute, or a fault of ours in one tenant's row, ends no work for good.
    """

    work: ClassVar[str]
    every_seconds: ClassVar[float]
    first_after_seconds: ClassVar[float]

    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._go_on())

    async def stop(self) -> None:
        """End, in the middle of a round if need be: the next start goes on there."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    @abstractmethod
    async def round(self) -> int:
        """One look; how much was done. ``Unavailable`` as the store raises it."""

    def tell(self, done: int) -> None:
        """Log what a round has done, where that is news."""
        return

    async def _go_on(self) -> None:
        await asyncio.sleep(self.first_after_seconds)
        while True:
            try:
                self.tell(await self.round())
            except (Unavailable, Refused) as fault:
                reason = fault.detail if isinstance(fault, Unavailable) else str(fault)
                _log.warning("a round did not come to its end", work=self.work, reason=reason)
            except Exception as fault:
                _log.error("an unforeseen fault ended a round", work=self.work, **_described(fault))
            await asyncio.sleep(self.every_seconds)


def _described(fault: Exception) -> dict[str, str]:
    """Its kind and place: its text may hold what is nobody's business."""
    frames = traceback.extract_tb(fault.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {"fault": type(fault).__name__, "place": place}
