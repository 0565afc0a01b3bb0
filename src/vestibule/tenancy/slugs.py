"""By which slug a tenant's number is told to the product."""

from __future__ import annotations

from vestibule.tenancy.store import TenancyStore


class Slugs:
    """Of all tenants. No tenant is deleted and no slug changes, so each is read once."""

    def __init__(self, tenancy: TenancyStore) -> None:
        self._tenancy = tenancy
        self._known = {0: ""}

    async def of(self, tenant: int) -> str:
        """An empty text for the installation's own (0), and for a number that no tenant has."""
        if tenant not in self._known:
            self._known.update({one.id: one.slug for one in await self._tenancy.tenants()})
        return self._known.get(tenant, "")
