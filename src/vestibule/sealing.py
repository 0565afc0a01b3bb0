"""Seals the audit trail behind the writes while the server runs: a second after, in steps, never inside them."""

from __future__ import annotations

import asyncio
import os

import structlog

from vestibule.beside import Rounds
from vestibule.directory.audit_chain import AuditChain

_log = structlog.get_logger("vestibule.sealing")

_EVERY_SECONDS = 1.0
#: So many entries in one transaction: some milliseconds of the writer's time.
_STEP = 200
#: Between two steps, so that others write in between.
_PAUSE_SECONDS = 0.02


class Sealing(Rounds):
    """Looks once a second while it runs; ``round`` seals all there is."""

    work = "sealing the audit trail"
    every_seconds = _EVERY_SECONDS
    first_after_seconds = _EVERY_SECONDS

    def __init__(self, chain: AuditChain) -> None:
        self._chain = chain

    async def round(self) -> int:
        """Seal all there is; how many entries. ``Unavailable`` as the store raises it."""
        sealed = 0
        while some := await self._chain.seal(os.urandom, limit=_STEP):
            sealed += some
            if some < _STEP:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        return sealed
