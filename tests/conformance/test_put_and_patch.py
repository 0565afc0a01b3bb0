"""PUT and PATCH as an identity provider sees them (RFC 7644 §3.5), decided as Part 4 of the decisions page says."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.cast import CORE_USER, ENTERPRISE_USER, patch
from tests.conformance.people import EVERYTHING, SEARCH, change, created, is_error, path_of, person, team
from tests.installation import Site, Tenant

HOME = {"value": "hanako@home.test", "type": "home"}


@pytest.mark.requirement("R60", "R131", "R132")
async def test_put_and_patch_are_there_for_every_type_and_said_to_be(either: Tenant) -> None:
    assert (await either.get("/ServiceProviderConfig")).json["patch"] == {"supported": True}
    for body, endpoint in ((person(), "/Users"), (team("Sales"), "/Groups")):
        made = await created(either, body)
        put = await either.put(path_of(made), {**made, "displayName": "New"})
        assert (put.status, put.json["displayName"]) == (200, "New")
        patched = await either.patch(
            f"{path_of(made)}?attributes=displayName", change("replace", "displayName", "Newer")
        )
        assert (patched.status, patched.json["displayName"]) == (200, "Newer")
        assert (await either.get(f"{endpoint}/{made['id']}")).json["displayName"] == "Newer"


@pytest.mark.requirement("R134", "R139", "R82")
async def test_what_a_put_says_replaces_what_was(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    said = {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": "new@corp.test",
        "externalId": "new",
        "name": {"givenName": "New"},
        "active": False,
        "emails": [{"value": "only@corp.test"}],
        "phoneNumbers": [],
        ENTERPRISE_USER: {"department": "Other"},
    }
    put = await either.put(path_of(made), said)
    assert put.status == 200
    assert {key: value for key, value in put.json.items() if key not in ("id", "meta")} == {
        key: value for key, value in said.items() if value != []
    }
    assert (await either.get(path_of(made))).json == put.json


@pytest.mark.requirement("R133")
@pytest.mark.parametrize(
    ("endpoint", "body"), [("/Users", person()), ("/Groups", team("Sales"))], ids=["User", "Group"]
)
async def test_a_put_makes_nobody(either: Tenant, endpoint: str, body: dict[str, Any]) -> None:
    is_error(await either.put(f"{endpoint}/0b5e0000-0000-4000-8000-00000000beef", body), 404)
    assert (await either.get(endpoint)).json["totalResults"] == 0


@pytest.mark.requirement("R135", "K6")
async def test_what_a_put_leaves_out_is_cleared_save_what_is_documented(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    await either.patch(path_of(made), change("replace", "active", False))
    put = (await either.put(path_of(made), person(EVERYTHING["userName"]))).json
    assert put.keys() == {"schemas", "id", "meta", "userName", "active", "externalId"}
    assert (put["active"], put["externalId"]) == (False, EVERYTHING["externalId"])
    group = await created(either, team("Sales", made["id"]))
    kept = (await either.put(path_of(group), team("Ops"))).json
    assert [member["value"] for member in kept["members"]] == [made["id"]]
    is_error(await either.put(path_of(made), {**put, "active": None}), 400, "invalidValue")


@pytest.mark.requirement("R138")
@pytest.mark.parametrize("user_name", ["left out", None, "", "   "])
async def test_a_put_has_what_is_required(either: Tenant, user_name: str | None) -> None:
    made = await created(either, person(title="Boss"))
    body = {**made, "userName": user_name}
    if user_name == "left out":
        del body["userName"]
    is_error(await either.put(path_of(made), body), 400, "invalidValue")
    assert (await either.get(path_of(made))).json == made


GOOD = [
    {"op": "replace", "path": "title", "value": "Chief"},
    {"op": "add", "path": "emails", "value": [{"value": "new@corp.test", "type": "other"}]},
    {"op": "remove", "path": "nickName"},
    {"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "Other"},
]


@pytest.mark.requirement("R146", "R148")
@pytest.mark.parametrize("bad_one", range(len(GOOD) + 1))
async def test_one_bad_operation_undoes_all(site: Site, either: Tenant, bad_one: int) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    group = await created(either, team("Sales", made["id"]))
    log = site.application.store.log
    before = len(await log.events(tenant=either.record.id))
    operations = [*GOOD[:bad_one], {"op": "replace", "path": "active", "value": 7}, *GOOD[bad_one:]]
    is_error(await either.patch(path_of(made), patch(*operations)), 400, "invalidValue")
    assert (await either.get(path_of(made))).json["meta"] == made["meta"]
    shown = (await either.get(path_of(made))).json
    assert {**shown, "groups": None} == {**made, "groups": None}
    members = [{"op": "remove", "path": "members"}, {"op": "replace", "path": "displayName", "value": ""}]
    is_error(await either.patch(path_of(group), patch(*members)), 400)
    assert (await either.get(path_of(group))).json == group
    assert len(await log.events(tenant=either.record.id)) == before


@pytest.mark.requirement("R149", "K25")
async def test_a_patch_is_answered_with_the_whole_or_with_204(either: Tenant) -> None:
    mika = await created(either, person(title="Boss"))
    whole = await either.patch(path_of(mika), change("replace", "title", "Chief"))
    assert whole.status == 200
    assert whole.json == (await either.get(path_of(mika))).json
    group = await created(either, team("Sales"))
    quiet = await either.patch(path_of(group), change("add", "members", [{"value": mika["id"]}]))
    assert (quiet.status, quiet.json) == (204, None)
    for path in (path_of(mika), path_of(group)):
        asked = await either.patch(f"{path}?attributes=displayName", change("replace", "displayName", "New"))
        assert asked.status == 200
        assert asked.json.keys() == {"schemas", "id", "displayName"}


@pytest.mark.requirement("R147", "R14")
async def test_there_is_one_primary_whatever_is_said(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))

    async def primaries() -> list[str]:
        shown = (await either.get(path_of(made))).json
        return [email["value"] for email in shown["emails"] if email.get("primary")]

    await either.patch(
        path_of(made), change("add", "emails", [{"value": "a@b.test", "type": "other", "primary": True}])
    )
    assert await primaries() == ["a@b.test"]
    await either.patch(path_of(made), change("replace", 'emails[type eq "home"].primary', True))
    assert await primaries() == ["hanako@home.test"]
    two = [{"value": "x@b.test", "primary": True}, {"value": "y@b.test", "primary": True}]
    for answer in (
        await either.put(path_of(made), {**made, "emails": two}),
        await either.patch(path_of(made), change("replace", "emails", two)),
        await either.post("/Users", person(emails=two)),
    ):
        if answer.status < 300:
            assert sum(bool(email.get("primary")) for email in answer.json["emails"]) == 1
        else:
            is_error(answer, 400, "invalidValue")
    assert len(await primaries()) == 1


@pytest.mark.requirement("R16", "R152")
async def test_one_value_of_one_type_is_there_once(either: Tenant) -> None:
    made = await created(either, person(emails=[HOME, HOME, {**HOME, "type": "work"}]))
    assert made["emails"] == [HOME, {**HOME, "type": "work"}]
    again = await either.patch(path_of(made), change("add", "emails", [HOME]))
    assert again.json == made


@pytest.mark.requirement("R159", "K19")
async def test_a_value_filter_that_finds_nothing(tenant: Tenant, strict: Tenant) -> None:
    operation = change("replace", 'phoneNumbers[type eq "mobile"].value', "+81501")
    held = await created(strict, person())
    is_error(await strict.patch(path_of(held), operation), 400, "noTarget")
    upserted = await created(tenant, person())
    answer = await tenant.patch(path_of(upserted), operation)
    assert answer.json["phoneNumbers"] == [{"value": "+81501", "type": "mobile"}]


@pytest.mark.requirement("K44")
async def test_strict_holds_to_the_interop_draft(strict: Tenant) -> None:
    made = await created(strict, person())
    is_error(await strict.post("/Users", person("a@corp.test", shoeSize=9)), 400, "invalidSyntax")
    is_error(
        await strict.post("/Users", person("a@corp.test", **{"urn:x:y": {"a": 1}})), 400, "invalidSyntax"
    )
    unknown = {**person("a@corp.test"), "schemas": [CORE_USER, "urn:x:y"]}
    is_error(await strict.post("/Users", unknown), 400, "invalidSyntax")
    is_error(await strict.put(path_of(made), person(shoeSize=9)), 400, "invalidSyntax")
    is_error(await strict.patch(path_of(made), change("replace", None, {"title": "x"})), 400, "invalidPath")
    is_error(await strict.get('/Users?filter=shoeSize eq "9"'), 400, "invalidFilter")
    types = (await strict.get("/ResourceTypes")).json["Resources"]
    assert all(one["id"] == one["name"] for one in types)
    hundred = await strict.get("/Users?count=100")
    assert hundred.status == 200


@pytest.mark.requirement("R49", "K18")
async def test_what_is_tolerated_is_not_by_the_strict_one(tenant: Tenant, strict: Tenant) -> None:
    for wrong in ({"emails": "mika@corp.test"}, {"active": "True"}, {"roles": ["admin"]}):
        is_error(await strict.post("/Users", person(**wrong)), 400, "invalidValue")
        made = await created(tenant, person(**wrong))
        assert made["active"] is True
        for several in ("emails", "roles"):
            assert all(isinstance(one, dict) for one in made.get(several, []))
        await tenant.delete(path_of(made))


@pytest.mark.requirement("R46")
async def test_a_country_of_three_letters_and_a_picture_that_is_none(tenant: Tenant, strict: Tenant) -> None:
    usa = person(addresses=[{"country": "USA", "type": "work"}])
    is_error(await strict.post("/Users", usa), 400, "invalidValue")
    assert (await created(tenant, usa))["addresses"] == [{"country": "USA", "type": "work"}]
    for held in (tenant, strict):
        is_error(
            await held.post("/Users", person("p@corp.test", photos=[{"value": "no picture"}])),
            400,
            "invalidValue",
        )


@pytest.mark.requirement("R126", "R127", "R128")
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("attributes=userName", {"schemas", "id", "userName"}),
        ("excludedAttributes=title,meta,emails", {"schemas", "id", "userName", "active"}),
    ],
)
async def test_projection_wherever_a_resource_is_answered(either: Tenant, query: str, keys: set[str]) -> None:
    body = person(title="Boss", emails=[{"value": "a@b.test"}])
    made = await either.post(f"/Users?{query}", body)
    assert set(made.json) == keys
    path = f"/Users/{made.json['id']}"
    name, _, value = query.partition("=")
    search = {"schemas": [SEARCH], name: value.split(",")}
    for answer in (
        await either.get(f"{path}?{query}"),
        await either.put(f"{path}?{query}", {**body, "title": "Chief"}),
        await either.patch(f"{path}?{query}", change("replace", "title", "Head")),
    ):
        assert set(answer.json) == keys
    for listed in (await either.get(f"/Users?{query}"), await either.post("/Users/.search", search)):
        assert [set(one) for one in listed.json["Resources"]] == [keys]


@pytest.mark.requirement("R82", "R129")
async def test_both_at_once_are_refused_and_nothing_is_written(either: Tenant) -> None:
    both = "attributes=title&excludedAttributes=emails"
    made = await created(either, person())
    for answer in (
        await either.post(f"/Users?{both}", person("x@corp.test")),
        await either.put(f"{path_of(made)}?{both}", person(title="x")),
        await either.patch(f"{path_of(made)}?{both}", change("replace", "title", "x")),
        await either.get(f"/Users?{both}"),
    ):
        is_error(answer, 400, "invalidValue")
    assert (await either.get("/Users")).json["Resources"] == [made]
