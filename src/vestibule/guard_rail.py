"""Ends access that was held for many leavers at once, when its time is over and nobody has decided otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from vestibule.beside import Rounds
from vestibule.directory.request import SettleHeld, Standing
from vestibule.directory.run import carry_out
from vestibule.directory.seats import seats_of
from vestibule.profiles.shelf import ProfileShelf
from vestibule.stores.receiving import ReceivingStore
from vestibule.tenancy.tenant import Tenant

_log = structlog.get_logger("vestibule.guard_rail")

_EVERY_SECONDS = 10.0
#: So that others write in between.
_PAUSE_SECONDS = 0.005
ACTOR = "vestibule:guard-rail"


class GuardRail(Rounds):
    """Looks every ten seconds while it runs; ``round`` is one look."""

    work = "ending held access"
    every_seconds = _EVERY_SECONDS
    first_after_seconds = _EVERY_SECONDS

    def __init__(
        self,
        store: ReceivingStore,
        profiles: ProfileShelf,
        clock: Callable[[], str],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._clock = clock
        self._new_id = new_id

    async def round(self) -> int:
        """End what is due; how many people's. ``Unavailable`` as the store raises it."""
        due = await self._store.states.held(due=self._clock())
        if not due:
            return 0
        tenants = {tenant.id: tenant for tenant in await self._store.tenancy.tenants()}
        standings: dict[int, Standing] = {}
        for one in due:
            if one.tenant not in standings:
                standings[one.tenant] = await self._standing(tenants[one.tenant])
            request = SettleHeld(one.person, ends=True)
            await carry_out(self._store.directory, standings[one.tenant], request, self._clock, self._new_id)
            await asyncio.sleep(_PAUSE_SECONDS)
        _log.warning("access that was held has ended", people=len(due))
        return len(due)

    async def _standing(self, tenant: Tenant) -> Standing:
        connections = await self._store.tenancy.connections(tenant.id)
        profile = await self._profiles.current(tenant.profile)
        seats = seats_of(profile, tenant.plan, tenant.settings_version)
        return Standing(tenant.id, connections[0].id, profile, "", ACTOR, "", seats=seats)
