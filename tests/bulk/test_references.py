"""bulkId references and circles over a running installation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bulk.batches import (
    ENTERPRISE,
    MANAGER,
    add_member,
    bulk,
    end_state,
    held_to,
    id_in,
    patch,
    person,
    statuses,
    team,
)
from tests.installation import Site, Tenant, installation
from vestibule.directory.change import Change
from vestibule.recordings.format import Setup


async def kept(site: Site, tenant: Tenant) -> list[str]:
    """The types of all events, in their order."""
    return [one.type for one in await site.application.store.log.events(tenant=tenant.record.id)]


@pytest.mark.requirement("R168", "R167")
async def test_ids_take_the_place_of_bulk_ids_wherever_these_stand() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(
            tenant,
            team("club", "mika", "jo"),
            person("mika", "boss"),
            person("jo", "mika"),
            patch("/Users/bulkId:mika", {"op": "add", "path": "title", "value": "Chef"}),
            patch("/Groups/bulkId:club", {"op": "remove", "path": 'members[value eq "bulkId:jo"]'}),
            patch("/Groups/bulkId:club", add_member("bulkId:boss")),
            person("boss"),
            {"method": "DELETE", "path": "/Users/bulkId:jo"},
        )
        assert statuses(answer) == ["201", "201", "201", "200", "204", "204", "201", "204"]
        ids = {one["bulkId"]: id_in(one) for one in answer.json["Operations"] if "bulkId" in one}
        assert id_in(answer.json["Operations"][3]) == ids["mika"]
        mika = (await tenant.get(f"/Users/{ids['mika']}")).json
        assert mika["title"] == "Chef"
        assert mika[ENTERPRISE]["manager"]["value"] == ids["boss"]
        members = (await tenant.get(f"/Groups/{ids['club']}")).json["members"]
        assert {one["value"] for one in members} == {ids["mika"], ids["boss"]}
        assert sorted(await kept(site, tenant)) == [
            "access.ended",
            "team.created",
            "team.member_added",
            "team.member_added",
            "team.member_added",
            "team.member_removed",
            "user.created",
            "user.created",
            "user.created",
            "user.deleted",
            "user.updated",
        ]


@pytest.mark.requirement("R168")
async def test_whoever_names_what_failed_fails_too_and_changes_nothing() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        await tenant.post("/Users", person("a")["data"])
        answer = await bulk(
            tenant,
            person("a"),
            person("b", "a"),
            team("g", "b"),
            patch("/Groups/bulkId:g", add_member("x")),
            person("c"),
            person("d", "never"),
        )
        assert statuses(answer) == ["409", "400", "400", "400", "201", "400"]
        said = [one.get("response", {}).get("detail", "") for one in answer.json["Operations"]]
        assert "bulkId a is that of operation 1, which failed" in said[1]
        assert "bulkId b is that of operation 2" in said[2]
        assert 'no POST of this request has the bulkId "never"' in said[5]
        assert (await tenant.get("/Users")).json["totalResults"] == 2
        assert (await tenant.get("/Groups")).json["totalResults"] == 0


@pytest.mark.requirement("R169", "R168")
@pytest.mark.parametrize("ring", [("a",), ("a", "b"), ("a", "b", "c", "d")])
async def test_people_who_manage_each_other_are_made_with_one_change_each(ring: tuple[str, ...]) -> None:
    async with installation() as site:
        tenant = await site.tenant()
        following = dict(zip(ring, [*ring[1:], ring[0]], strict=True))
        answer = await bulk(tenant, *(person(one, other) for one, other in following.items()))
        assert statuses(answer) == ["201"] * len(ring)
        assert {one["version"] for one in answer.json["Operations"]} == {'W/"1"'}
        state = await end_state(tenant)
        assert state["managers"] == {
            f"{one}@corp.test": f"{other}@corp.test" for one, other in following.items()
        }
        assert await kept(site, tenant) == ["user.created"] * len(ring)


@pytest.mark.requirement("R169")
async def test_groups_that_would_contain_each_other_are_given_up() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        answer = await bulk(
            tenant, team("a", "b", "u"), team("b", "a"), team("over", "a"), team("self", "self"), person("u")
        )
        assert statuses(answer) == ["409", "409", "400", "409", "201"]
        detail = answer.json["Operations"][0]["response"]["detail"]
        assert "the groups of operations 1, 2 would be members of each other" in detail
        assert (await tenant.get("/Groups")).json["totalResults"] == 0
        assert await kept(site, tenant) == ["user.created"]


@pytest.mark.requirement("R169")
async def test_a_circle_with_one_who_is_refused_makes_nobody() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        await tenant.post("/Users", person("b")["data"])
        answer = await bulk(tenant, person("a", "b"), person("b", "c"), person("c", "a"), person("d", "c"))
        assert statuses(answer) == ["409", "409", "409", "400"]
        results = answer.json["Operations"]
        assert results[1]["response"]["scimType"] == "uniqueness"
        assert "operation 2 failed. Nothing was changed here" in results[0]["response"]["detail"]
        assert await kept(site, tenant) == ["user.created"]
        assert (await tenant.get("/Users")).json["totalResults"] == 1


async def test_a_circle_ends_where_fail_on_errors_says() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        await tenant.post("/Users", person("b")["data"])
        answer = await bulk(tenant, person("a", "b"), person("b", "a"), person("z"), failOnErrors=1)
        assert [(one["bulkId"], one["status"]) for one in answer.json["Operations"]] == [("b", "409")]
        assert (await tenant.get("/Users")).json["totalResults"] == 1


@pytest.mark.requirement("R169")
async def test_a_circle_works_with_a_person_who_existed_before() -> None:
    """Their id is not a new one, and the others must get that one."""
    async with installation() as site:
        tenant = await site.tenant()
        existing = {"userName": "b@corp.test", "email": "b@corp.test", "active": "true"}
        await site.prepare(tenant, Setup(domains=("corp.test",), existing=(existing,)))
        known = (await tenant.get('/Users?filter=userName%20eq%20"b@corp.test"')).json["Resources"][0]["id"]
        answer = await bulk(tenant, person("a", "b"), person("b", "c"), person("c", "a"))
        assert statuses(answer) == ["201", "201", "201"]
        a, b, c = (id_in(one) for one in answer.json["Operations"])
        assert b == known
        for one, manager in ((a, b), (b, c), (c, a)):
            assert (await tenant.get(f"/Users/{one}")).json[ENTERPRISE]["manager"]["value"] == manager
        assert {one["version"] for one in answer.json["Operations"]} == {'W/"1"', 'W/"2"'}


@pytest.mark.requirement("R169")
async def test_who_was_made_with_the_id_of_one_who_failed_meanwhile_loses_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody takes the name of the second between the attempt and the commit."""
    async with installation() as site:
        tenant = await site.tenant()
        store = type(site.application.store.directory)
        apply, taken = store.apply, list[bool]()

        async def racing(self: Any, number: int, change: Change, *rest: Any) -> Any:
            applied = await apply(self, number, change, *rest)
            if not taken:
                taken.append(True)
                assert (await tenant.post("/Users", person("b")["data"])).status == 201
            return applied

        monkeypatch.setattr(store, "apply", racing)
        answer = await bulk(tenant, person("a", "b"), person("b", "a"), person("later", "a"))
        assert statuses(answer) == ["201", "409", "201"]
        made, refused, _ = answer.json["Operations"]
        assert refused["response"]["scimType"] == "uniqueness"
        assert made["version"] == 'W/"2"'
        assert "manager" not in made["response"].get(ENTERPRISE, {})
        shown = await tenant.get(f"/Users/{id_in(made)}")
        assert shown.headers["etag"] == 'W/"2"'
        assert ENTERPRISE not in shown.json
        events = await site.application.store.log.events(tenant=tenant.record.id)
        number = answer.headers["x-request-id"]
        assert [one.type for one in events if one.request_id == f"{number}:1:mended"] == ["user.updated"]


PEOPLE = ("p0", "p1", "p2", "p3")
TEAMS = ("t0", "t1", "t2")


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A valid batch and the same in another order: any managers, groups in later groups only."""
    managers = {one: draw(st.sampled_from(["", *PEOPLE])) for one in PEOPLE}
    batch = [person(one, manager) for one, manager in managers.items()]
    for at, one in enumerate(TEAMS):
        batch.append(team(one, *sorted(draw(st.sets(st.sampled_from([*PEOPLE, *TEAMS[:at]]), max_size=4)))))
    for one in draw(st.sets(st.sampled_from(PEOPLE), max_size=2)):
        batch.append(patch("/Groups/bulkId:t2", add_member(f"bulkId:{one}")))
    manager = draw(st.sampled_from(PEOPLE))
    change = {"op": "replace", "path": MANAGER, "value": {"value": f"bulkId:{manager}"}}
    batch.append(patch("/Users/bulkId:p0", change))
    return batch, draw(st.permutations(batch))


@pytest.mark.requirement("R167", "R168", "R169")
@pytest.mark.parametrize("dialect", ["generic", "strict"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=batches())
async def test_any_order_of_a_batch_ends_in_the_same_state(
    dialect: str, batches: tuple[list[dict[str, Any]], list[dict[str, Any]]]
) -> None:
    async with installation() as site:
        states, events = [], []
        for batch in batches:
            tenant = await held_to(site, dialect)
            answer = await bulk(tenant, *batch)
            assert {status[0] for status in statuses(answer)} == {"2"}
            states.append(await end_state(tenant))
            events.append(sorted(await kept(site, tenant)))
        assert states[0] == states[1]
        assert events[0] == events[1]
