"""One tenant's directory, opened for whoever runs a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.public_url import public_url_of

if TYPE_CHECKING:
    from vestibule.settings import Settings
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Tenant
    from vestibule.web.tenant_room import TenantRoom

T = TypeVar("T")


def in_tenant(ctx: typer.Context, named: str, work: Callable[[TenantRoom], Awaitable[T]]) -> T:
    """What ``work`` gives, handed the tenant of that slug or name, its database open."""
    settings = settings_of(ctx)

    async def worked(store: ReceivingStore) -> T:
        desk = desk_over(store)
        return await work(await room_of(store, desk, await desk.tenant(named), settings))

    return with_store(ctx, worked)


async def room_of(store: ReceivingStore, desk: Desk, tenant: Tenant, settings: Settings) -> TenantRoom:
    """The room of one tenant in an open database."""
    from vestibule.identifiers import new_request_id, new_resource_id  # noqa: PLC0415
    from vestibule.web.tenant_room import TenantRoom  # noqa: PLC0415

    return TenantRoom(
        desk,
        tenant,
        await desk.profile_of(tenant),
        await desk.store.connections(tenant.id),
        store.directory,
        store.log,
        await public_url_of(settings, store.tenancy),
        new_resource_id,
        new_request_id(),
    )
