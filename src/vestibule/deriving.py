"""What follows from documents, derived anew where a profile or the folding has changed."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from vestibule.beside import Rounds
from vestibule.directory.derivation import Progress
from vestibule.directory.derive_anew import derive_anew, derived_as, has_this_folding
from vestibule.profiles.profile import ApplicationProfile
from vestibule.profiles.shelf import ProfileShelf
from vestibule.refused import Refused
from vestibule.stores.receiving import ReceivingStore
from vestibule.tenancy.tenant import Tenant

_log = structlog.get_logger("vestibule.deriving")

#: How soon a change of profile is noticed, whoever made it.
_EVERY_SECONDS = 5.0
#: Between two steps of a hundred rows, so that others write in between.
_PAUSE_SECONDS = 0.02


class Deriving(Rounds):
    """Brings every tenant's rows up to its profile, one tenant after another, while it runs."""

    work = "deriving anew"
    every_seconds = _EVERY_SECONDS
    first_after_seconds = 0.0

    def __init__(self, store: ReceivingStore, profiles: ProfileShelf, clock: Callable[[], str]) -> None:
        self._store = store
        self._profiles = profiles
        self._clock = clock

    async def before_serving(self) -> None:
        """Finish what another folding left: until then names would be looked up wrongly."""
        for tenant in await self._store.tenancy.tenants():
            if not has_this_folding(tenant.derived):
                await self._derive(tenant, pause=0.0)

    async def round(self, pause: float = _PAUSE_SECONDS) -> int:
        """One look at every tenant; how many were derived anew. ``Unavailable`` as the store raises it."""
        done = 0
        for tenant in await self._store.tenancy.tenants():
            done += await self._derive(tenant, pause)
        return done

    async def _derive(self, tenant: Tenant, pause: float) -> bool:
        profile = await self._profile_of(tenant)
        if profile is None or tenant.derived == derived_as(profile):
            return False
        progress = await derive_anew(self._store.derivation, tenant.id, profile, self._clock, pause=pause)
        _tell(tenant, progress)
        return True

    async def _profile_of(self, tenant: Tenant) -> ApplicationProfile | None:
        try:
            return await self._profiles.current(tenant.profile)
        except Refused as refusal:
            _log.error("a tenant's profile cannot be read", tenant=tenant.slug, reason=str(refusal))
            return None


def _tell(tenant: Tenant, progress: Progress) -> None:
    _log.info("derived anew", tenant=tenant.slug, looked=progress.looked, renewed=progress.renewed)
    if progress.collisions:
        _log.warning(
            "userNames collide since they are folded anew; see vestibule profile show",
            tenant=tenant.slug,
            people=[collision.id for collision in progress.collisions[:20]],
        )
