"""Metadata addresses are read again once a day, so that a new certificate over there is known here in time (A2)."""

from __future__ import annotations

import asyncio

import structlog

from vestibule.scim.errors import Unavailable
from vestibule.sign_on.front import Front, later
from vestibule.sign_on.setting_up import read_again

_log = structlog.get_logger("vestibule.sign_on")

_EVERY_SECONDS = 3600.0
_DAY_SECONDS = 86_400.0


class MetadataRefresh:
    """Looks once an hour while it runs; ``round`` is one look."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the first look comes after an hour, so that a start is quick."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def round(self) -> int:
        """Read again what was read more than a day ago; how many addresses could not be read."""
        faults = 0
        before = later(self._front.now, -_DAY_SECONDS)
        tenants = {tenant.id: tenant for tenant in await self._front.tenancy.tenants()}
        for stored in await self._front.store.setups():
            tenant = tenants.get(stored.tenant)
            if stored.document["metadataUrl"] and stored.read_at <= before and tenant is not None:
                faults += bool(await read_again(self._front, tenant, stored))
        return faults

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                faults = await self.round()
            except Unavailable as fault:
                _log.warning("reading metadata waits for the database", reason=fault.detail)
            else:
                if faults:
                    _log.warning("metadata could not be read", addresses=faults)
