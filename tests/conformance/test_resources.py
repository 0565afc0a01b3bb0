"""A resource through its life: what every representation of it has, and what stays (RFC 7643 §3, RFC 7644 §3.3)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest

from tests.cast import CORE_USER, ENTERPRISE_USER
from tests.conformance.people import EVERYTHING, change, created, found, path_of, person, team
from tests.installation import Answer, Site, Tenant
from vestibule.identifiers import new_resource_id
from vestibule.scim.fold import instant


async def life(tenant: Tenant, body: dict[str, Any], endpoint: str) -> AsyncIterator[Answer]:
    """Every kind of answer that shows one resource, in turn."""
    made = await tenant.post(endpoint, body)
    yield made
    path = path_of(made.json)
    yield await tenant.get(path)
    yield await tenant.put(path, {**body, "displayName": "Other"})
    yield await tenant.patch(f"{path}?attributes=displayName,meta", change("replace", "displayName", "Third"))
    yield await tenant.get(f"{path}?attributes=displayName,meta")
    yield await tenant.get(f"{path}?excludedAttributes=id,schemas,displayName")
    listed = await tenant.get(f"{endpoint}?attributes=meta")
    (one,) = listed.json["Resources"]
    yield Answer(listed.status, listed.headers, one)


@pytest.mark.requirement("R18", "R23", "R24", "R33", "R35", "R71", "R99")
@pytest.mark.parametrize(
    ("endpoint", "body"), [("/Users", person()), ("/Groups", team("Sales"))], ids=["User", "Group"]
)
async def test_every_representation_has_schemas_id_and_where_it_is(
    either: Tenant, endpoint: str, body: dict[str, Any]
) -> None:
    ids, created_at = set(), set()
    async for answer in life(either, body, endpoint):
        assert answer.status in (200, 201), answer.json
        assert answer.json["schemas"] == body["schemas"]
        ids.add(answer.json["id"])
        meta = answer.json["meta"]
        assert meta["resourceType"] == endpoint[1:-1]
        assert meta["location"] == f"https://vestibule.test/scim/v2{endpoint}/{answer.json['id']}"
        created_at.add(meta["created"])
        instant(meta["created"])
        instant(meta["lastModified"])
    assert len(ids) == len(created_at) == 1
    assert all(ids)


@pytest.mark.requirement("R96", "R97", "R35")
@pytest.mark.parametrize("base", ["/scim/v2", "/t/{slug}/scim/v2"])
@pytest.mark.parametrize("body", [EVERYTHING, team("Sales")], ids=["User", "Group"])
async def test_created_is_201_with_the_address_and_the_whole(
    site: Site, base: str, body: dict[str, Any]
) -> None:
    tenant = await site.tenant()
    at = base.format(slug=tenant.slug)
    there = Tenant(site.application, tenant.record, tenant.token, at)
    answer = await there.post("/Groups" if body is not EVERYTHING else "/Users", body)
    assert answer.status == 201
    assert answer.headers["location"] == answer.json["meta"]["location"]
    assert answer.headers["location"].startswith(f"https://vestibule.test{at}/")
    assert (await there.get(path_of(answer.json))).json == answer.json


@pytest.mark.requirement("R4", "R22", "R55", "R67", "R95", "R97", "R101", "K4", "K27")
async def test_everything_comes_back_as_it_was_sent(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    shown = (await either.get(path_of(made))).json
    manager = shown[ENTERPRISE_USER]["manager"]
    assert manager.pop("$ref", "").endswith(manager["value"]) or "$ref" not in manager
    assert {key: shown[key] for key in EVERYTHING} == EVERYTHING
    assert shown.keys() == {*EVERYTHING, "id", "meta"}


@pytest.mark.requirement("R82")
async def test_what_is_answered_is_what_is_kept(either: Tenant) -> None:
    made = await created(either, deepcopy(EVERYTHING))
    path = path_of(made)
    assert (await either.get(path)).json == made
    replaced = (await either.put(path, {**made, "title": "Boss", "emails": [{"value": "a@b.test"}]})).json
    assert (await either.get(path)).json == replaced
    patched = (
        await either.patch(path, change("add", "emails", [{"value": "c@d.test", "type": "other"}]))
    ).json
    assert (await either.get(path)).json == patched
    assert (replaced["title"], len(patched["emails"])) == ("Boss", 2)
    group = await created(either, team("Sales", made["id"]))
    assert (await either.get(path_of(group))).json == group
    put = (await either.put(path_of(group), team("Ops"))).json
    assert (await either.get(path_of(group))).json == put
    asked = await either.patch(f"{path_of(group)}?attributes=members", change("remove", "members"))
    assert "members" not in asked.json
    assert "members" not in (await either.get(path_of(group))).json


@pytest.mark.requirement("R27", "R32", "R33", "R35", "R95", "R137")
async def test_id_and_meta_are_not_the_clients_to_say(either: Tenant) -> None:
    forged = {
        "id": "mine",
        "meta": {
            "resourceType": "Robot",
            "created": "1999-01-01T00:00:00Z",
            "lastModified": "1999-01-01T00:00:00Z",
            "location": "https://elsewhere.test/Users/mine",
            "version": 'W/"99"',
        },
    }
    made = await created(either, person(**forged))
    assert made["id"] != "mine"
    assert not set(forged["meta"].values()) & set(made["meta"].values())  # type: ignore[attr-defined]
    put = (await either.put(path_of(made), person(title="x", **forged))).json
    assert put["id"] == made["id"]
    assert {**put["meta"], "lastModified": "", "version": ""} == {
        **made["meta"],
        "lastModified": "",
        "version": "",
    }
    assert (await either.get("/Users/mine")).status == 404


@pytest.mark.requirement("R34", "R36", "R152")
async def test_last_modified_moves_with_real_changes_alone(either: Tenant) -> None:
    made = await created(either, person(title="Boss", emails=[{"value": "a@b.test", "type": "work"}]))
    path, meta = path_of(made), made["meta"]
    assert meta["lastModified"] == meta["created"]
    for again in (
        change("add", "emails", [{"value": "a@b.test", "type": "work"}]),
        change("replace", "title", "Boss"),
        change("remove", "nickName"),
        change("add", "title", "Boss"),
    ):
        assert (await either.patch(path, again)).json["meta"] == meta
    assert (await either.put(path, made)).json["meta"] == meta
    moved = (await either.patch(path, change("replace", "title", "Chief"))).json["meta"]
    assert moved["lastModified"] >= meta["lastModified"]
    assert moved["version"] != meta["version"]
    assert moved["created"] == meta["created"]


@pytest.mark.requirement("R36", "R173")
async def test_the_version_is_the_etag_and_says_that_it_is_weak(either: Tenant) -> None:
    made = await either.post("/Users", person())
    path = path_of(made.json)
    for answer in (
        made,
        await either.get(path),
        await either.put(path, person(title="x")),
        await either.patch(path, change("replace", "title", "y")),
    ):
        assert answer.headers["etag"] == answer.json["meta"]["version"]
        assert re.fullmatch(r'W/"[^"]+"', answer.headers["etag"])


@pytest.mark.requirement("R30")
async def test_external_id_is_never_made_up_nor_changed(either: Tenant) -> None:
    without = await created(either, person())
    assert "externalId" not in without
    path = path_of(without)
    for answer in (
        await either.put(path, person(title="x")),
        await either.patch(path, change("replace", "title", "y")),
        await either.get(path),
    ):
        assert "externalId" not in answer.json
    kept = await created(either, person("zoe@corp.test", externalId=" 00U/ä:2 "))
    assert (await either.get(path_of(kept))).json["externalId"] == " 00U/ä:2 "
    assert (await either.put(path_of(kept), person("zoe@corp.test"))).json["externalId"] == " 00U/ä:2 "


@pytest.mark.requirement("R29", "R31")
async def test_id_and_external_id_are_exact(either: Tenant) -> None:
    made = await created(either, person(externalId="A1"))
    await created(either, person("other@corp.test", externalId="a1"))
    shouted = made["id"].upper()
    assert shouted != made["id"]
    assert (await either.get(f"/Users/{shouted}")).status == 404
    assert await found(either, f'id eq "{made["id"]}"') == [made["id"]]
    assert await found(either, f'id eq "{shouted}"') == []
    assert await found(either, 'externalId eq "A1"') == [made["id"]]
    assert await found(either, 'externalId ne "A1" and externalId sw "A"') == []


@pytest.mark.requirement("R25", "R26")
async def test_ids_are_of_one_resource_for_good(site: Site) -> None:
    first, second = await site.tenant(), await site.tenant()
    ids: list[str] = []
    for n in range(20):
        for tenant in (first, second):
            made = await created(tenant, person(f"p{n}@corp.test"))
            ids += [made["id"], (await created(tenant, team(f"G{n}")))["id"]]
            await tenant.delete(path_of(made))
            ids.append((await created(tenant, person(f"p{n}@corp.test")))["id"])
    assert len(ids) == len(set(ids)) == 120
    kept = (await first.put(f"/Users/{ids[2]}", person("renamed@corp.test", externalId="new"))).json
    assert kept["id"] == ids[2]


@pytest.mark.requirement("R25", "R28")
def test_ids_are_made_without_a_word_in_them() -> None:
    ids = [new_resource_id() for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f-]{36}", id) for id in ids)


@pytest.mark.requirement("R19", "R20", "R21")
async def test_schemas_is_a_set_of_what_is_used(either: Tenant) -> None:
    backwards = [ENTERPRISE_USER, CORE_USER, ENTERPRISE_USER, CORE_USER]
    made = await created(either, {**EVERYTHING, "schemas": backwards})
    assert sorted(made["schemas"]) == sorted([CORE_USER, ENTERPRISE_USER])
    refused = await either.post("/Users", {**person("x@corp.test"), "schemas": [ENTERPRISE_USER]})
    assert (refused.status, refused.json["scimType"]) == (400, "invalidSyntax")


@pytest.mark.requirement("R145")
async def test_schemas_follows_what_a_patch_brings_and_takes(either: Tenant) -> None:
    path = path_of(await created(either, person()))
    number = f"{ENTERPRISE_USER}:employeeNumber"
    grown = (await either.patch(path, change("add", number, "7"))).json
    assert grown["schemas"] == [CORE_USER, ENTERPRISE_USER]
    assert grown[ENTERPRISE_USER] == {"employeeNumber": "7"}
    shrunk = (await either.patch(path, change("remove", number))).json
    assert shrunk["schemas"] == [CORE_USER]
    assert ENTERPRISE_USER not in shrunk


@pytest.mark.requirement("R17")
@pytest.mark.parametrize("attribute", ["title", "name", "emails", "addresses", ENTERPRISE_USER])
async def test_left_out_null_and_empty_are_one_state(either: Tenant, attribute: str) -> None:
    several = attribute in ("emails", "addresses")
    empties: list[Any] = [None, [], ""] if several else [None, ""]
    if attribute in ("name", ENTERPRISE_USER):
        empties = [None, {}]
    ends = []
    for number, empty in enumerate(["left out", *empties]):
        whole = {**deepcopy(EVERYTHING), "userName": "same@corp.test", "externalId": str(number)}
        body = {key: value for key, value in whole.items() if key != attribute}
        if empty != "left out":
            body[attribute] = empty
        posted = await created(either, deepcopy(body))
        ends.append(posted)
        await either.delete(path_of(posted))
        full = await created(either, whole)
        ends.append((await either.put(path_of(full), body)).json)
        await either.delete(path_of(full))
        full = await created(either, whole)
        operation = ("remove", attribute, None) if empty == "left out" else ("replace", attribute, empty)
        if empty != {}:  # an empty object in a replace names no part of it, so it changes none (R157)
            ends.append((await either.patch(path_of(full), change(*operation))).json)
            assert await found(either, f"{attribute} pr") == []
        await either.delete(path_of(full))
    for end in ends:
        for own in ("id", "meta", "externalId"):
            end.pop(own)
    assert all(end == ends[0] for end in ends)
    assert attribute not in ends[0]


@pytest.mark.requirement("R40", "K26", "K36")
async def test_who_is_inactive_is_still_there(either: Tenant) -> None:
    made = await created(either, person())
    path = path_of(made)
    assert (await either.patch(path, change("replace", "active", False))).json["active"] is False
    assert (await either.get(path)).json["active"] is False
    assert await found(either, 'userName eq "mika@corp.test"') == [made["id"]]
    assert await found(either, "active eq false") == [made["id"]]
    assert [one["id"] for one in (await either.get("/Users")).json["Resources"]] == [made["id"]]
    assert (await either.patch(path, change("replace", "active", True))).json["active"] is True


@pytest.mark.requirement("R39")
async def test_the_parts_of_a_name_are_kept_as_sent_and_none_is_made_up(either: Tenant) -> None:
    name = {"formatted": "Ms. Barbara J Jensen", "familyName": "Jensen", "givenName": "Barbara"}
    made = await created(either, person(name=name, displayName="Babs", locale="en_US"))
    assert (made["name"], made["displayName"], made["locale"]) == (name, "Babs", "en_US")
    renamed = (await either.patch(path_of(made), change("replace", "name.familyName", "Olsen"))).json
    assert renamed["name"] == {**name, "familyName": "Olsen"}
    assert renamed["displayName"] == "Babs"


@pytest.mark.requirement("R160", "R161", "R162", "R163")
async def test_what_is_deleted_is_gone_everywhere(either: Tenant) -> None:
    made = await created(either, person(externalId="e1"))
    group = await created(either, team("Sales", made["id"]))
    path = path_of(made)
    deleted = await either.delete(path)
    assert (deleted.status, deleted.json) == (204, None)
    assert "content-type" not in deleted.headers
    for answer in (
        await either.get(path),
        await either.put(path, person()),
        await either.patch(path, change("replace", "active", True)),
        await either.delete(path),
    ):
        assert answer.status == 404
    for filter in (
        'userName eq "mika@corp.test"',
        'externalId eq "e1"',
        f'id eq "{made["id"]}"',
        "active pr",
    ):
        assert await found(either, filter) == []
    assert await found(either, f'members.value eq "{made["id"]}"', "/Groups") == []
    assert "members" not in (await either.get(path_of(group))).json
    again = await created(either, person(externalId="e1"))
    assert again["id"] != made["id"]
