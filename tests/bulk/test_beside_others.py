"""A bulk request beside others, before a store that cannot, and as a dry run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.bulk.batches import (
    ENTERPRISE,
    add_member,
    bulk,
    held_to,
    id_in,
    patch,
    person,
    statuses,
    team,
)
from tests.installation import installation
from vestibule.scim.errors import Unavailable

DRY = {"Content-Type": "application/scim+json", "Vestibule-Dry-Run": "true"}


@pytest.mark.parametrize("refused", [False, True])
async def test_lookups_go_on_between_the_operations(refused: bool) -> None:
    """Counted in turns, not in time: between any two operations others are answered."""
    async with installation() as site:
        tenant, other = await site.tenant(), await site.tenant()
        batch = [{"method": "DELETE", "path": "/Users/x"} if refused else person(f"p{n}") for n in range(300)]
        running = asyncio.create_task(bulk(tenant, *batch))
        lookups = 0
        while not running.done():
            answer = await other.get('/Users?filter=userName%20eq%20"mika@corp.test"')
            assert answer.status == 200
            lookups += 1
            await asyncio.sleep(0)
        assert set(statuses(await running)) == {"404" if refused else "201"}
        assert lookups >= 100


async def test_two_at_once_do_not_meet() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        batches = [[person(f"{which}{n}") for n in range(40)] + [team(which, f"{which}0")] for which in "ab"]
        answers = await asyncio.gather(*(bulk(tenant, *batch) for batch in batches))
        assert [set(statuses(answer)) for answer in answers] == [{"201"}, {"201"}]
        assert (await tenant.get("/Users")).json["totalResults"] == 80


async def test_where_the_store_cannot_go_on_the_rest_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    async with installation() as site:
        tenant = await site.tenant()
        store = type(site.application.store.directory)
        apply, calls = store.apply, 0

        async def failing(self: Any, *given: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls > 2:
                raise Unavailable("Nothing was changed: the disk is full.", 7)
            return await apply(self, *given)

        with monkeypatch.context() as patched:
            patched.setattr(store, "apply", failing)
            answer = await bulk(tenant, *(person(name) for name in "abcdef"))
        assert calls == 3
        assert statuses(answer) == ["201", "201", "503", "503", "503", "503"]
        assert "Not tried" in answer.json["Operations"][5]["response"]["detail"]
        assert "operation 3" in answer.json["Operations"][5]["response"]["detail"]
        again = await bulk(tenant, *(person(name) for name in "abcdef"))
        assert statuses(again) == ["409", "409", "201", "201", "201", "201"]


@pytest.mark.parametrize("dialect", ["generic", "strict"])
async def test_a_dry_run_shows_every_change_and_leaves_nothing(tmp_path: Path, dialect: str) -> None:
    address = f"sqlite:///{tmp_path}/x.db"
    batch = (
        team("club", "mika"),
        person("mika", "jo"),
        person("jo", "mika"),
        patch("/Groups/bulkId:club", add_member("bulkId:jo")),
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "FROB"},
    )
    async with installation(address) as site:
        tenant = await held_to(site, dialect)
        answer = await bulk(tenant, *batch, headers=DRY)
        assert answer.headers["content-type"] == "application/json"
        assert statuses(answer) == ["201", "201", "201", "204", "404", "400"]
        club, mika, jo, added, nobody, _ = (one["response"] for one in answer.json["Operations"])
        ids = [one["resources"][0]["id"] for one in (club, mika, jo)]
        assert [event["type"] for event in club["events"]] == ["team.created", "team.member_added"]
        assert [(m["group"], m["member"]) for m in club["members"]] == [(ids[0], ids[1])]
        assert [(m["group"], m["member"]) for m in added["members"]] == [(ids[0], ids[2])]
        assert mika["resources"][0]["document"][ENTERPRISE]["manager"]["value"] == ids[2]
        assert jo["resources"][0]["document"][ENTERPRISE]["manager"]["value"] == ids[1]
        assert nobody["status"] == "404"
        assert not any("location" in one for one in answer.json["Operations"][:3])
    async with installation(address) as site:
        store = site.application.store
        assert await store.directory.count(tenant.record.id, "User") == 0
        assert not await store.log.requests(tenant.record.id)
        assert not await store.log.events(tenant=tenant.record.id)


async def test_a_dry_run_in_other_words_writes_nothing() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(tenant, person("a"), headers={**DRY, "Vestibule-Dry-Run": "yes"})
        assert answer.status == 400
        assert (await tenant.get("/Users")).json["totalResults"] == 0
        answer = await bulk(tenant, person("a"), headers={**DRY, "Vestibule-Dry-Run": "false"})
        assert (await tenant.get(f"/Users/{id_in(answer.json['Operations'][0])}")).status == 200
