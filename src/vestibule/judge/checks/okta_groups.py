"""What Okta's Group Push does, in both kinds of applications."""

from __future__ import annotations

from vestibule.judge.bench import Bench
from vestibule.judge.check import Role, Topic, check
from vestibule.judge.checks.okta import HEADERS

TOPIC = Topic(205, "As Okta: groups")

_OKTA = (Role.OKTA,)


@check(
    "W83",
    "W84",
    "K10",
    roles=_OKTA,
    needs=("Group", "filter"),
    means="Groups cannot be pushed.",
)
async def push_a_new_group(bench: Bench) -> None:
    """The lookup of a new group is empty; the create with an empty list of members is 201; then it is found."""
    body = {**bench.specimens.group(), "members": []}
    query = {"filter": f'displayName eq "{body["displayName"]}"', "startIndex": 1, "count": 100}
    before = await bench.get(bench.groups, HEADERS, **query)
    bench.expect(before.is_list and not before.ids, before, "status 200 and an empty list", row="W84")
    exchange = await bench.post(bench.groups, body, HEADERS)
    bench.expect_status(exchange, 201)
    made = await bench.made(exchange, "Group")
    after = await bench.get(bench.groups, HEADERS, **query)
    bench.expect(after.ids == [made.id], after, "the group", row="W84")


@check(
    "W86",
    "K11",
    "W92",
    roles=_OKTA,
    needs=("Group", "patch"),
    means="People pushed to a group do not arrive there, or leave when they should not (catalogue apps).",
)
async def push_memberships(bench: Bench) -> None:
    """One PATCH that removes by value filter and adds with display; before it the name again, with the id in the value."""
    first, second, third = await bench.people(3)
    group = await bench.group(first, third)
    name = {"op": "replace", "value": {"id": group.id, "displayName": group.sent["displayName"]}}
    renamed = await bench.patch(group.path, name, headers=HEADERS)
    bench.expect_status(renamed, 200, 204, row="W85")
    exchange = await bench.patch(
        group.path,
        {"op": "remove", "path": f'members[value eq "{first.id}"]'},
        {"op": "add", "path": "members", "value": [{"value": second.id, "display": second.sent["userName"]}]},
        headers=HEADERS,
    )
    bench.expect_status(exchange, 200, 204, row="W92")
    found = await bench.member_ids(group)
    bench.expect(
        found == {second.id, third.id}, exchange, "the second and the third member", f"{len(found)} members"
    )


@check(
    "W85",
    roles=_OKTA,
    needs=("Group", "patch"),
    means="A renamed group keeps its old name, or the rename is an error because of the id in it.",
)
async def rename_a_group(bench: Bench) -> None:
    """A rename without path, with the id inside the value, is taken; members stay."""
    [person] = await bench.people(1)
    group, name = await bench.group(person), bench.specimens.name()
    exchange = await bench.patch(
        group.path, {"op": "replace", "value": {"id": group.id, "displayName": name}}, headers=HEADERS
    )
    bench.expect_status(exchange, 200, 204)
    shown = await bench.resource(group)
    bench.expect(
        shown.get("displayName") == name, exchange, f"displayName {name}", f"{shown.get('displayName')!r}"
    )
    bench.expect(await bench.member_ids(group) == {person.id}, exchange, "the member still there")


@check(
    "W88",
    roles=_OKTA,
    needs=("Group", "patch"),
    means="“Push Now” leaves people in the group who left it in Okta.",
)
async def push_now(bench: Bench) -> None:
    """replace of the whole list of members, also with an empty list, which empties the group."""
    first, second = await bench.people(2)
    group = await bench.group(first)
    for wanted in ([second], [first, second], []):
        value = [{"value": one.id, "display": one.sent["userName"]} for one in wanted]
        exchange = await bench.patch(
            group.path, {"op": "replace", "path": "members", "value": value}, headers=HEADERS
        )
        bench.expect_status(exchange, 200, 204)
        found = await bench.member_ids(group)
        bench.expect(
            found == {one.id for one in wanted}, exchange, f"{len(wanted)} members", f"{len(found)} members"
        )


@check(
    "W91",
    roles=_OKTA,
    needs=("Group",),
    means="Groups of apps made with Okta's wizard cannot be pushed.",
)
async def push_by_put(bench: Bench) -> None:
    """A wizard app: GET and then PUT of the group with displayName and members, each with value and display."""
    person, other = await bench.people(2)
    group = await bench.group(other)
    echoed = await bench.resource(group)
    members = [{"value": person.id, "display": str(person.sent["userName"])}]
    for wanted in (members, []):
        exchange = await bench.put(group.path, {**echoed, "members": wanted}, HEADERS)
        bench.expect_status(exchange, 200)
        found = await bench.member_ids(group)
        bench.expect(len(found) == len(wanted), exchange, f"{len(wanted)} members", f"{len(found)}")
