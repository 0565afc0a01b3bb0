"""What people in front of a screen look at, alike on both stores."""

from __future__ import annotations

import pytest

from tests.database import STORES, new_database
from tests.installation import installation
from tests.served import USER
from vestibule.directory.resource import State


@pytest.mark.parametrize("store", STORES)
async def test_the_active_and_the_inactive_are_listed_apart(store: str) -> None:
    async with installation(new_database(store=store)) as site:
        tenant, other = await site.tenant(), await site.tenant()
        for number in range(7):
            person = {"schemas": [USER], "userName": f"p{number}@corp.example", "active": number % 3 > 0}
            assert (await tenant.post("/Users", person)).status == 201
        assert (await other.post("/Users", {"schemas": [USER], "userName": "x@corp.example"})).status == 201
        gone = (await tenant.post("/Users", {"schemas": [USER], "userName": "gone@corp.example"})).json["id"]
        assert (await tenant.delete(f"/Users/{gone}")).status == 204
        overview = site.application.store.overview

        async def names(active: bool | None, page: int) -> list[str]:
            """Page after page, each behind the last id of the one before."""
            found: list[str] = []
            after = ""
            while people := await overview.people(
                tenant.record.id, State.MANAGED, active=active, limit=page, after=after
            ):
                assert [one.id for one in people] == sorted(one.id for one in people)
                assert len(people) <= page
                found += [str(one.user_name)[:2] for one in people]
                after = people[-1].id
            return sorted(found)

        assert await names(None, 100) == ["p0", "p1", "p2", "p3", "p4", "p5", "p6"]
        assert await names(False, 2) == ["p0", "p3", "p6"]
        assert await names(True, 3) == ["p1", "p2", "p4", "p5"]
        numbers = await overview.numbers(tenant.record.id)
        assert (numbers.active, numbers.inactive, numbers.deleted) == (4, 3, 1)
