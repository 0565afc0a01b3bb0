"""What the product should hold of a person, and what it says of that; on both stores, through the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.api.conftest import Api, hand
from tests.cast import hanako, patch, sales, zoe
from tests.installation import Answer, Site, Tenant, installation
from vestibule.directory.telling import timeline

pytestmark = pytest.mark.usefixtures("each_store")

LEAVES = patch({"op": "replace", "path": "active", "value": False})
COMES_BACK = patch({"op": "replace", "path": "active", "value": True})


@dataclass
class Product:
    site: Site
    tenant: Tenant
    api: Api

    def __post_init__(self) -> None:
        self.base = f"/tenants/{self.tenant.slug}"

    async def state(self, person: str) -> Any:
        answer = await self.api("GET", f"{self.base}/people/{person}/state")
        assert answer.status == 200, answer
        return answer.json

    async def says(self, person: str, version: str, outcome: str = "applied", reason: str = "") -> Answer:
        body = {"version": version, "outcome": outcome, "reason": reason}
        return await self.api("POST", f"{self.base}/people/{person}/acknowledgements", body)

    async def unconfirmed(self) -> list[str]:
        answer = await self.api("GET", f"{self.base}/unconfirmed")
        return [one["id"] for one in answer.json["items"]]

    async def person(self, document: dict[str, Any]) -> str:
        answer = await self.tenant.post("/Users", document)
        assert answer.status == 201, answer
        return str(answer.json["id"])


@pytest.fixture
async def product() -> AsyncIterator[Product]:
    async with installation() as site:
        tenant = await site.tenant()
        yield Product(site, tenant, await hand(site, ["events:write"], tenant=tenant.record))


async def test_a_state_says_all_that_a_product_applies(product: Product) -> None:
    id = await product.person(hanako())
    team = (await product.tenant.post("/Groups", sales(id))).json["id"]
    state = await product.state(id)
    assert (state["exists"], state["active"], state["access"]) == (True, True, "granted")
    assert state["identity"]["userName"] == "hanako.sato@corp.test"
    assert state["identity"]["externalId"] == "00u1hanako"
    assert state["teams"] == [{"id": team, "name": "Sales EMEA", "type": "direct"}]
    assert (await product.state(id))["version"] == state["version"]


async def test_the_version_moves_with_everything_that_the_product_applies(product: Product) -> None:
    id = await product.person(hanako())
    versions = [(await product.state(id))["version"]]

    async def moved() -> None:
        versions.append((await product.state(id))["version"])
        assert len(set(versions)) == len(versions)

    await product.tenant.patch(f"/Users/{id}", patch({"op": "replace", "path": "title", "value": "Head"}))
    await moved()
    team = (await product.tenant.post("/Groups", sales(id))).json["id"]
    await moved()
    renamed = patch({"op": "replace", "path": "displayName", "value": "Sales"})
    await product.tenant.patch(f"/Groups/{team}", renamed)
    await moved()
    await product.tenant.patch(f"/Users/{id}", LEAVES)
    await moved()
    await product.tenant.delete(f"/Users/{id}")
    await moved()
    state = await product.state(id)
    assert (state["exists"], state["access"]) == (False, "ended")


@pytest.mark.requirement("K35")
async def test_an_end_is_unconfirmed_until_the_product_says_that_it_has_applied_it(product: Product) -> None:
    id = await product.person(hanako())
    assert await product.unconfirmed() == []
    before = (await product.state(id))["version"]
    await product.tenant.patch(f"/Users/{id}", LEAVES)
    assert await product.unconfirmed() == [id]
    late = await product.says(id, before)
    assert (late.status, late.json) == (201, {"isCurrent": False, "confirmsEnd": False})
    ended = (await product.state(id))["version"]
    refused = await product.says(id, ended, "refused", "The session store is down.")
    assert refused.json == {"isCurrent": True, "confirmsEnd": False}
    answer = await product.api("GET", f"{product.base}/unconfirmed")
    assert [one["refused"] for one in answer.json["items"]] == ["The session store is down."]
    assert (await product.says(id, ended)).json == {"isCurrent": True, "confirmsEnd": True}
    assert await product.unconfirmed() == []


async def test_a_second_end_wants_an_answer_of_its_own(product: Product) -> None:
    id = await product.person(hanako())
    await product.tenant.patch(f"/Users/{id}", LEAVES)
    first = (await product.state(id))["version"]
    await product.tenant.patch(f"/Users/{id}", COMES_BACK)
    assert await product.unconfirmed() == []
    await product.tenant.patch(f"/Users/{id}", LEAVES)
    assert (await product.says(id, first)).json["confirmsEnd"] is False
    assert await product.unconfirmed() == [id]
    assert (await product.says(id, (await product.state(id))["version"])).json["confirmsEnd"]


async def test_what_was_never_told_cannot_be_acknowledged(product: Product) -> None:
    one, other = await product.person(hanako()), await product.person(zoe())
    told = (await product.state(one))["version"]
    forged = f"9{told}"
    for person, version in ((other, told), (one, forged), (one, "1"), (one, "x" * 100)):
        answer = await product.says(person, version)
        assert answer.status == 409, answer
        assert "was never told of the person" in answer.json["detail"]
    assert (await product.says("nobody", told)).status == 404


async def test_a_strangers_person_is_nobody(product: Product) -> None:
    stranger = await product.site.tenant()
    id = (await stranger.post("/Users", hanako())).json["id"]
    answer = await product.api("GET", f"{product.base}/people/{id}/state")
    assert answer.status == 404
    elsewhere = await product.api("GET", f"/tenants/{stranger.slug}/people/{id}/state")
    nowhere = await product.api("GET", f"/tenants/nowhere/people/{id}/state")
    assert elsewhere.status == nowhere.status == 404
    assert elsewhere.json["detail"].replace(stranger.slug, "nowhere") == nowhere.json["detail"]


async def test_the_answer_stands_on_the_timeline(product: Product) -> None:
    id = await product.person(hanako())
    await product.says(id, (await product.state(id))["version"], "refused", "No seat is left.")
    story = await product.site.application.store.log.story_of(product.tenant.record.id, id)
    [said] = [entry for entry in timeline(story) if entry["kind"] == "product"]
    assert (said["outcome"], said["reason"]) == ("refused", "No seat is left.")
    assert said["by"].startswith("api:")


async def test_a_snapshot_and_the_events_after_it_leave_nothing_out(product: Product) -> None:
    ids = [
        await product.person({**hanako(), "userName": f"user{number}", "externalId": f"x{number}"})
        for number in range(5)
    ]
    team = (await product.tenant.post("/Groups", sales(ids[0]))).json["id"]
    people: dict[str, Any] = {}
    teams: list[str] = []
    path, late = f"{product.base}/snapshot?count=2", ""
    while True:
        page = (await product.api("GET", path)).json
        people.update({state["id"]: state for state in page["people"]})
        teams += [one["id"] for one in page["teams"]]
        if not late:
            # In the middle: one who was read already leaves, and one comes.
            await product.tenant.patch(f"/Users/{ids[0]}", LEAVES)
            late = await product.person(zoe())
        if page["next"] is None:
            break
        path = f"{product.base}/snapshot?count=2&cursor={page['next']}"
    assert set(people) >= set(ids)
    assert teams == [team]
    found = await product.api("GET", f"/events?tenant={product.tenant.slug}&after={page['feed']}")
    for event in found.json["events"]:
        if event["subjectType"] == "User":
            people[event["subjectId"]] = await product.state(event["subjectId"])
    assert set(people) == {*ids, late}
    for id, state in people.items():
        assert state == await product.state(id)
