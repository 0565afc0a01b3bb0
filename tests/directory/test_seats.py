"""Seats of a plan: one more active person than it has is refused in words, and nobody loses a seat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.conftest import hand
from tests.cast import existing_mika, hanako, patch, zoe
from tests.console.hand import staged
from tests.database import STORES
from tests.installation import Site, Tenant, installation
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.recordings.format import Setup
from vestibule.tenancy.domains import add_domain
from vestibule.tenancy.kept_profiles import keep_profile
from vestibule.tenancy.tenants import change_plan

LEAVES = patch({"op": "replace", "path": "active", "value": False})
COMES_BACK = patch({"op": "replace", "path": "active", "value": True})
PLANS = """[plans]
default = "two"

[plans.one]
seats = 1

[plans.two]
label = "Two"
seats = 2

[plans.twenty]
seats = 20

[plans.standard]
"""


def seated_profile() -> str:
    """The generic product with plans that have seats."""
    text = builtin_texts()["generic"]
    before, _, after = text.partition("[plans]")
    return (before + PLANS + after[after.index("[rules]") :]).replace(
        'name = "generic"', 'name = "seated"', 1
    )


@pytest.fixture(params=STORES)
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """On a database of its own."""
    place = request.getfixturevalue("postgresql") if request.param == "postgresql" else "sqlite://"
    async with installation(place) as made:
        await keep_profile(made.desk, seated_profile(), "seated.toml")
        yield made


def person(number: int) -> dict[str, Any]:
    return {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"p{number}@corp.test"}


async def taken(site: Site, slug: str) -> tuple[int | None, int]:
    told = (await (await hand(site))("GET", f"/tenants/{slug}/seats")).json
    return told["seats"], told["taken"]


async def test_one_more_is_refused_in_words_and_a_leaver_frees_a_seat(site: Site) -> None:
    tenant = await site.tenant("seated", "corp")
    first = (await tenant.post("/Users", hanako())).json["id"]
    assert (await tenant.post("/Users", zoe())).status == 201
    refused = await tenant.post("/Users", person(3))
    assert refused.status == 403
    assert refused.json["detail"].startswith(
        "No seat is free: the plan of this tenant has 2 for active people, and 2 are taken. Deactivate somebody"
    )
    assert "scimType" not in refused.json
    assert (await tenant.post("/Users", {**person(3), "active": False})).status == 201
    assert (
        await tenant.patch(f"/Users/{first}", patch({"op": "replace", "path": "title", "value": "x"}))
    ).status == 200
    assert (await tenant.patch(f"/Users/{first}", LEAVES)).status == 200
    assert await taken(site, "corp") == (2, 1)
    assert (await tenant.post("/Users", person(4))).status == 201
    back = await tenant.patch(f"/Users/{first}", COMES_BACK)
    assert (back.status, back.json["detail"][:15]) == (403, "No seat is free")
    assert (await tenant.get(f"/Users/{first}")).json["active"] is False


async def test_deleting_frees_one_and_linking_takes_one(site: Site) -> None:
    tenant = await site.tenant("seated", "corp")
    await add_domain(site.desk, tenant.record, "corp.test")
    ids = [(await tenant.post("/Users", person(n))).json["id"] for n in (1, 2)]
    await site.prepare(tenant, Setup(existing=({"userName": "mika@corp.test", "displayName": "Mika"},)))
    linked = {**existing_mika(), "userName": "mika@corp.test"}
    assert (await tenant.post("/Users", linked)).status == 403
    await tenant.delete(f"/Users/{ids[0]}")
    assert (await tenant.post("/Users", linked)).status == 201
    assert await taken(site, "corp") == (2, 2)


async def test_a_plan_with_fewer_seats_takes_none_away(site: Site) -> None:
    tenant = await site.tenant("seated", "corp")
    ids = [(await tenant.post("/Users", person(n))).json["id"] for n in (1, 2)]
    await change_plan(site.desk, tenant.record, "one")
    assert await taken(site, "corp") == (1, 2)
    changed = patch({"op": "replace", "path": "title", "value": "x"})
    for id in ids:
        assert (await tenant.patch(f"/Users/{id}", changed)).status == 200
    assert (await tenant.post("/Users", person(3))).status == 403
    await tenant.patch(f"/Users/{ids[0]}", LEAVES)
    assert (await tenant.post("/Users", person(3))).status == 403
    await change_plan(site.desk, tenant.record, "standard")
    assert (await tenant.post("/Users", person(3))).status == 201
    await change_plan(site.desk, tenant.record, "two")
    assert await taken(site, "corp") == (2, 2)
    assert (await tenant.post("/Users", person(4))).status == 403


async def test_of_32_at_the_last_seat_one_gets_it(site: Site) -> None:
    tenant = await site.tenant("seated", "corp")
    await change_plan(site.desk, tenant.record, "twenty")
    for number in range(19):
        assert (await tenant.post("/Users", person(number))).status == 201
    answers = await asyncio.gather(*(tenant.post("/Users", person(100 + n)) for n in range(32)))
    assert sorted(answer.status for answer in answers) == [201] + [403] * 31
    assert await taken(site, "corp") == (20, 20)
    shown = (await tenant.get("/Users?count=1")).json
    assert shown["totalResults"] == 20
    freed = (await tenant.get("/Users?count=5")).json["Resources"]
    await asyncio.gather(*(tenant.patch(f"/Users/{one['id']}", LEAVES) for one in freed))
    again = await asyncio.gather(*(tenant.post("/Users", person(200 + n)) for n in range(32)))
    assert sorted(answer.status for answer in again) == [201] * 5 + [403] * 27


async def test_a_dry_run_says_it_too(site: Site) -> None:
    tenant: Tenant = await site.tenant("seated", "corp")
    await change_plan(site.desk, tenant.record, "one")
    await tenant.post("/Users", person(1))
    headers = {"Vestibule-Dry-Run": "true", "Content-Type": "application/scim+json"}
    answer = await tenant.post("/Users", person(2), headers)
    assert answer.status == 403


async def test_the_overview_tells_how_many_are_taken() -> None:
    async with staged() as stage:
        await keep_profile(stage.site.desk, seated_profile(), "seated.toml")
        tenant = await stage.site.tenant("seated", "corp")
        await tenant.post("/Users", person(1))
        hand = await stage.hand_of(await stage.administrator("admin@corp.test", tenant.record))
        await hand.open("/tenants/corp/overview")
        assert "of 2 seats" in hand.text


def test_seats_are_a_whole_number_of_at_least_one() -> None:
    for wrong in ("0", "-3", '"many"', "true", "1.5"):
        text = seated_profile().replace("seats = 1\n", f"seats = {wrong}\n")
        with pytest.raises(Exception, match="seats"):
            load_profile(text, "seated.toml")
