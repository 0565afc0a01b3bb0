"""Groups and their members."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, Role, Topic, check
from vestibule.judge.rows import Level

TOPIC = Topic(120, "Groups")

_NEEDS = ("Group",)
_PATCHED = ("Group", "patch")


@check(
    "R50",
    needs=_NEEDS,
    means="Groups without a name arrive, which no lookup finds.",
)
async def group_name_is_needed(bench: Bench) -> None:
    """A group without displayName is refused with 400."""
    body = bench.specimens.group(displayName=None, externalId=bench.specimens.name())
    bench.expect_status(await bench.post(bench.groups, body), 400)


@check(
    "R52",
    "R96",
    needs=_NEEDS,
    roles=EVERYBODY,
    means="Memberships do not arrive, or cannot be followed to the person.",
)
async def group_with_members(bench: Bench) -> None:
    """A group is created with members, whose value is the id and whose $ref leads to the person."""
    person = await bench.shared("plain")
    created = await bench.post(bench.groups, bench.specimens.group(members=[{"value": person.id}]))
    bench.expect_status(created, 201, row="R96")
    exchange = await bench.get((await bench.made(created, "Group")).path)
    members = exchange.document.get("members") or []
    bench.expect(
        [one.get("value") for one in members] == [person.id],
        (created, exchange),
        "that member",
        f"{members!r}",
    )
    reference = members[0].get("$ref")
    if reference:
        end = str(reference).rstrip("/").endswith(f"/{quote(person.id, safe='')}")
        bench.expect(end, exchange, "a $ref that leads to the person", f"{reference!r}")
    bench.expect(
        members[0].get("type") in (None, "User"), exchange, "type User", f"{members[0].get('type')!r}"
    )


@check(
    "R48",
    level=Level.SHOULD,
    needs=_NEEDS,
    means="An administrator who looks at a person does not see the groups, although the schema promises them.",
)
async def groups_of_a_person(bench: Bench) -> None:
    """Where the schema of User has groups, a person shows the groups they are in."""
    bench.declared("groups")
    [person] = await bench.people(1)
    await bench.group(person)
    exchange = await bench.get(person.path)
    bench.expect(bool(exchange.document.get("groups")), exchange, "groups with the group in it", "no groups")


@check(
    "R48",
    needs=_NEEDS,
    after=("groups_of_a_person",),
    means="A client that follows a person to a group ends nowhere.",
)
async def groups_of_a_person_lead_there(bench: Bench) -> None:
    """The value of a person's group is the group's id, and its $ref leads to it."""
    person = await bench.user()
    group = await bench.group(person)
    exchange = await bench.get(person.path)
    shown = exchange.document.get("groups") or []
    bench.expect(
        [one.get("value") for one in shown] == [group.id], exchange, f"the one group {group.id}", f"{shown!r}"
    )
    reference = str(shown[0].get("$ref") or "")
    end = not reference or reference.rstrip("/").endswith(f"/{quote(group.id, safe='')}")
    bench.expect(end, exchange, "a $ref that leads to the group", reference)


@check(
    "R47",
    "R95",
    needs=_NEEDS,
    means="Whoever may create people may put them into any group.",
)
async def membership_comes_from_groups_alone(bench: Bench) -> None:
    """groups in a POST of a person are passed over."""
    group = await bench.group()
    exchange = await bench.post(bench.users, bench.specimens.user(groups=[{"value": group.id}]))
    bench.expect_status(exchange, 201, why="groups being passed over")
    left = await bench.member_ids(group)
    bench.expect(not left, exchange, "a group without members", f"{len(left)} members")


@check(
    "R151",
    "R153",
    needs=_PATCHED,
    roles=EVERYBODY,
    means="Memberships are not added, or the wrong ones are taken away.",
)
async def members_come_and_go(bench: Bench) -> None:
    """add appends members; remove with a filter takes that one away and leaves the others."""
    first, second = await bench.people(2)
    group = await bench.group(first)
    added = await bench.patch(group.path, {"op": "add", "path": "members", "value": [{"value": second.id}]})
    bench.expect_status(added, 200, 204)
    found = await bench.member_ids(group)
    bench.expect(found == {first.id, second.id}, added, "both members", f"{len(found)} members")
    removed = await bench.patch(group.path, {"op": "remove", "path": f'members[value eq "{first.id}"]'})
    bench.expect_status(removed, 200, 204, row="R153")
    found = await bench.member_ids(group)
    bench.expect(
        found == {second.id}, removed, "the second member alone", f"{len(found)} members", row="R153"
    )


@check(
    "R153",
    "R158",
    needs=_PATCHED,
    means="A team that was emptied keeps its members.",
)
async def all_members_replaced_and_removed(bench: Bench) -> None:
    """replace of members replaces all of them; remove without a filter takes all away."""
    first, second = await bench.people(2)
    group = await bench.group(first)
    exchange = await bench.patch(
        group.path, {"op": "replace", "path": "members", "value": [{"value": second.id}]}
    )
    bench.expect_status(exchange, 200, 204, row="R158")
    bench.expect(
        await bench.member_ids(group) == {second.id}, exchange, "the second member alone", row="R158"
    )
    exchange = await bench.patch(group.path, {"op": "remove", "path": "members"})
    bench.expect_status(exchange, 200, 204)
    bench.expect(not await bench.member_ids(group), exchange, "no member")


@check(
    "R152",
    "W89",
    needs=_PATCHED,
    roles=EVERYBODY,
    means="Okta repeats an add after a push: the whole push fails, or somebody is a member twice.",
)
async def a_member_is_a_member_once(bench: Bench) -> None:
    """Adding a member who is there succeeds and changes nothing."""
    [person] = await bench.people(1)
    group = await bench.group(person)
    exchange = await bench.patch(
        group.path, {"op": "add", "path": "members", "value": [{"value": person.id}]}
    )
    bench.expect_status(exchange, 200, 204)
    shown = (await bench.resource(group)).get("members") or ()
    bench.expect(len(shown) == 1, exchange, "one member", f"{len(shown)}")


@check(
    "R51",
    needs=_PATCHED,
    means="A membership turns into another person's without anybody having added them.",
)
async def members_are_immutable(bench: Bench) -> None:
    """Changing the value of a member in place is refused with 400 mutability."""
    first, second = await bench.people(2)
    group = await bench.group(first)
    path = f'members[value eq "{first.id}"].value'
    exchange = await bench.patch(group.path, {"op": "replace", "path": path, "value": second.id})
    bench.expect_refusal(exchange, "mutability")


@check(
    "R134",
    needs=_NEEDS,
    roles=(Role.RFC, Role.OKTA),
    means="Apps made with Okta's wizard write groups by PUT: members who left stay.",
)
async def put_of_a_group(bench: Bench) -> None:
    """PUT of a group replaces its members and its name."""
    first, second = await bench.people(2)
    group, name = await bench.group(first), bench.specimens.name()
    body: dict[str, Any] = {
        **group.sent,
        "id": group.id,
        "displayName": name,
        "members": [{"value": second.id}],
    }
    exchange = await bench.put(group.path, body)
    bench.expect_status(exchange, 200, 204)
    shown = await bench.resource(group)
    bench.expect(shown.get("displayName") == name, exchange, f"displayName {name}")
    bench.expect(await bench.member_ids(group) == {second.id}, exchange, "the second member alone")


@check(
    "R162",
    needs=_NEEDS,
    roles=EVERYBODY,
    means="Groups hold ghosts; a person created later may inherit their memberships.",
)
async def the_deleted_leave_their_groups(bench: Bench) -> None:
    """Who is deleted is no member any more."""
    person, other = await bench.user(), await bench.user()
    group = await bench.group(person, other)
    gone = bench.need(await bench.delete(person.path), 204)
    found = await bench.member_ids(group)
    bench.expect(found == {other.id}, gone, "the other member alone", f"{len(found)} members")


@check(
    "R53",
    level=Level.MUST,
    needs=_PATCHED,
    means="Two groups that contain each other keep a server busy for ever.",
)
async def circles_do_no_harm(bench: Bench) -> None:
    """A group within a group is taken or refused with 400; a circle does not stop the server."""
    inner = await bench.group()
    outer = await bench.group()
    for holder, held in ((outer, inner), (inner, outer)):
        exchange = await bench.patch(
            holder.path, {"op": "add", "path": "members", "value": [{"value": held.id}]}
        )
        bench.expect_status(exchange, 200, 204, 400, 501)
    for group in (outer, inner):
        exchange = await bench.get(group.path)
        bench.expect_status(exchange, 200, why="also for groups in a circle")


@check(
    "R160",
    "R161",
    needs=_NEEDS,
    roles=EVERYBODY,
    means="A group that was unlinked and deleted comes back with the next import.",
)
async def delete_a_group(bench: Bench) -> None:
    """DELETE of a group answers 204; it is gone, and its members are not."""
    [person] = await bench.people(1)
    group = await bench.group(person)
    exchange = await bench.delete(group.path)
    bench.expect_status(exchange, 204)
    bench.expect_status(await bench.get(group.path), 404, row="R161")
    bench.expect_status(await bench.get(person.path), 200, why="the member being untouched")
