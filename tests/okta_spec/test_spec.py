"""Okta's SPEC suite for SCIM 2.0: the steps S1 to S12, with the headers its runner sends."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.installation import Answer, Site, Tenant, installation

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"

READ = {
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "Content-Type": "application/scim+json; charset=utf-8",
    "User-Agent": "OKTA SCIM Integration",
}
CREATE = {"Content-Type": "application/json", "Accept": "application/scim+json; charset=utf-8"}

GIVEN, FAMILY = "Runscope417", "Bqwertyui902"
EMAIL = f"{GIVEN}{FAMILY}@runscope-mail.test"
INVALID_EMAIL = "abcdefgh@atko.test"
IMPOSSIBLE_ID = "010101001010101011001010101011"
SEED = {
    "schemas": [USER],
    "userName": "seed@runscope-mail.test",
    "name": {"givenName": "Sid", "familyName": "Seed"},
    "emails": [{"primary": True, "value": "seed@runscope-mail.test", "type": "work"}],
    "displayName": "Sid Seed",
    "active": True,
}
CREATED = {
    "schemas": [USER],
    "userName": EMAIL,
    "name": {"givenName": GIVEN, "familyName": FAMILY},
    "emails": [{"primary": True, "value": EMAIL, "type": "work"}],
    "displayName": f"{GIVEN} {FAMILY}",
    "active": True,
}


@pytest.fixture(params=["generic", "acall", "getaccept"])
async def tenant(request: pytest.FixtureRequest) -> Any:
    """A tenant in which one person is, as the suite asks (W7)."""
    async with installation() as site:
        made = await site.tenant(request.param)
        assert (await made.post("/Users", SEED, CREATE)).status == 201
        yield made


async def read(tenant: Tenant, path: str) -> Answer:
    return await tenant.get(path, READ)


def by_user_name(value: str) -> str:
    return "/Users?filter=" + quote(f'userName eq "{value}"', safe="")


def is_whole(person: dict[str, Any]) -> bool:
    """The attributes that S1 and S2 want not empty."""
    name = person["name"]
    return all(
        [person["id"], name["familyName"], name["givenName"], person["userName"], person["active"]]
    ) and bool(person["emails"][0]["value"])


def number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@pytest.mark.requirement("K2", "K3", "K4")
async def test_s1_and_s2_the_first_person_is_listed_and_read_by_id(tenant: Tenant) -> None:
    listed = await read(tenant, "/Users?count=1&startIndex=1")
    assert listed.status == 200
    assert LIST in listed.json["schemas"]
    assert all(number(listed.json[key]) for key in ("itemsPerPage", "startIndex", "totalResults"))
    [first] = listed.json["Resources"]
    assert is_whole(first)

    by_id = await read(tenant, f"/Users/{first['id']}")
    assert by_id.status == 200
    assert by_id.json["id"] == first["id"]
    assert is_whole(by_id.json)


@pytest.mark.requirement("R105", "K2")
@pytest.mark.parametrize("email", [pytest.param(INVALID_EMAIL, id="S3"), pytest.param(EMAIL, id="S5")])
async def test_s3_and_s5_an_unknown_user_name_is_an_empty_list(tenant: Tenant, email: str) -> None:
    listed = await read(tenant, by_user_name(email))
    assert listed.status == 200
    assert LIST in listed.json["schemas"]
    assert listed.json["totalResults"] == 0


@pytest.mark.requirement("R84", "R100", "K2")
@pytest.mark.parametrize(
    "id", [pytest.param(IMPOSSIBLE_ID, id="S4"), pytest.param("00919288221112222", id="S12")]
)
async def test_s4_and_s12_an_unknown_id_is_404_with_the_error_schema(tenant: Tenant, id: str) -> None:
    found = await read(tenant, f"/Users/{id}")
    assert found.status == 404
    assert found.json["detail"]
    assert found.json["status"] == "404"
    assert ERROR in found.json["schemas"]


@pytest.mark.requirement("R38", "K2", "K4")
async def test_s6_to_s9_a_person_is_created_read_refused_twice_and_found_in_capitals(tenant: Tenant) -> None:
    made = await tenant.post("/Users", CREATED, CREATE)
    assert made.status == 201
    assert made.json["active"] is True
    assert made.json["id"]
    assert made.json["name"]["familyName"] == FAMILY
    assert made.json["name"]["givenName"] == GIVEN
    assert USER in made.json["schemas"]
    assert made.json["userName"] == EMAIL

    again = await read(tenant, f"/Users/{made.json['id']}")
    assert again.status == 200
    assert again.json["userName"] == EMAIL
    assert again.json["name"]["familyName"] == FAMILY
    assert again.json["name"]["givenName"] == GIVEN

    assert (await tenant.post("/Users", CREATED, CREATE)).status == 409

    capitals = await read(tenant, by_user_name(EMAIL.upper()))
    assert capitals.status == 200
    assert [person["id"] for person in capitals.json["Resources"]] == [made.json["id"]]


@pytest.mark.requirement("K2")
async def test_s10_groups_are_listed_in_under_600_ms(tenant: Tenant) -> None:
    started = time.perf_counter()
    listed = await read(tenant, "/Groups")
    assert time.perf_counter() - started < 0.6
    assert listed.status == 200
    assert isinstance(listed.json.get("Resources", []), list)


@pytest.mark.requirement("R84", "K2")
async def test_s11_a_header_without_a_token_is_401_with_the_error_schema(tenant: Tenant) -> None:
    refused = await tenant.get(by_user_name(EMAIL.upper()), {**READ, "Authorization": "non-token"})
    assert refused.status == 401
    assert refused.json["detail"]
    assert refused.json["status"] == "401"
    assert ERROR in refused.json["schemas"]


@pytest.mark.requirement("R104", "K3")
async def test_e1_items_per_page_is_the_number_returned(tenant: Tenant) -> None:
    """No entitlement endpoints are offered, so Okta asks for none; what E1 checks holds for Users."""
    await tenant.post("/Users", CREATED, CREATE)
    listed = await read(tenant, "/Users?count=1&startIndex=1")
    assert listed.json["itemsPerPage"] == 1
    assert listed.json["totalResults"] == 2
    types = await read(tenant, "/ResourceTypes")
    assert not [one for one in types.json["Resources"] if one["schema"].startswith("urn:okta:")]


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])
async def test_discovery_is_read_only(tenant: Tenant, path: str) -> None:
    """What the SCIM 1.1 suite asks of discovery, on the 2.0 addresses."""
    assert (await read(tenant, path)).status == 200
    assert (await tenant.post(path, {}, CREATE)).status == 405


@pytest.mark.requirement("R85", "R109")
async def test_a_bare_word_is_no_filter(tenant: Tenant) -> None:
    refused = await read(tenant, "/Users?filter=SOMETHING")
    assert refused.status == 400
    assert refused.json["scimType"] == "invalidFilter"


async def test_many_people_do_not_slow_the_suite_down(site: Site) -> None:
    """S1 and S10 with 2,000 people: their limits are 600 ms."""
    tenant = await site.tenant("generic")
    await tenant.post_all("/Users", [{**SEED, "userName": f"p{i}@mail.test"} for i in range(2000)])
    for path in ("/Users?count=1&startIndex=1", "/Users?count=100&startIndex=1901", "/Groups"):
        started = time.perf_counter()
        assert (await read(tenant, path)).status == 200
        assert time.perf_counter() - started < 0.6
