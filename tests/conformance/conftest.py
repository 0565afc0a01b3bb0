"""Tenants of the generic product: one as it comes, and one whose connection is held to the RFCs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.installation import Site, Tenant, installation


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """An installation with no tenant yet."""
    async with installation() as made:
        yield made


@pytest.fixture
async def tenant(site: Site) -> Tenant:
    """Nothing is pinned, and this client is recognised by nobody: dialect ``generic``."""
    return await site.tenant()


@pytest.fixture
async def strict(site: Site) -> Tenant:
    """Pinned to dialect ``strict``."""
    return await _held_to(site, "strict")


@pytest.fixture(params=["generic", "strict"])
async def either(request: pytest.FixtureRequest, site: Site) -> Tenant:
    """Each in turn: what the RFCs demand holds for both."""
    return await _held_to(site, request.param)


async def _held_to(site: Site, dialect: str) -> Tenant:
    tenant = await site.tenant()
    (connection,) = await site.desk.store.connections(tenant.record.id)
    entry = site.desk.entry("connection.dialect_pinned", "Connection", connection.id)
    await site.desk.store.pin_dialect(connection.id, dialect, entry, site.desk.clock())
    return tenant
