"""Goes on with erasures while the server runs: what is kept about others is looked through for who was erased."""

from __future__ import annotations

import asyncio

import structlog

from vestibule.erasing.erasure import look_through_all
from vestibule.erasing.store import ErasureStore
from vestibule.scim.errors import Unavailable

_log = structlog.get_logger("vestibule.sweeping")

_EVERY_SECONDS = 5.0


class Sweeping:
    """Looks every five seconds while it runs; ``round`` is one look."""

    def __init__(self, store: ErasureStore) -> None:
        self._store = store
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; the next start begins what was not done anew."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def round(self) -> int:
        """Look through the log for everybody who was erased; how many. ``Unavailable`` as the store raises it."""
        return await look_through_all(self._store)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                if done := await self.round():
                    _log.info("erased people are in no log any more", people=done)
            except Unavailable as fault:
                _log.warning("erasing waits for the database", reason=fault.detail)
