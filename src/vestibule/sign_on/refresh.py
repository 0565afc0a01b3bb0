"""Metadata addresses are read again once a day, so that a new certificate over there is known here in time (A2)."""

from __future__ import annotations

import structlog

from vestibule.beside import Rounds
from vestibule.sign_on.front import Front, later
from vestibule.sign_on.setting_up import read_again

_log = structlog.get_logger("vestibule.sign_on")

_EVERY_SECONDS = 3600.0
_DAY_SECONDS = 86_400.0


class MetadataRefresh(Rounds):
    """Looks once an hour while it runs; ``round`` is one look."""

    work = "reading metadata again"
    every_seconds = _EVERY_SECONDS
    first_after_seconds = _EVERY_SECONDS

    def __init__(self, front: Front) -> None:
        self._front = front

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

    def tell(self, done: int) -> None:
        """Log how many addresses could not be read."""
        if done:
            _log.warning("metadata could not be read", addresses=done)
