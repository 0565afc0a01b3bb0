"""Every address that is served leads somewhere (RFC 7643 §2.3.7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.cast import ENTERPRISE_USER
from tests.conformance.people import change, created, path_of, person, team
from tests.installation import Site, Tenant, installation
from vestibule.app import Vestibule
from vestibule.settings import Settings

PUBLIC = "https://vestibule.test"


def addresses(value: Any) -> Iterator[str]:
    """Every ``$ref`` and ``location`` in it, however deep."""
    if isinstance(value, dict):
        yield from (value[key] for key in ("$ref", "location") if isinstance(value.get(key), str))
        for part in value.values():
            yield from addresses(part)
    elif isinstance(value, list):
        for part in value:
            yield from addresses(part)


@pytest.mark.requirement("R9", "R10", "R35", "R48", "R52")
@pytest.mark.parametrize("base", ["/scim/v2", "/t/{slug}/scim/v2"])
async def test_every_reference_leads_to_what_it_names(site: Site, base: str) -> None:
    owner = await site.tenant()
    tenant = Tenant(site.application, owner.record, owner.token, base.format(slug=owner.slug))
    boss = await created(tenant, person("boss@corp.test"))
    mika = await created(tenant, person(**{ENTERPRISE_USER: {"manager": {"value": boss["id"]}}}))
    inner = await created(tenant, team("Inner", mika["id"]))
    await created(tenant, team("Outer", inner["id"], boss["id"]))
    seen: set[str] = set()
    for path in ("/Users", "/Groups", "/ServiceProviderConfig", "/ResourceTypes", "/Schemas"):
        answer = await tenant.get(path)
        assert answer.status == 200
        seen |= set(addresses(answer.json))
    assert len(seen) > 10
    root = f"{PUBLIC}{tenant.base}/"
    for address in seen:
        absolute = urljoin(root, address)  # relative ones are relative to the service root
        assert absolute.startswith(root), address
        there = await tenant.get(absolute.removeprefix(root.rstrip("/")))
        assert there.status == 200, address
        if "id" in there.json and there.json["meta"]["resourceType"] in ("User", "Group"):
            assert absolute.endswith(f"/{there.json['id']}")


@pytest.mark.requirement("R10")
async def test_a_reference_to_who_is_gone_is_a_proper_404(either: Tenant) -> None:
    gone = await created(either, person())
    await either.delete(path_of(gone))
    location = gone["meta"]["location"].removeprefix(f"{PUBLIC}{either.base}")
    assert (await either.get(location)).status == 404


@pytest.mark.requirement("R48", "R52")
async def test_members_and_groups_name_each_other(either: Tenant) -> None:
    mika = await created(either, person(displayName="Mika"))
    inner = await created(either, team("Inner", mika["id"]))
    outer = await created(either, team("Outer", inner["id"]))
    (member,) = inner["members"]
    assert (member["value"], member["type"], member["$ref"]) == (mika["id"], "User", mika["meta"]["location"])
    (nested,) = outer["members"]
    assert (nested["value"], nested["type"], nested["$ref"]) == (
        inner["id"],
        "Group",
        inner["meta"]["location"],
    )
    groups = (await either.get(path_of(mika))).json["groups"]
    direct = [group for group in groups if group["type"] == "direct"]
    assert [(group["value"], group["$ref"]) for group in direct] == [(inner["id"], inner["meta"]["location"])]


@pytest.mark.requirement("R47", "R51", "R68")
async def test_membership_changes_through_groups_alone(either: Tenant) -> None:
    group = await created(either, team("Sales"))
    claimed = [{"value": group["id"], "type": "direct"}]
    mika = await created(either, person(groups=claimed))
    path = path_of(mika)
    assert (await either.put(path, person(groups=claimed, title="x"))).status == 200
    refused = await either.patch(path, change("add", "groups", claimed))
    assert (refused.status, refused.json["scimType"]) == (400, "mutability")
    assert "members" not in (await either.get(path_of(group))).json
    assert "groups" not in (await either.get(path)).json
    assert (
        await either.patch(path_of(group), change("add", "members", [{"value": mika["id"]}]))
    ).status == 204
    assert [one["value"] for one in (await either.get(path)).json["groups"]] == [group["id"]]
    assert (await either.put(path, person(groups=[]))).status == 200
    assert [one["value"] for one in (await either.get(path)).json["groups"]] == [group["id"]]
    for part, value in (("value", "other"), ("display", "x"), ("type", "Group")):
        at = f'members[value eq "{mika["id"]}"].{part}'
        answer = await either.patch(path_of(group), change("replace", at, value))
        assert (answer.status, answer.json["scimType"]) == (400, "mutability"), part
    one = f'members[value eq "{mika["id"]}"]'
    assert (await either.patch(path_of(group), change("remove", one))).status == 204
    assert "members" not in (await either.get(path_of(group))).json


@pytest.mark.requirement("R53")
async def test_a_circle_of_groups_is_refused_in_words(either: Tenant) -> None:
    inner = await created(either, team("Inner"))
    outer = await created(either, team("Outer", inner["id"]))
    for group, member in ((inner, outer), (inner, inner)):
        answer = await either.patch(path_of(group), change("add", "members", [{"value": member["id"]}]))
        assert answer.status == 400
        assert member["id"] in answer.json["detail"]
    assert "members" not in (await either.get(path_of(inner))).json


@pytest.mark.requirement("R54", "K22")
async def test_a_manager_has_an_id_and_a_name_of_the_servers(either: Tenant) -> None:
    boss = await created(either, person("boss@corp.test", displayName="Boss"))
    manager = {"value": boss["id"], "$ref": boss["meta"]["location"], "displayName": "Somebody else"}
    mika = await created(
        either,
        person(schemas=[*person()["schemas"], ENTERPRISE_USER], **{ENTERPRISE_USER: {"manager": manager}}),
    )
    shown = mika[ENTERPRISE_USER]["manager"]
    assert (shown["value"], shown["$ref"]) == (boss["id"], boss["meta"]["location"])
    assert shown.get("displayName") != "Somebody else"
    refused = await either.patch(
        path_of(mika), change("replace", f"{ENTERPRISE_USER}:manager.displayName", "x")
    )
    assert (refused.status, refused.json["scimType"]) == (400, "mutability")


@pytest.mark.requirement("R9", "R35")
async def test_behind_a_proxy_with_a_path_of_its_own(tmp_path: Path) -> None:
    """The proxy takes its prefix away; addresses have it, and the Host header says nothing."""
    database, public = f"sqlite:///{tmp_path / 'vestibule.db'}", "https://proxy.test/people"
    async with installation(database) as site:
        owner = await site.tenant()
    application = Vestibule(Settings(database=database, public_url=public))
    async with application.lifespan():
        tenant = Tenant(application, owner.record, owner.token)
        headers = {
            "Content-Type": "application/scim+json",
            "Host": "evil.test",
            "X-Forwarded-Host": "evil.test",
        }
        made = await tenant.post("/Users", person(), headers)
        assert made.headers["location"] == made.json["meta"]["location"]
        group = await created(tenant, team("Sales", made.json["id"]))
        seen = set(addresses([made.json, group, (await tenant.get("/Schemas")).json]))
        assert len(seen) > 4
        assert [address for address in seen if not address.startswith(f"{public}/scim/v2/")] == []
        missing = await tenant.get("/Users/nobody", headers)
        assert missing.json["detail"].rpartition(" ")[2].startswith(f"{public}/r/")
