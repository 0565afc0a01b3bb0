"""An operator's desk for webhooks over the database of this call."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over, operator
from vestibule.cli.output import say
from vestibule.clock import utc_clock

if TYPE_CHECKING:
    from vestibule.key_ring import KeyRing
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.desk import Desk
    from vestibule.webhooks.desk import WebhookDesk
    from vestibule.webhooks.endpoint import Endpoint
    from vestibule.webhooks.gap import Gap
    from vestibule.webhooks.store import Counts

T = TypeVar("T")


def at_webhooks(ctx: typer.Context, work: Callable[[WebhookDesk, Desk], Awaitable[T]]) -> T:
    """What ``work`` gives, handed a desk for webhooks and one for tenants, whose store is open."""
    from vestibule.webhooks.endpoint import WEBHOOK  # noqa: PLC0415

    return at_endpoints(ctx, (WEBHOOK,), lambda desk, tenants, _: work(desk, tenants))


def at_deliveries(ctx: typer.Context, work: Callable[[WebhookDesk, Desk], Awaitable[T]]) -> T:
    """The same for whatever is sent: webhooks and streams alike."""
    from vestibule.webhooks.endpoint import POLL, PUSH, WEBHOOK  # noqa: PLC0415

    return at_endpoints(ctx, (WEBHOOK, PUSH, POLL), lambda desk, tenants, _: work(desk, tenants))


def at_endpoints(
    ctx: typer.Context,
    kinds: tuple[str, ...],
    work: Callable[[WebhookDesk, Desk, ReceivingStore], Awaitable[T]],
) -> T:
    """The same for endpoints of these kinds, and with the store itself."""
    from vestibule.connectors.address_guard import AddressGuard, networks_of  # noqa: PLC0415
    from vestibule.connectors.posts import Posts  # noqa: PLC0415
    from vestibule.key_ring import ring_for  # noqa: PLC0415
    from vestibule.webhooks.desk import WebhookDesk  # noqa: PLC0415

    settings = settings_of(ctx)

    async def worked(store: ReceivingStore) -> T:
        async def keys() -> KeyRing:
            return await ring_for("secrets", settings.keys.get_secret_value(), store.tenancy.kept_key)

        guard = AddressGuard(networks_of(settings.allowed_networks))
        posts = Posts(guard)
        desk = WebhookDesk(
            store.webhooks,
            store.feed,
            keys,
            guard.check,
            posts,
            store.gaps,
            utc_clock(),
            secrets.token_bytes,
            operator(),
            kinds,
        )
        try:
            return await work(desk, desk_over(store), store)
        finally:
            await posts.close()

    return with_store(ctx, worked)


def endpoint_record(
    endpoint: Endpoint, slugs: dict[int, str], counts: Counts | None = None, gaps: Sequence[Gap] = ()
) -> dict[str, Any]:
    """An endpoint as ``--json`` prints it."""
    standing = endpoint.standing
    return {
        "id": endpoint.id,
        "tenant": slugs.get(endpoint.tenant, ""),
        "url": endpoint.url,
        "types": list(endpoint.types),
        "description": endpoint.description,
        "state": endpoint.shown_state,
        "why": endpoint.why,
        "created": endpoint.created_at,
        "deliveredUpTo": endpoint.cursor,
        "lastDelivered": standing.delivered_at,
        "failures": standing.failures,
        "failingSince": standing.failing_since,
        "nextAttempt": standing.retry_at,
        "waiting": counts.waiting if counts else 0,
        "deadLetters": counts.dead if counts else 0,
        "oldSecretUntil": endpoint.old_secret_until,
        **gap_records(gaps),
    }


def gap_records(gaps: Sequence[Gap]) -> dict[str, Any]:
    """What was forgotten before it was delivered, as ``--json`` prints it."""
    return {
        "eventsForgotten": sum(gap.events for gap in gaps),
        "forgotten": [asdict(gap) for gap in gaps],
    }


def say_gaps(gaps: Sequence[Gap]) -> None:
    """The same in words, beside the result."""
    for gap in gaps:
        say(gap.sentence)
