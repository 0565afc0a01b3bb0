"""Where an operator, an administrator or the API works on webhooks: store, keys, clock, and whose hand it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.directory.change import AuditEntry
from vestibule.feed.store import FeedStore
from vestibule.key_ring import KeyRing
from vestibule.webhooks.endpoint import WEBHOOK, Endpoint
from vestibule.webhooks.errors import UnknownEndpoint
from vestibule.webhooks.gap import GapStore
from vestibule.webhooks.poster import Poster
from vestibule.webhooks.store import WebhookStore


@dataclass(frozen=True, slots=True)
class WebhookDesk:
    """Console, API and command line make one and hand it to the functions of this room."""

    store: WebhookStore
    log: FeedStore
    keys: Callable[[], Awaitable[KeyRing]]
    #: Refuses an address that nothing may be sent to.
    check_address: Callable[[str], Awaitable[None]]
    poster: Poster
    gaps: GapStore
    #: UTC text with milliseconds.
    clock: Callable[[], str]
    random: Callable[[int], bytes]
    #: For the audit: ``operator:mia``.
    actor: str
    #: Which kinds of endpoint are worked on here.
    kinds: tuple[str, ...] = (WEBHOOK,)

    async def endpoints(self, tenant: int | None = None) -> Sequence[Endpoint]:
        """Those of a tenant (0: the installation's own), or all, oldest first."""
        return [one for one in await self.store.endpoints(tenant) if one.kind in self.kinds]

    async def endpoint(self, id: str, tenant: int | None = None) -> Endpoint:
        """The endpoint of that id; with ``tenant``, of that tenant alone. ``UnknownEndpoint``."""
        found = await self.store.endpoint(id)
        if found is None or found.kind not in self.kinds or (tenant is not None and found.tenant != tenant):
            raise UnknownEndpoint(id)
        return found

    def entry(self, action: str, endpoint_id: str, payload: Mapping[str, Any] | None = None) -> AuditEntry:
        """The audit entry of what is done here: ``webhook.added``, and ``stream.added`` of a stream."""
        is_stream = endpoint_id.startswith("st_")
        noun, about = ("stream", "Stream") if is_stream else ("webhook", "Webhook")
        return AuditEntry(self.actor, f"{noun}.{action}", about, endpoint_id, payload)
