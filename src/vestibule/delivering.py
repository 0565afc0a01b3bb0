"""Deliveries, wired: the courier of one process; and the tracing that the settings ask for."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING

from vestibule.feed.bell import Bell
from vestibule.key_ring import KeyRing
from vestibule.settings import Settings, SettingsRefused
from vestibule.stores.receiving import ReceivingStore
from vestibule.webhooks.courier import Courier
from vestibule.webhooks.poster import Poster
from vestibule.webhooks.tally import Tally

if TYPE_CHECKING:
    from vestibule.tracing import Tracing


def new_courier(
    store: ReceivingStore, poster: Poster, keys: Callable[[], Awaitable[KeyRing]], bell: Bell, tally: Tally
) -> Courier:
    """A courier with a name like no other process'."""

    async def slug_of(tenant: int) -> str:
        return next((one.slug for one in await store.tenancy.tenants() if one.id == tenant), "")

    name = f"{os.getpid()}-{os.urandom(6).hex()}"
    return Courier(name, store.webhooks, store.feed, poster, keys, slug_of, bell.wait, tally=tally)


def chosen_tracing(settings: Settings) -> Tracing | None:
    """What VESTIBULE_TRACE asks for; its libraries are imported only then. ``SettingsRefused`` where they are missing."""
    if not settings.trace:
        return None
    try:
        module = import_module("vestibule.tracing")
    except ImportError as missing:
        raise SettingsRefused(
            f"VESTIBULE_TRACE is set, and {missing.name} is not installed: pip install 'vestibule[otel]', or unset it."
        ) from None
    made: Tracing = module.Tracing()
    return made
