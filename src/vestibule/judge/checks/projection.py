"""attributes and excludedAttributes."""

from __future__ import annotations

from vestibule.judge.bench import ENTERPRISE, Bench
from vestibule.judge.check import EVERYBODY, Topic, check

TOPIC = Topic(90, "What is shown")

_ALWAYS = {"id", "schemas"}
#: meta is "default" in RFC 7643 and shown by many in any case; it harms nobody.
_PASSED_OVER = {"meta"}


@check(
    "R127",
    "R71",
    means="A client that asks for little reads everything, or lacks the id it needs.",
)
async def only_what_is_asked_for(bench: Bench) -> None:
    """attributes gives the named ones, sub-attributes alone where these are named, and id and schemas always."""
    bench.declared("emails.type")
    made = await bench.shared("plain")
    for path in (made.path, f"{bench.users}"):
        query = {"filter": f'userName eq "{made.sent["userName"]}"'} if path == bench.users else {}
        exchange = bench.need(await bench.get(path, attributes="userName,emails.value", **query), 200)
        shown = exchange.resources[0] if exchange.is_list and exchange.resources else exchange.document
        bench.expect(set(shown) >= _ALWAYS, exchange, "id and schemas", f"{sorted(shown)}", row="R71")
        more = set(shown) - _ALWAYS - _PASSED_OVER - {"userName", "emails"}
        bench.expect(not more, exchange, "userName and emails alone", f"also {', '.join(sorted(more))}")
        bench.expect("userName" in shown, exchange, "userName", f"{sorted(shown)}")
        parts = {key for one in shown.get("emails") or () for key in one}
        bench.expect(parts == {"value"}, exchange, "value alone in emails", f"{sorted(parts)}")


@check(
    "R128",
    "R71",
    means="Entra reads groups with excludedAttributes=members: each time it gets every member of every group.",
)
async def all_but_what_is_left_out(bench: Bench) -> None:
    """excludedAttributes leaves the named ones out, and never the id."""
    bench.declared("name")
    made = await bench.shared("plain")
    exchange = bench.need(await bench.get(made.path, excludedAttributes="name,id"), 200)
    bench.expect("name" not in exchange.document, exchange, "no name")
    bench.expect(exchange.document.get("id") == made.id, exchange, "the id all the same", row="R71")
    bench.expect("userName" in exchange.document, exchange, "everything else")


@check(
    "R128",
    "K25",
    needs=("Group",),
    roles=EVERYBODY,
    means="Entra and Okta read groups so: with 50,000 members each lookup is megabytes.",
)
async def groups_without_members(bench: Bench) -> None:
    """excludedAttributes=members shows a group without its members, by id and in lists."""
    group = await bench.group(await bench.shared("plain"))
    one = bench.need(await bench.get(group.path, excludedAttributes="members"), 200)
    bench.expect(
        "members" not in one.document and one.document.get("id") == group.id, one, "the group without members"
    )
    expression = f'displayName eq "{group.sent["displayName"]}"'
    listed = bench.need(await bench.get(bench.groups, excludedAttributes="members", filter=expression), 200)
    bench.expect(all("members" not in found for found in listed.resources), listed, "groups without members")


@check(
    "R92",
    "R126",
    means="A client that spells the attribute differently, or with its URN, gets nothing.",
)
async def names_in_any_spelling(bench: Bench) -> None:
    """Names in attributes are read in any letter case, with or without their URN."""
    made = await bench.shared("plain")
    urn = bench.kind("User").urn
    for spelling in ("USERNAME", f"{urn}:userName"):
        exchange = bench.need(await bench.get(made.path, attributes=spelling), 200)
        shown = exchange.document.get("userName")
        bench.expect(
            shown == made.sent["userName"],
            exchange,
            f"userName for attributes={spelling}",
            f"{sorted(exchange.document)}",
        )


@check(
    "R127",
    "R92",
    means="A client cannot ask for the department alone.",
)
async def extensions_by_name(bench: Bench) -> None:
    """An attribute of an extension is asked for by its qualified name."""
    bench.enterprise("department", "division")
    made = await bench.user(**{ENTERPRISE: {"department": "Check", "division": "North"}})
    exchange = bench.need(await bench.get(made.path, attributes=f"{ENTERPRISE}:department"), 200)
    bench.expect(
        exchange.document.get(ENTERPRISE) == {"department": "Check"}, exchange, "the department alone"
    )
    bench.expect("userName" not in exchange.document, exchange, "nothing else")


@check(
    "R126",
    means="A client that asks a write for a short answer gets the long one.",
)
async def writes_are_projected_too(bench: Bench) -> None:
    """attributes applies to the answers to POST and PUT as well."""
    bench.declared("displayName")
    created = await bench.post(f"{bench.users}?attributes=userName", bench.specimens.user())
    bench.need(created, 201)
    made = await bench.made(created)
    body = {**bench.specimens.user(userName=made.sent["userName"]), "id": made.id}
    for exchange in (created, await bench.put(f"{made.path}?attributes=userName", body)):
        bench.need(exchange, 200, 201)
        bench.expect("displayName" not in exchange.document, exchange, "userName alone")
        bench.expect("userName" in exchange.document, exchange, "userName")
