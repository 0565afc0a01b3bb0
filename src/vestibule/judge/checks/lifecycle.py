"""How values are kept, and how people leave."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, NotOffered, Role, Topic, check

TOPIC = Topic(35, "Keep and delete")


@check(
    "R14",
    means="Clients that read the primary address (Okta's import does) take either.",
)
async def one_primary_at_most(bench: Bench) -> None:
    """Of two values with primary true one is kept as such at most, or the POST is refused."""
    bench.declared("emails.primary")
    name = bench.specimens.name()
    emails = [
        {"value": f"{name}-{kind}@example.com", "type": kind, "primary": True} for kind in ("work", "home")
    ]
    exchange = await bench.post(bench.users, bench.specimens.user(emails=emails))
    if exchange.status == 400:
        return
    bench.expect_status(exchange, 201, 400)
    shown = await bench.get((await bench.made(exchange)).path)
    primaries = [one for one in shown.document.get("emails") or () if one.get("primary") is True]
    bench.expect(
        len(primaries) <= 1, (exchange, shown), "one value with primary true", f"{len(primaries)} of them"
    )


@check(
    "R16",
    means="Okta's import rejects repeated pairs of type and value.",
)
async def no_value_twice(bench: Bench) -> None:
    """The same pair of type and value is not shown twice."""
    bench.declared("emails.type")
    address = f"{bench.specimens.name()}@example.com"
    twice = [{"value": address, "type": "work"}, {"value": address, "type": "work"}]
    exchange = await bench.post(bench.users, bench.specimens.user(emails=twice))
    if exchange.status == 400:
        return
    shown = exchange.document.get("emails") or ()
    bench.expect(len(shown) <= 1, exchange, "the address once", f"{len(shown)} times")


@check(
    "R49",
    roles=(Role.RFC, Role.OKTA),
    means="Okta's import reads emails as an array and finds no address.",
)
async def arrays_stay_arrays(bench: Bench) -> None:
    """emails is shown as an array of objects, also for a single value."""
    bench.declared("emails")
    made = await bench.shared("plain")
    shown = await bench.get(made.path)
    emails = shown.document.get("emails")
    fine = isinstance(emails, list) and bool(emails) and all(isinstance(one, dict) for one in emails)
    bench.expect(fine, shown, "emails as an array of objects", f"{emails!r}")


@check(
    "R4",
    means="A client reads the text “false” as true: who left is shown as active, or two addresses as the first one.",
)
async def booleans_are_booleans(bench: Bench) -> None:
    """active, and primary of emails, are shown as true or false."""
    bench.declared("active", "emails.primary")
    exchange = await bench.get((await bench.shared("plain")).path)
    bench.need(exchange, 200)
    shown = [("active", exchange.document.get("active"))]
    shown += [
        ("primary", one["primary"]) for one in exchange.document.get("emails") or () if "primary" in one
    ]
    for name, value in shown:
        bench.expect(value is None or isinstance(value, bool), exchange, f"{name} as a boolean", f"{value!r}")


@check(
    "R17",
    means="An attribute that was cleared is still there for a filter or a client, or a harmless null is an error.",
)
async def nothing_in_three_spellings(bench: Bench) -> None:
    """null, an empty array and no mention at all come to the same on create."""
    bench.declared("nickName", "phoneNumbers")
    nothing: tuple[dict[str, Any], ...] = ({}, {"nickName": None, "phoneNumbers": None}, {"phoneNumbers": []})
    for attributes in nothing:
        body = bench.specimens.user() | attributes
        exchange = await bench.post(bench.users, body)
        bench.expect_status(exchange, 201)
        document = (await bench.get((await bench.made(exchange)).path)).document
        left = [name for name in ("nickName", "phoneNumbers") if document.get(name)]
        bench.expect(not left, exchange, "neither nickName nor phoneNumbers", f"{left!r}")


@check(
    "R41",
    "R70",
    roles=EVERYBODY,
    means="Everybody who can read the directory, and every log on the way, sees passwords.",
)
async def password_never_comes_back(bench: Bench) -> None:
    """A password is not shown, whatever is asked for."""
    secret = f"{bench.prefix}-Secret-7!"
    bench.watch.secret = secret
    exchange = await bench.post(bench.users, bench.specimens.user(password=secret))
    bench.need(exchange, 201)
    made = await bench.made(exchange)
    await bench.get(made.path)
    asked = await bench.get(made.path, attributes="userName,password")
    if "password" in asked.document:
        bench.fault(asked, "no password, whatever attributes asks for", "the attribute is shown", "R70")
    seen = bench.watch.seen.get("secret")
    if seen:
        bench.fault(seen.example, "the password in no answer", seen.got)


@check(
    "R88",
    roles=EVERYBODY,
    means="People whose names are not written in Latin letters are garbled or refused.",
)
async def every_script_survives(bench: Bench) -> None:
    """Names in any script, emoji included, come back as they were sent."""
    bench.declared("name.familyName")
    name = {"givenName": "花子 👩‍🔧", "familyName": "Zoë الشمري 𝔘"}
    exchange = await bench.post(bench.users, bench.specimens.user(name=name))
    bench.expect_status(exchange, 201)
    shown = (await bench.get((await bench.made(exchange)).path)).document.get("name") or {}
    for key, value in name.items():
        bench.expect(shown.get(key) == value, exchange, f"name.{key} {value}", f"{shown.get(key)!r}")


@check(
    "R29",
    after=("read_back",),
    means="Two ids that differ in letter case alone are taken for one.",
)
async def ids_are_case_exact(bench: Bench) -> None:
    """The id in another letter case is not found."""
    made = await bench.shared("plain")
    other = made.id.swapcase()
    if other == made.id:
        raise NotOffered("ids here have no letters")
    exchange = await bench.get(f"{bench.users}/{quote(other, safe='')}")
    bench.expect_status(exchange, 404)


@check(
    "R40",
    roles=EVERYBODY,
    means="A deactivated person looks deleted: Okta's CRUD suite fails, and reactivation makes a second account.",
)
async def inactive_people_stay_readable(bench: Bench) -> None:
    """Who is created with active false is shown with it, by id and by filter."""
    bench.declared("active")
    made = await bench.user(active=False)
    shown = await bench.get(made.path)
    bench.expect_status(shown, 200)
    bench.expect(
        shown.document.get("active") is False, shown, "active false", f"{shown.document.get('active')!r}"
    )
    if bench.server.offers("filter"):
        found = await bench.get(bench.users, filter=f'userName eq "{made.sent["userName"]}"')
        bench.expect(made.id in found.ids, found, "the inactive person in the list")


@check(
    "R100",
    roles=EVERYBODY,
    means="Clients cannot tell “gone” from “broken”, and neither unlink nor create again.",
)
async def unknown_id_is_not_found(bench: Bench) -> None:
    """GET of an unknown id is 404."""
    exchange = await bench.get(f"{bench.users}/{bench.wire.ledger.invent()}")
    bench.expect_status(exchange, 404)


@check(
    "R160",
    "R161",
    "R162",
    roles=EVERYBODY,
    after=("create",),
    means="People who left stay, or every retry of the deletion is an error to the client.",
)
async def delete(bench: Bench) -> None:
    """DELETE answers 204 without body; afterwards GET, PUT, PATCH and DELETE are 404, and no list shows it."""
    made = await bench.user()
    first = await bench.delete(made.path)
    bench.expect_status(first, 204, row="R160")
    bench.expect(not first.body, first, "no body", row="R160")
    body = {**made.sent, "id": made.id}
    later = [await bench.get(made.path), await bench.put(made.path, body), await bench.delete(made.path)]
    if bench.server.offers("patch"):
        later.append(await bench.patch(made.path, {"op": "replace", "path": "active", "value": False}))
    for exchange in later:
        if exchange.status != 404:
            bench.fault((first, exchange), "status 404", row="R161")
    if bench.server.offers("filter"):
        found = await bench.get(bench.users, filter=f'userName eq "{made.sent["userName"]}"')
        if made.id in found.ids:
            bench.fault((first, found), "a list without the deleted person", row="R162")


@check(
    "R163",
    "R26",
    after=("delete",),
    means="A person who comes back cannot be created, or inherits a stranger's account.",
)
async def a_deleted_name_is_free(bench: Bench) -> None:
    """After a DELETE the userName can be created again, and gets another id."""
    made = await bench.user()
    bench.need(await bench.delete(made.path), 204)
    exchange = await bench.post(bench.users, dict(made.sent))
    bench.expect_status(exchange, 201)
    again = exchange.document.get("id")
    bench.expect(again != made.id, (made.created, exchange), "an id that nobody had", f"{again!r}", row="R26")
