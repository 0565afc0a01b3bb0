"""PUT: the whole resource, in the client's words."""

from __future__ import annotations

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, Role, Topic, Untried, check

TOPIC = Topic(40, "PUT")


@check(
    "R134",
    "R131",
    "R139",
    roles=(Role.RFC, Role.OKTA),
    means="Apps made with Okta's wizard change people by PUT alone: nothing they send arrives.",
)
async def put_replaces(bench: Bench) -> None:
    """PUT replaces the values given, arrays as a whole, and answers 200 with the resource."""
    bench.declared("emails", "displayName")
    made = await bench.user()
    address = f"{bench.specimens.name()}@example.com"
    body = {
        **made.sent,
        "id": made.id,
        "displayName": "Renamed",
        "emails": [{"value": address, "type": "work", "primary": True}],
    }
    exchange = await bench.put(made.path, body)
    bench.expect_status(exchange, 200, row="R139" if exchange.status == 204 else "R131")
    shown = await bench.get(made.path)
    for answer in (exchange, shown):
        document = answer.document
        bench.expect(document.get("displayName") == "Renamed", answer, "displayName Renamed")
        values = [one.get("value") for one in document.get("emails") or ()]
        bench.expect(values == [address], answer, f"emails with {address} alone", f"{values!r}")


@check(
    "R133",
    means="A late update revives a person who was deleted, under an id of the client's choice.",
)
async def put_never_creates(bench: Bench) -> None:
    """PUT to an unknown id is 404."""
    exchange = await bench.put(f"{bench.users}/{bench.wire.ledger.invent()}", bench.specimens.user())
    bench.expect_status(exchange, 404)


@check(
    "R137",
    "R32",
    roles=(Role.RFC, Role.OKTA),
    means="Okta sends back what it was shown, read-only values included: each profile push fails.",
)
async def put_ignores_read_only(bench: Bench) -> None:
    """Read-only values in a PUT are passed over: id, meta and groups."""
    made = await bench.user()
    body = {
        **made.sent,
        "id": bench.wire.ledger.invent(),
        "meta": {"created": "2001-01-01T00:00:00Z", "resourceType": "Group"},
        "groups": [{"value": bench.wire.ledger.invent()}],
    }
    exchange = await bench.put(made.path, body)
    bench.expect_status(exchange, 200)
    shown = await bench.resource(made)
    bench.expect(shown.get("id") == made.id, exchange, "the id unchanged", f"{shown.get('id')!r}")
    bench.expect(not shown.get("groups"), exchange, "no groups", f"{shown.get('groups')!r}")
    created = (shown.get("meta") or {}).get("created")
    bench.expect(
        not str(created).startswith("2001"), exchange, "meta.created unchanged", f"{created!r}", row="R32"
    )


@check(
    "R138",
    means="A PUT with a mapping gone wrong leaves a person without a name.",
)
async def put_needs_what_is_required(bench: Bench) -> None:
    """PUT without userName is refused with 400."""
    made = await bench.user()
    body = {key: value for key, value in made.sent.items() if key != "userName"}
    exchange = await bench.put(made.path, body)
    bench.expect_status(exchange, 400)


@check(
    "R98",
    "R139",
    roles=EVERYBODY,
    means="Two people end with one name, and the lookup finds the wrong one.",
)
async def put_respects_uniqueness(bench: Bench) -> None:
    """PUT that takes another person's userName is refused with 409."""
    other, made = await bench.shared("plain"), await bench.user()
    exchange = await bench.put(made.path, {**made.sent, "id": made.id, "userName": other.sent["userName"]})
    bench.expect_status(exchange, 409)
    shown = await bench.resource(made)
    bench.expect(shown.get("userName") == made.sent["userName"], exchange, "the userName unchanged")


@check(
    "R34",
    means="Clients that compare times read every resource anew, or miss the change.",
)
async def change_moves_last_modified(bench: Bench) -> None:
    """A change moves meta.lastModified, and leaves meta.created."""
    bench.declared("active")
    made = await bench.user()
    shown = await bench.resource(made)
    before = shown.get("meta") or {}
    await bench.pause(1.1)
    exchange = await bench.put(made.path, {**made.sent, "id": made.id, "active": False})
    bench.need(exchange, 200)
    now = await bench.resource(made)
    if now.get("active") == shown.get("active") or not before.get("lastModified"):
        raise Untried("the PUT changed nothing, or there is no meta.lastModified")
    after = now.get("meta") or {}
    bench.expect(
        after.get("lastModified") != before.get("lastModified"),
        exchange,
        "a later meta.lastModified",
        f"{after!r}",
    )
    bench.expect(
        after.get("created") == before.get("created"),
        exchange,
        "meta.created unchanged",
        f"{after!r}",
        row="R33",
    )
