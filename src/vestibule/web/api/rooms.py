"""The directory of the tenant that a call is about."""

from __future__ import annotations

from functools import partial

from vestibule.web.api.call import Call
from vestibule.web.api.log import row_of_change
from vestibule.web.tenant_room import TenantRoom


async def room_of(call: Call, slug: str) -> TenantRoom:
    """That tenant's room, with the caller's hand in it. ``UnknownTenant``."""
    tenant = await call.tenant(slug)
    desk, premises = call.desk, call.premises
    return TenantRoom(
        desk,
        tenant,
        await desk.profile_of(tenant),
        await premises.tenancy.connections(tenant.id),
        premises.directory,
        premises.log,
        premises.public_url(),
        premises.new_id,
        call.request_id,
        partial(row_of_change, call),
    )
