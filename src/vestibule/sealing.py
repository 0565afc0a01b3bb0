"""Seals the audit trail behind the writes while the server runs: a second after, in steps, never inside them."""

from __future__ import annotations

import asyncio
import os

import structlog

from vestibule.directory.audit_chain import AuditChain
from vestibule.scim.errors import Unavailable

_log = structlog.get_logger("vestibule.sealing")

_EVERY_SECONDS = 1.0
#: So many entries in one transaction: some milliseconds of the writer's time.
_STEP = 200
#: Between two steps, so that others write in between.
_PAUSE_SECONDS = 0.02


class Sealing:
    """Looks once a second while it runs; ``round`` seals all there is."""

    def __init__(self, chain: AuditChain) -> None:
        self._chain = chain
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; what is not sealed is, at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def round(self) -> int:
        """Seal all there is; how many entries. ``Unavailable`` as the store raises it."""
        sealed = 0
        while some := await self._chain.seal(os.urandom, limit=_STEP):
            sealed += some
            if some < _STEP:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        return sealed

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await self.round()
            except Unavailable as fault:
                _log.warning("sealing waits for the database", reason=fault.detail)
