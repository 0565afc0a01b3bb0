"""Where an operator, an administrator or the API works on streams of security event tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.security_events.errors import NotOffered, UnknownStream
from vestibule.security_events.issuer import Issuer
from vestibule.security_events.store import SecurityEventStore
from vestibule.webhooks.desk import WebhookDesk
from vestibule.webhooks.endpoint import Endpoint, State
from vestibule.webhooks.errors import UnknownEndpoint

#: The state of streams while the preview is switched off.
OFF = "off"


@dataclass(frozen=True, slots=True)
class StreamDesk:
    """``webhooks`` is a desk for the kinds push and poll. ``offered`` is whether the preview is switched on."""

    webhooks: WebhookDesk
    store: SecurityEventStore
    issuer: Issuer
    public_url: str
    offered: bool

    def demand_offered(self) -> None:
        """``NotOffered`` where the preview is not switched on."""
        if not self.offered:
            raise NotOffered

    async def streams(self, tenant: int | None = None) -> Sequence[Endpoint]:
        """Those of a tenant, or all, oldest first."""
        return await self.webhooks.endpoints(tenant)

    async def stream(self, id: str) -> Endpoint:
        """The stream of that id. ``UnknownStream``."""
        try:
            return await self.webhooks.endpoint(id)
        except UnknownEndpoint:
            raise UnknownStream(id) from None

    def shown_state(self, stream: Endpoint) -> str:
        """As ``Endpoint.shown_state`` has it; "off" for one that would go on were the preview switched on."""
        waits = stream.state is State.ON and not self.offered
        return OFF if waits else stream.shown_state

    def poll_url(self, id: str) -> str:
        """Where a polled stream is fetched."""
        return f"{self.public_url}/api/v1/streams/{id}/poll"

    @property
    def key_set_url(self) -> str:
        """Where our keys are published."""
        return f"{self.public_url}/security-events/jwks.json"
