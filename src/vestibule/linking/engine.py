"""Keeps every connected service in step while the server runs: a look each second, a turn where there is something to do."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from vestibule.beside import Rounds
from vestibule.clock import as_text
from vestibule.directory.derivation import DerivationStore
from vestibule.directory.store import DirectoryStore
from vestibule.directory.story import DirectoryLog
from vestibule.key_ring import KeyRing, KeyRingRefused
from vestibule.linking.connector import Service
from vestibule.linking.service_connection import ConnectionState, ServiceConnection
from vestibule.linking.store import LinkingStore
from vestibule.linking.sync import Turn
from vestibule.profiles.shelf import ProfileShelf
from vestibule.refused import Refused
from vestibule.tenancy.store import TenancyStore
from vestibule.tenancy.tenant import Tenant

_log = structlog.get_logger("vestibule.linking")

_LOOK_SECONDS = 1.0
#: A claim that its worker did not end is anybody's after this; a turn's requests take less.
_LEASE_SECONDS = 180.0
_AT_ONCE = 4
#: Between two steps through many people, so that requests have their turn.
_PAUSE_SECONDS = 0.01


class Linking(Rounds):
    """Beside the requests; ``round`` is one look. Clock (seconds since 1970), chance and pause are arguments."""

    work = "linking"
    every_seconds = _LOOK_SECONDS
    first_after_seconds = 0.0

    def __init__(
        self,
        *,
        store: LinkingStore,
        tenancy: TenancyStore,
        directory: DirectoryStore,
        derivation: DerivationStore,
        log: DirectoryLog,
        profiles: ProfileShelf,
        services: Mapping[str, Service],
        keys: Callable[[], Awaitable[KeyRing]],
        seconds: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
        pause: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(_PAUSE_SECONDS),
    ) -> None:
        self._store = store
        self._tenancy = tenancy
        self._directory = directory
        self._derivation = derivation
        self._log = log
        self._profiles = profiles
        self._services = services
        self._keys = keys
        self._seconds = seconds
        self._chance = chance
        self._pause = pause

    async def stop(self) -> None:
        """End, in the middle of a turn if need be: it goes on when its lease is over."""
        await super().stop()
        for service in self._services.values():
            await service.close()

    async def round(self) -> int:
        """A turn for each connection that has something to do; how many. ``Unavailable`` as the store raises it."""
        due = [one for one in await self._store.connections() if await self._has_work(one)]
        free = asyncio.Semaphore(_AT_ONCE)
        return sum(await asyncio.gather(*(self._turn(one, free) for one in due)))

    async def _has_work(self, connection: ServiceConnection) -> bool:
        now = as_text(self._seconds())
        if connection.state is not ConnectionState.CONNECTED or connection.not_before > now:
            return False
        if connection.progress is not None or connection.next_full_at <= now:
            return True
        if await self._store.pending(connection.tenant, connection.service, 1):
            return True
        return bool(await self._log.events(connection.seen_event, 1, tenant=connection.tenant))

    async def _turn(self, found: ServiceConnection, free: asyncio.Semaphore) -> int:
        service = self._services.get(found.service)
        tenant = next((one for one in await self._tenancy.tenants() if one.id == found.tenant), None)
        if service is None or tenant is None:
            return 0
        async with free:
            now = self._seconds()
            leased_until = as_text(now + _LEASE_SECONDS)
            connection = await self._store.claim(found.tenant, found.service, as_text(now), leased_until)
            if connection is not None:
                await self._work(connection, service, tenant)
        return int(connection is not None)

    async def _work(self, connection: ServiceConnection, service: Service, tenant: Tenant) -> None:
        try:
            profile = await self._profiles.current(tenant.profile)
            keys = await self._keys()
            turn = Turn(
                store=self._store,
                directory=self._directory,
                derivation=self._derivation,
                log=self._log,
                service=service,
                profile=profile,
                keys=keys,
                seconds=self._seconds,
                chance=self._chance,
                pause=self._pause,
            )
            await turn.take(connection)
        except (KeyRingRefused, Refused) as refused:
            _log.error(
                "a service cannot be synchronised",
                tenant=tenant.slug,
                service=connection.service,
                reason=str(refused),
            )
