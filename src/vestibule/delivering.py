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
from vestibule.tenancy.slugs import Slugs
from vestibule.webhooks.courier import Courier
from vestibule.webhooks.endpoint import PUSH, WEBHOOK
from vestibule.webhooks.manner import Manner
from vestibule.webhooks.poster import Poster
from vestibule.webhooks.standard import StandardWebhooks
from vestibule.webhooks.tally import Tally

if TYPE_CHECKING:
    from vestibule.security_events.issuer import Issuer
    from vestibule.tracing import Tracing


def new_courier(
    store: ReceivingStore,
    poster: Poster,
    keys: Callable[[], Awaitable[KeyRing]],
    bell: Bell,
    tally: Tally,
    issuer: Issuer | None = None,
) -> Courier:
    """A courier with a name like no other process'. With ``issuer`` it pushes security event tokens too."""

    slugs = Slugs(store.tenancy)
    name = f"{os.getpid()}-{os.urandom(6).hex()}"
    manners: dict[str, Manner] = {WEBHOOK: StandardWebhooks(keys)}
    if issuer is not None:
        from vestibule.security_events.push import Push  # noqa: PLC0415

        manners[PUSH] = Push(issuer, keys)
    return Courier(name, store.webhooks, store.feed, poster, manners, slugs.of, bell.wait, tally=tally)


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
