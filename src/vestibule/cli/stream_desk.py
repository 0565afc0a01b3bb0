"""An operator's desk for streams of security event tokens over the database of this call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from vestibule.cli.database import settings_of
from vestibule.cli.public_url import public_url_of
from vestibule.cli.webhook_desk import at_endpoints, gap_records

if TYPE_CHECKING:
    from vestibule.security_events.desk import StreamDesk
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.desk import Desk
    from vestibule.webhooks.desk import WebhookDesk
    from vestibule.webhooks.endpoint import Endpoint
    from vestibule.webhooks.gap import Gap
    from vestibule.webhooks.store import Counts

T = TypeVar("T")


def at_streams(ctx: typer.Context, work: Callable[[StreamDesk, Desk], Awaitable[T]]) -> T:
    """What ``work`` gives, handed a desk for streams and one for tenants, whose store is open."""
    from vestibule.security_events.desk import StreamDesk  # noqa: PLC0415
    from vestibule.security_events.issuer import Issuer  # noqa: PLC0415
    from vestibule.webhooks.endpoint import POLL, PUSH  # noqa: PLC0415

    settings = settings_of(ctx)

    async def worked(webhooks: WebhookDesk, tenants: Desk, store: ReceivingStore) -> T:
        public_url = await public_url_of(settings, store.tenancy)
        issuer = Issuer(
            store.security_events, tenants.store, tenants.profiles, webhooks.keys, lambda: public_url
        )
        desk = StreamDesk(webhooks, store.security_events, issuer, public_url, settings.security_events)
        return await work(desk, tenants)

    return at_endpoints(ctx, (PUSH, POLL), worked)


def stream_record(
    desk: StreamDesk,
    stream: Endpoint,
    slug: str,
    counts: Counts | None = None,
    gaps: Sequence[Gap] = (),
) -> dict[str, Any]:
    """A stream as ``--json`` prints it."""
    return {
        "id": stream.id,
        "tenant": slug,
        "delivery": stream.kind,
        "url": stream.url or desk.poll_url(stream.id),
        "issuer": desk.issuer.issuer(slug),
        "audience": stream.audience,
        "keySet": desk.key_set_url,
        "full": stream.is_full,
        "types": list(stream.types),
        "description": stream.description,
        "state": desk.shown_state(stream),
        "why": stream.why,
        "created": stream.created_at,
        "deliveredUpTo": stream.cursor,
        "lastDelivered": stream.standing.delivered_at,
        "waiting": counts.waiting if counts else 0,
        "refused": counts.dead if counts else 0,
        **gap_records(gaps),
    }
