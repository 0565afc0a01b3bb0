"""Whose request it was, as commands tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vestibule.stores.receiving import ReceivingStore


async def slug_of(store: ReceivingStore, tenant: int | None) -> str | None:
    """The slug of a tenant's number."""
    return next((one.slug for one in await store.tenancy.tenants() if one.id == tenant), None)
