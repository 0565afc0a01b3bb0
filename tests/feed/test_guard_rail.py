"""Many who leave at once: access of the further ones is held, with an alarm; single leavers' never is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cast import patch
from tests.installation import Site, Tenant, installation
from vestibule.directory.request import SettleHeld, Standing
from vestibule.directory.run import carry_out
from vestibule.guard_rail import GuardRail
from vestibule.identifiers import new_resource_id
from vestibule.profiles.shelf import ProfileShelf

pytestmark = pytest.mark.usefixtures("each_store")

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LEAVES = patch({"op": "replace", "path": "active", "value": False})
COMES_BACK = patch({"op": "replace", "path": "active", "value": True})


@dataclass
class Company:
    site: Site
    tenant: Tenant
    people: list[str]
    minutes: list[float]

    async def access(self, person: str) -> str:
        [row] = await self.site.application.store.states.states(self.tenant.record.id, [person])
        return row.resource.access.value

    async def leave(self, count: int) -> list[str]:
        """So many leave; what access each has then."""
        leaving, self.people = self.people[:count], self.people[count:]
        for person in leaving:
            assert (await self.tenant.patch(f"/Users/{person}", LEAVES)).status == 200
        return [await self.access(person) for person in leaving]

    async def events(self) -> list[str]:
        page = await self.site.application.store.feed.events(0, tenant=self.tenant.record.id)
        return [event.type for event in page.events]

    async def settle(self, person: str, ends: bool) -> Any:
        store = self.site.application.store
        [connection] = await store.tenancy.connections(self.tenant.record.id)
        profile = await self.site.desk.profile_of(self.tenant.record)
        standing = Standing(self.tenant.record.id, connection.id, profile, "", "operator:test", "")
        request = SettleHeld(person, ends)
        applied = await carry_out(
            store.directory, standing, request, self.site.application._clock, new_resource_id
        )
        return applied.change.explanation.rule


@pytest.fixture
async def company() -> AsyncIterator[Company]:
    minutes = [0.0]

    def clock() -> str:
        at = int(minutes[0] * 60_000)
        minutes[0] += 1 / 60_000
        hours, rest = divmod(at, 3_600_000)
        return f"2026-03-04T{hours + 6:02}:{rest // 60_000:02}:{rest // 1000 % 60:02}.{rest % 1000:03}Z"

    async with installation(clock=clock) as site:
        tenant = await site.tenant()
        people = []
        for number in range(40):
            made = await tenant.post("/Users", {"schemas": [USER], "userName": f"user{number}"})
            people.append(made.json["id"])
        yield Company(site, tenant, people, minutes)


async def test_the_eleventh_of_an_hour_is_held_and_gives_the_alarm_once(company: Company) -> None:
    assert await company.leave(10) == ["ended"] * 10
    assert "leavers.held" not in await company.events()
    assert await company.leave(3) == ["held"] * 3
    events = await company.events()
    assert (events.count("access.held"), events.count("leavers.held")) == (3, 1)
    held = await company.site.application.store.states.held(company.tenant.record.id)
    assert len(held) == 3
    assert {one.until[:16] for one in held} == {"2026-03-04T06:30"}


async def test_who_leaves_one_by_one_is_never_held(company: Company) -> None:
    for _ in range(3):
        assert await company.leave(5) == ["ended"] * 5
        company.minutes[0] += 40
    assert "access.held" not in await company.events()


async def test_who_comes_and_goes_counts_once(company: Company) -> None:
    person = company.people[0]
    for _ in range(12):
        await company.tenant.patch(f"/Users/{person}", LEAVES)
        assert await company.access(person) == "ended"
        await company.tenant.patch(f"/Users/{person}", COMES_BACK)


async def test_when_the_time_is_over_access_ends(company: Company) -> None:
    await company.leave(10)
    person = company.people[0]
    await company.leave(1)
    application = company.site.application
    rail = GuardRail(
        application.store, ProfileShelf(application.store.tenancy), application._clock, new_resource_id
    )
    mine = await company.access(person)
    assert mine == "held"
    company.minutes[0] += 29
    await rail.round()
    assert await company.access(person) == "held"
    company.minutes[0] += 2
    await rail.round()
    assert await company.access(person) == "ended"
    assert (await company.events())[-1] == "access.ended"
    assert await application.store.states.held(company.tenant.record.id) == []


async def test_an_operator_ends_it_or_gives_it_back(company: Company) -> None:
    await company.leave(10)
    one, other, third = company.people[:3]
    await company.leave(3)
    assert await company.settle(one, ends=True) == "held.ended"
    assert await company.settle(other, ends=False) == "held.released"
    assert (await company.access(one), await company.access(other)) == ("ended", "granted")
    assert (await company.tenant.get(f"/Users/{other}")).json["active"] is False
    assert await company.settle(other, ends=True) == "held.unchanged"
    await company.tenant.patch(f"/Users/{third}", COMES_BACK)
    assert await company.access(third) == "granted"
    assert await company.site.application.store.states.held(company.tenant.record.id) == []
