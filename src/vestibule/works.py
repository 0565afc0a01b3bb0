"""What a serving Vestibule does beside the requests, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from vestibule.alarms import Alarms
from vestibule.beside import Beside
from vestibule.deriving import Deriving
from vestibule.guard_rail import GuardRail
from vestibule.housekeeping import Housekeeping
from vestibule.key_ring import KeyRing
from vestibule.linking.connector import Service
from vestibule.profiles.shelf import ProfileShelf
from vestibule.sealing import Sealing
from vestibule.settings import Settings
from vestibule.sign_on.refresh import MetadataRefresh
from vestibule.stores.receiving import ReceivingStore
from vestibule.sweeping import Sweeping

if TYPE_CHECKING:
    from vestibule.sign_on.front import Front


def tidying(
    store: ReceivingStore,
    settings: Settings,
    profiles: ProfileShelf,
    deriving: Deriving,
    front: Callable[[], Front],
    clock: Callable[[], str],
    new_id: Callable[[], str],
) -> list[Beside]:
    """What one process of an installation does for all."""
    return [
        Housekeeping(store, settings),
        Sealing(store.audit_chain),
        Sweeping(store.erasure),
        deriving,
        GuardRail(store, profiles, clock, new_id),
        MetadataRefresh(store.sign_on, front),
        Alarms(store, settings),
    ]


def linking(
    store: ReceivingStore,
    profiles: ProfileShelf,
    services: Mapping[str, Service],
    keys: Callable[[], Awaitable[KeyRing]],
) -> list[Beside]:
    """What keeps people's accounts at other services in step; nothing where none is registered."""
    if not services:
        return []
    from vestibule.linking.engine import Linking  # noqa: PLC0415

    return [
        Linking(
            store=store.linking,
            tenancy=store.tenancy,
            directory=store.directory,
            derivation=store.derivation,
            log=store.log,
            profiles=profiles,
            services=services,
            keys=keys,
        )
    ]
