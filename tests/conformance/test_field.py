"""What Okta, Entra and the IPSIE profile ask for beyond the RFCs."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import pytest

from tests.cast import ENTERPRISE_USER
from tests.conformance.people import LIST, change, created, found, path_of, person, team
from tests.installation import Site, Tenant

ENTRA = {"User-Agent": "Microsoft Identity Provisioning", "Content-Type": "application/scim+json"}


@pytest.mark.requirement("R103", "R105", "K24")
async def test_a_filter_for_nobody_is_an_empty_list(either: Tenant) -> None:
    await created(either, person())
    for endpoint, path in (
        ("/Users", "userName"),
        ("/Users", "externalId"),
        ("/Groups", "displayName"),
        ("/Users", "id"),
    ):
        answer = await either.get(f'{endpoint}?filter={path} eq "{uuid.uuid4()}"', ENTRA)
        assert answer.status == 200
        assert answer.json == {
            "schemas": [LIST],
            "totalResults": 0,
            "itemsPerPage": 0,
            "startIndex": 1,
            "Resources": [],
        }


@pytest.mark.requirement("K23", "K37", "R116")
async def test_the_filters_of_entra_and_of_ipsie(either: Tenant) -> None:
    emails = [
        {"value": "mika@corp.test", "type": "work", "primary": True},
        {"value": "mika@home.test", "type": "home"},
    ]
    mika = await created(either, person(externalId="e1", displayName="Mika", emails=emails))
    swapped = [{"value": "mika@corp.test", "type": "home"}, {"value": "other@corp.test", "type": "work"}]
    other = await created(either, person("other@corp.test", externalId="e2", emails=swapped))
    group = await created(either, team("Sales", mika["id"], externalId="g1"))
    await created(either, team("Empty"))
    for filter, expected in (
        ('userName eq "MIKA@corp.test"', [mika]),
        ('externalId eq "e2"', [other]),
        ('emails[type eq "work"].value eq "mika@corp.test"', [mika]),
        ('emails[type eq "work" and value eq "mika@corp.test"]', [mika]),
        ('emails[value eq "mika@corp.test"]', [mika, other]),
        ('displayName eq "mika"', [mika]),
        (f'id eq "{mika["id"]}" and userName eq "mika@corp.test"', [mika]),
        ('userName eq "mika@corp.test" and externalId eq "e2"', []),
    ):
        assert await found(either, filter) == [one["id"] for one in expected], filter
    for filter, there in (
        ('displayName eq "SALES"', True),
        ('externalId eq "g1"', True),
        (f'id eq "{group["id"]}" and members.value eq "{mika["id"]}"', True),
        (f'id eq "{group["id"]}" and members eq "{mika["id"]}"', True),
        (f'id eq "{group["id"]}" and members.value eq "{other["id"]}"', False),
    ):
        assert await found(either, filter, "/Groups") == [group["id"]] * there, filter


@pytest.mark.requirement("K21", "K25", "K32", "K38")
async def test_many_members_in_one_patch_of_a_group_that_was_empty(tenant: Tenant) -> None:
    people = [await created(tenant, person(f"p{n}@corp.test")) for n in range(60)]
    ids = [one["id"] for one in people]
    made = await tenant.post("/Groups", team("Large"), ENTRA)
    assert (made.status, made.json.get("members", [])) == (201, [])
    path = path_of(made.json)

    async def members() -> list[str]:
        shown = (await tenant.get(path)).json
        return [member["value"] for member in shown.get("members", [])]

    everybody: list[dict[str, Any]] = [{"$ref": None, "value": id} for id in ids]
    added = await tenant.patch(path, change("add", "members", everybody), ENTRA)
    assert (added.status, added.json) == (204, None)
    assert await members() == ids
    entras = change("remove", "members")
    entras["Operations"][0] |= {"op": "Remove", "value": everybody[:55]}
    removed = await tenant.patch(path, entras, ENTRA)
    assert removed.status == 204
    assert await members() == ids[55:]
    listed = (await tenant.get("/Groups?excludedAttributes=members")).json["Resources"]
    assert [set(one) & {"members", "displayName"} for one in listed] == [{"displayName"}]
    assert set((await tenant.get(f"{path}?attributes=displayName")).json) == {"schemas", "id", "displayName"}


@pytest.mark.requirement("R44", "R45", "K27")
@pytest.mark.parametrize(
    ("attribute", "sent", "asked"),
    [
        ("emails", "Barbara.Jensen@EXAMPLE.com", "barbara.jensen@example.COM"),
        ("emails", "jürgen@Bücher.example", "JÜRGEN@bücher.EXAMPLE"),
        ("phoneNumbers", "tel:+1-201-555-0123;EXT=9", "TEL:+1-201-555-0123;ext=9"),
        ("phoneNumbers", "(03) 1234-5678", "(03) 1234-5678"),
        ("ims", "Babs Jensen", "BABS jensen"),
    ],
)
async def test_addresses_are_kept_as_sent_and_found_whatever_their_case(
    either: Tenant, attribute: str, sent: str, asked: str
) -> None:
    made = await created(either, person(**{attribute: [{"value": sent, "type": "work"}]}))
    assert made[attribute] == [{"value": sent, "type": "work"}]
    assert await found(either, f'{attribute}.value eq "{asked}"') == [made["id"]]
    assert await found(either, f'{attribute}[type eq "work" and value eq "{asked}"]') == [made["id"]]


@pytest.mark.requirement("R17", "R34", "K22")
@pytest.mark.parametrize("nobody", ["", None])
async def test_a_manager_as_text_and_none(tenant: Tenant, nobody: Any) -> None:
    made = await created(tenant, person())
    path, manager = path_of(made), f"{ENTERPRISE_USER}:manager"
    for said in ("m1", {"value": "m1"}):
        shown = (await tenant.patch(path, change("add", manager, said), ENTRA)).json
        assert shown[ENTERPRISE_USER]["manager"]["value"] == "m1"
        gone = (await tenant.patch(path, change("replace", manager, nobody), ENTRA)).json
        assert ENTERPRISE_USER not in gone


@pytest.mark.requirement("K12")
async def test_members_that_come_before_their_people(tenant: Tenant) -> None:
    group = await created(tenant, team("Sales", "mika@corp.test", "00u2"))
    assert "members" not in group
    mika = await created(tenant, person())
    zoe = await created(tenant, person("zoe@corp.test", externalId="00u2"))
    shown = (await tenant.get(path_of(group))).json
    assert {member["value"] for member in shown["members"]} == {mika["id"], zoe["id"]}


@pytest.mark.requirement("K29")
async def test_twenty_tenants_at_once_are_all_served(site: Site) -> None:
    """Twenty times twenty-five requests side by side: none is refused or told to wait."""
    tenants = [await site.tenant() for _ in range(20)]
    started = time.monotonic()
    answers = await asyncio.gather(
        *(tenant.post("/Users", person(f"p{n}@corp.test")) for tenant in tenants for n in range(25))
    )
    assert {answer.status for answer in answers} == {201}
    lookups = await asyncio.gather(
        *(tenant.get(f'/Users?filter=userName eq "p{n}@corp.test"') for tenant in tenants for n in range(25))
    )
    assert {(answer.status, answer.json["totalResults"]) for answer in lookups} == {(200, 1)}
    assert time.monotonic() - started < 40, (
        "a thousand requests: forty times what 25 a second for each would take"
    )


@pytest.mark.requirement("K1")
async def test_a_member_of_a_large_group_is_added_in_no_time(tenant: Tenant) -> None:
    people = [person(f"p{n}@corp.test") for n in range(3000)]
    await tenant.post_all("/Users", people)
    ids: list[str] = []
    while len(ids) < len(people):
        page = (await tenant.get(f"/Users?startIndex={len(ids) + 1}&count=1000&attributes=id")).json
        ids += [one["id"] for one in page["Resources"]]
    group = await created(tenant, team("Large", *ids[1:]))
    started = time.monotonic()
    answer = await tenant.patch(path_of(group), change("add", "members", [{"value": ids[0]}]))
    assert answer.status == 204
    assert time.monotonic() - started < 5


@pytest.mark.requirement("K45")
async def test_what_is_required_up_front_and_members_that_nobody_knows(site: Site) -> None:
    acall = await site.tenant("acall")
    for wrong in ({"userName": "mika"}, {"userName": ""}, {"name": {"givenName": "Mika"}}):
        body = person(**{"name": {"givenName": "Mika", "familyName": "Laine"}, **wrong})
        assert (await acall.post("/Users", body)).status == 400
    getaccept = await site.tenant("getaccept")
    people = [
        person(
            f"{name}@corp.test",
            name={"givenName": name, "familyName": "X"},
            emails=[{"value": "one@corp.test"}],
        )
        for name in ("mika", "zoe")
    ]
    for body in people:
        assert (await getaccept.post("/Users", body)).status == 201
    group = await created(getaccept, team("Sales", "nobody@corp.test"))
    store = site.application.store.directory
    (waiting,) = await store.unresolved_members(getaccept.record.id, group["id"])
    assert waiting.value == "nobody@corp.test"


@pytest.mark.requirement("R57", "R107", "R124", "R125", "K33", "K39")
async def test_a_long_list_is_paged_and_never_refused(tenant: Tenant) -> None:
    await tenant.post_all("/Users", [person(f"p{n}@corp.test") for n in range(1100)])
    limit = (await tenant.get("/ServiceProviderConfig")).json["filter"]["maxResults"]
    for filter in ("", "&filter=userName pr", "&filter=active eq true"):
        ids: list[str] = []
        while True:
            page = (await tenant.get(f"/Users?count=999999&startIndex={len(ids) + 1}{filter}")).json
            assert page["totalResults"] == 1100
            assert page["itemsPerPage"] == len(page["Resources"]) <= limit
            if not page["Resources"]:
                break
            ids += [one["id"] for one in page["Resources"]]
        assert len(ids) == len(set(ids)) == 1100
    assert limit == 1000
