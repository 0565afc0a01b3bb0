"""Old requests go after their days, surplus ones at once, unresolved members after thirty days; nothing else goes."""

from __future__ import annotations

import time
from typing import Any

from tests.installation import Tenant, installation
from vestibule.housekeeping import Housekeeping
from vestibule.settings import Settings

DAY = 86_400.0
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def in_days(days: float) -> Any:
    return lambda: time.time() + days * DAY


async def a_group_that_waits_for_somebody(tenant: Tenant) -> str:
    answer = await tenant.post(
        "/Groups", {"schemas": [GROUP], "displayName": "Sales", "members": [{"value": "nobody-yet"}]}
    )
    group: str = answer.json["id"]
    return group


async def test_what_is_young_stays() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        group = await a_group_that_waits_for_somebody(tenant)
        store = site.application.store
        assert await Housekeeping(store, Settings(database="sqlite://"), in_days(29)).round() == 0
        assert len(await store.directory.unresolved_members(tenant.record.id, group)) == 1
        assert await store.log.requests(tenant.record.id)


async def test_what_is_old_goes_and_the_directory_stays() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        group = await a_group_that_waits_for_somebody(tenant)
        store = site.application.store
        assert await Housekeeping(store, Settings(database="sqlite://"), in_days(31)).round() == 2
        assert not await store.directory.unresolved_members(tenant.record.id, group)
        assert not await store.log.requests(tenant.record.id)
        assert (await tenant.get(f"/Groups/{group}")).status == 200
        assert await store.log.events()


async def test_of_too_many_requests_the_newest_stay() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        people = [{"schemas": [USER], "userName": f"user{n}@corp.test"} for n in range(1100)]
        await tenant.post_all("/Users", people)
        store = site.application.store
        settings = Settings(database="sqlite://", request_log_rows=1000)
        assert await Housekeeping(store, settings).round() == 100
        kept = await store.log.requests(tenant.record.id, limit=2000)
        assert len(kept) == 1000
