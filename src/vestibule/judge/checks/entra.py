"""What Microsoft Entra ID does: its lookups, creates and PATCHes, in the forms it really sends."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from vestibule.judge.bench import ENTERPRISE, Bench, Made
from vestibule.judge.check import Role, Topic, check
from vestibule.judge.exchange import Exchange
from vestibule.judge.rows import Level

TOPIC = Topic(210, "As Entra")

_ENTRA = (Role.ENTRA,)
_PATCH = ("patch",)
_GROUP_URN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def _body(bench: Bench, **attributes: Any) -> dict[str, Any]:
    """Entra's create (W105)."""
    body = bench.specimens.user(**attributes)
    if "name" in body:
        body["name"] = {"formatted": "Robin Vale", **body["name"]}
    return {
        **body,
        "schemas": list(dict.fromkeys([*body["schemas"], ENTERPRISE])),
        "meta": {"resourceType": "User"},
        "roles": [],
    }


async def _created(bench: Bench, **attributes: Any) -> Made:
    body = _body(bench, **attributes)
    made = await bench.made(bench.need(await bench.post(bench.users, body), 201))
    return replace(made, sent=body)


async def _patched(bench: Bench, made: Made, *operations: dict[str, Any]) -> tuple[Exchange, dict[str, Any]]:
    exchange = await bench.patch(made.path, *operations)
    bench.expect_status(exchange, 200, 204)
    return exchange, await bench.resource(made)


@check(
    "W107",
    "K23",
    roles=_ENTRA,
    means="Entra cannot work with this server at all: it finds people by filter and changes them by PATCH alone.",
)
async def what_entra_cannot_do_without(bench: Bench) -> None:
    """The server offers PATCH and filters."""
    for feature, row in (("patch", "W107"), ("filter", "K23")):
        if not bench.server.offers(feature):
            bench.fault(bench.server.configuration, f"{feature}.supported true", f"{feature} is denied", row)


@check(
    "K24",
    "W101",
    roles=_ENTRA,
    needs=("filter",),
    means="“Test Connection” fails, and provisioning cannot be switched on.",
)
async def test_connection(bench: Bench) -> None:
    """A lookup of a random GUID, by each matching attribute, answers 200 with an empty list."""
    for attribute in ("userName", "externalId", 'emails[type eq "work"].value'):
        name = attribute.partition("[")[0]
        if name != "externalId" and not bench.kind("User").declares(name):
            continue
        exchange = await bench.get(bench.users, filter=f'{attribute} eq "{uuid.uuid4()}"')
        if not exchange.is_list or exchange.total != 0:
            bench.fault(exchange, f"status 200 and totalResults 0 for {attribute}")


@check(
    "W105",
    roles=_ENTRA,
    means="Nobody is created.",
)
async def create_as_entra_sends_it(bench: Bench) -> None:
    """Entra's create, with the enterprise URN, meta, name.formatted and empty roles, is answered 201."""
    body = _body(bench)
    exchange = await bench.post(bench.users, body)
    bench.expect_status(exchange, 201)
    bench.expect(bool(exchange.document.get("id")), exchange, "an id")
    external = exchange.document.get("externalId")
    bench.expect(
        external == body["externalId"], exchange, f"externalId {body['externalId']}", f"{external!r}"
    )


@check(
    "K23",
    roles=_ENTRA,
    needs=("filter",),
    means="Entra finds nobody by its matching attribute, creates once more, and reports conflicts for ever.",
)
async def matching_attributes(bench: Bench) -> None:
    """People are found by externalId, by their work address and by id, alone and joined with and."""
    made = await _created(bench)
    sent = made.sent
    expressions = [f'externalId eq "{sent["externalId"]}"', f'id eq "{made.id}"']
    if bench.kind("User").declares("emails.type"):
        expressions.append(f'emails[type eq "work"].value eq "{sent["emails"][0]["value"]}"')
    expressions.append(f'userName eq "{sent["userName"]}" and externalId eq "{sent["externalId"]}"')
    for expression in expressions:
        exchange = await bench.get(bench.users, filter=expression)
        if not exchange.is_list or exchange.ids != [made.id]:
            bench.fault(exchange, f"that person for {expression}")


@check(
    "K17",
    "W107",
    roles=_ENTRA,
    needs=_PATCH,
    means="No change of anybody arrives.",
)
async def operations_in_capitals(bench: Bench) -> None:
    """Add, Replace and Remove are taken, capitalised, several in one PATCH."""
    bench.declared("displayName", "nickName")
    made = await _created(bench)
    exchange, shown = await _patched(
        bench,
        made,
        {"op": "Replace", "path": "displayName", "value": "Renamed"},
        {"op": "Add", "path": "nickName", "value": "Rob"},
    )
    bench.expect(shown.get("displayName") == "Renamed", exchange, "displayName Renamed")
    bench.expect(shown.get("nickName") == "Rob", exchange, "nickName Rob")
    exchange, shown = await _patched(bench, made, {"op": "Remove", "path": "nickName"})
    bench.expect(not shown.get("nickName"), exchange, "no nickName")


@check(
    "K18",
    "W108",
    "R4",
    roles=_ENTRA,
    needs=_PATCH,
    means="Leavers keep their access: Entra disables with a text.",
)
async def disable_with_text(bench: Bench) -> None:
    """active is set by the texts "False" and "True", and shown as true or false."""
    made = await _created(bench)
    for text, active in (("False", False), ("True", True)):
        exchange, shown = await _patched(bench, made, {"op": "Replace", "path": "active", "value": text})
        bench.expect(
            shown.get("active") is active,
            exchange,
            f"active {str(active).lower()}",
            f"{shown.get('active')!r}",
        )


@check(
    "K26",
    "W116",
    roles=_ENTRA,
    needs=("patch", "filter"),
    means="Entra takes the person for deleted, creates them again, and loses the link.",
)
async def disabled_and_then_deleted(bench: Bench) -> None:
    """Who is disabled is shown by id and by filter; DELETE weeks later is 204, then 404."""
    made = await _created(bench)
    exchange, shown = await _patched(bench, made, {"op": "Replace", "path": "active", "value": False})
    bench.expect(shown.get("active") is False, exchange, "active false")
    found = await bench.get(bench.users, filter=f'userName eq "{made.sent["userName"]}"')
    bench.expect(found.ids == [made.id], found, "the disabled person in the list")
    bench.expect_status(await bench.delete(made.path), 204, row="W116")
    bench.expect_status(await bench.get(made.path), 404, row="W116")


@check(
    "K19",
    "W109",
    roles=_ENTRA,
    needs=_PATCH,
    means="A phone number or address that is new in Entra never arrives; the change fails in each cycle.",
)
async def value_paths_create(bench: Bench) -> None:
    """A path to a value that is not there creates it, with the type from the filter; a second one changes it."""
    bench.declared("phoneNumbers.type")
    made = await _created(bench)
    path = 'phoneNumbers[type eq "mobile"].value'
    for op, number in (("Add", "+49 30 1111111"), ("Replace", "+49 30 2222222")):
        exchange, shown = await _patched(bench, made, {"op": op, "path": path, "value": number})
        pairs = [(one.get("type"), one.get("value")) for one in shown.get("phoneNumbers") or ()]
        bench.expect(pairs == [("mobile", number)], exchange, f"one mobile number, {number}", f"{pairs!r}")


@check(
    "K20",
    "W110",
    roles=_ENTRA,
    needs=_PATCH,
    means="Changes of several attributes at once are lost or refused.",
)
async def paths_as_keys(bench: Bench) -> None:
    """Without path, keys of the value that are dotted or qualified are read as paths."""
    bench.declared("name.givenName")
    bench.enterprise("department")
    made = await _created(bench)
    value = {"name.givenName": "Magda", f"{ENTERPRISE}:department": "Check"}
    exchange, shown = await _patched(bench, made, {"op": "Replace", "value": value})
    given = (shown.get("name") or {}).get("givenName")
    bench.expect(given == "Magda", exchange, "name.givenName Magda", f"{given!r}")
    department = (shown.get(ENTERPRISE) or {}).get("department")
    bench.expect(department == "Check", exchange, "department Check", f"{department!r}")


@check(
    "K22",
    "W113",
    roles=_ENTRA,
    needs=_PATCH,
    means="Managers do not arrive, and the job reports an error for each person in every cycle.",
)
async def manager_in_every_form(bench: Bench) -> None:
    """The manager is set by a bare text and by an object with value, and taken away by an empty text."""
    bench.enterprise("manager")
    boss, made = await bench.shared("plain"), await _created(bench)
    path = f"{ENTERPRISE}:manager"
    for value in (boss.id, {"value": boss.id}):
        exchange, shown = await _patched(bench, made, {"op": "Add", "path": path, "value": value})
        there = ((shown.get(ENTERPRISE) or {}).get("manager") or {}).get("value")
        bench.expect(there == boss.id, exchange, f"manager.value {boss.id}", f"{there!r}")
    exchange, shown = await _patched(bench, made, {"op": "Replace", "path": path, "value": ""})
    there = (shown.get(ENTERPRISE) or {}).get("manager")
    bench.expect(not there, exchange, "no manager", f"{there!r}")


@check(
    "K27",
    "W120",
    roles=_ENTRA,
    means="Entra compares what it wrote with what is there, and writes it again in every cycle.",
)
async def values_stay_as_written(bench: Bench) -> None:
    """Addresses and phone numbers come back as they were written, character for character."""
    bench.declared("phoneNumbers.type", "emails.type")
    phones = [{"type": "work", "value": "+49 (30) 1234-567 ext. 8"}]
    emails = [{"type": "work", "primary": True, "value": f"{bench.prefix}-Mixed.Case@EXAMPLE.com"}]
    made = await _created(bench, phoneNumbers=phones, emails=emails)
    shown = await bench.get(made.path)
    for name, wanted in (("phoneNumbers", phones), ("emails", emails)):
        values = [one.get("value") for one in shown.document.get(name) or ()]
        bench.expect(values == [wanted[0]["value"]], shown, f"{wanted[0]['value']}", f"{values!r}")


@check(
    "W106",
    "W104",
    roles=_ENTRA,
    needs=("Group", "filter"),
    means="Groups cannot be provisioned.",
)
async def group_as_entra_sends_it(bench: Bench) -> None:
    """Entra's create of a group, with its own schema URN and an externalId, is 201; then it is found without members."""
    body = bench.specimens.group(externalId=str(uuid.uuid4()), meta={"resourceType": "Group"})
    body["schemas"] = [*body["schemas"], _GROUP_URN]
    exchange = await bench.post(bench.groups, body)
    bench.expect_status(exchange, 201)
    expression = f'displayName eq "{body["displayName"]}"'
    found = await bench.get(bench.groups, excludedAttributes="members", filter=expression)
    bench.expect(found.ids == [exchange.document.get("id")], found, "the group", row="W104")


@check(
    "K21",
    "W111",
    roles=_ENTRA,
    needs=("Group", "patch"),
    means="One person leaves a group, and everybody else is thrown out of it; or nobody ever leaves, and the job reports "
    "an error in each cycle.",
)
async def members_as_entra_sends_them(bench: Bench) -> None:
    """Members are added with a null $ref, and a remove with a list of values takes only these away."""
    first, second, third = await bench.people(3)
    group = await bench.group(first)
    values = [{"$ref": None, "value": one.id} for one in (second, third)]
    exchange = await bench.patch(group.path, {"op": "Add", "path": "members", "value": values})
    bench.expect_status(exchange, 200, 204)
    found = await bench.member_ids(group)
    bench.expect(
        found == {first.id, second.id, third.id}, exchange, "all three members", f"{len(found)} members"
    )
    exchange = await bench.patch(group.path, {"op": "Remove", "path": "members", "value": values[:1]})
    bench.expect_status(exchange, 200, 204)
    found = await bench.member_ids(group)
    bench.expect(found == {first.id, third.id}, exchange, "the two others", f"{len(found)} members")


@check(
    "K23",
    roles=_ENTRA,
    level=Level.SHOULD,
    needs=("Group", "filter"),
    means="Entra cannot tell whether somebody is a member without reading them all.",
)
async def membership_probe(bench: Bench) -> None:
    """A filter with id and members.value finds the group that has the member, and no group that has not."""
    member, stranger = await bench.people(2)
    group = await bench.group(member)
    for person, ids in ((member, [group.id]), (stranger, [])):
        expression = f'id eq "{group.id}" and members.value eq "{person.id}"'
        exchange = await bench.get(bench.groups, excludedAttributes="members", filter=expression)
        found = "the group" if ids else "nothing"
        bench.expect(exchange.is_list and exchange.ids == ids, exchange, f"{found} for {expression}")


@check(
    "K25",
    "W104",
    roles=_ENTRA,
    level=Level.SHOULD,
    needs=("Group", "patch"),
    means="With large groups every change of one member brings all of them back.",
)
async def group_patch_answers_204(bench: Bench) -> None:
    """PATCH of a group is answered 204."""
    group = await bench.group()
    operation = {"op": "Add", "path": "members", "value": [{"value": (await bench.shared("plain")).id}]}
    bench.expect_status(await bench.patch(group.path, operation), 204)


@check(
    "K38",
    "K32",
    roles=_ENTRA,
    needs=("Group", "patch"),
    means="Large groups are filled one request for each person, for days.",
)
async def many_members_in_one_patch(bench: Bench) -> None:
    """Eleven members are added by one PATCH."""
    people = await bench.people(12)
    group = await bench.group(people[0])
    values = [{"value": one.id} for one in people[1:]]
    exchange = await bench.patch(group.path, {"op": "Add", "path": "members", "value": values})
    bench.expect_status(exchange, 200, 204)
    found = await bench.member_ids(group)
    bench.expect(found == {one.id for one in people}, exchange, "all of them", f"{len(found)} members")


@check(
    "K36",
    roles=_ENTRA,
    means="Who was deleted and comes back cannot be created.",
)
async def deleted_twice(bench: Bench) -> None:
    """A second DELETE is 404, and the name is free."""
    made = await _created(bench)
    bench.expect_status(await bench.delete(made.path), 204)
    bench.expect_status(await bench.delete(made.path), 404)
    exchange = await bench.post(bench.users, bench.specimens.user(userName=made.sent["userName"]))
    bench.expect_status(exchange, 201)
