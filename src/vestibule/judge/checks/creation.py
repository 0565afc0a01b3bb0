"""What a POST must do, and what the server says of it afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, Topic, Untried, check

TOPIC = Topic(30, "Create")


@check(
    "R96",
    "R97",
    "W25",
    roles=EVERYBODY,
    means="Okta reads the id from the answer; without it the assignment fails with “returned empty user”, "
    "and the person exists twice after the next attempt.",
)
async def create(bench: Bench) -> None:
    """POST answers 201 with the resource and its id."""
    body = bench.specimens.user()
    exchange = await bench.post(bench.users, body)
    bench.expect_status(exchange, 201)
    document = exchange.document
    bench.expect(
        isinstance(document.get("id"), str) and bool(document.get("id")), exchange, "an id", row="W25"
    )
    bench.expect(
        document.get("userName") == body["userName"], exchange, f"userName {body['userName']}", row="R97"
    )


@check(
    "R96",
    after=("create",),
    means="A client that keeps addresses rather than ids loses what it created. Okta and Entra keep the id.",
)
async def create_says_where(bench: Bench) -> None:
    """The answer to a POST has a Location, absolute, and meta.location is equal to it."""
    exchange = await bench.post(bench.users, bench.specimens.user())
    bench.need(exchange, 201)
    location = exchange.header("location")
    bench.expect(bool(location), exchange, "a Location header", "none")
    shown = (exchange.document.get("meta") or {}).get("location")
    bench.expect(
        shown == location, exchange, "meta.location equal to Location", f"{shown!r} and {location!r}"
    )
    bench.expect("://" in location, exchange, "an absolute URI in Location", location)


@check(
    "R23",
    "R33",
    "R99",
    "R6",
    after=("create",),
    means="Clients that keep caches or compare times cannot.",
)
async def meta_is_set(bench: Bench) -> None:
    """A new resource has meta with resourceType, and created and lastModified as full dateTimes, both the same."""
    made = await bench.shared("plain")
    meta: dict[str, Any] = made.created.document.get("meta") or {}
    bench.expect(bool(meta), made.created, "meta", "none", row="R23")
    bench.expect(
        meta.get("resourceType") == "User", made.created, "meta.resourceType User", f"{meta!r}", row="R99"
    )
    for name in ("created", "lastModified"):
        value = meta.get(name)
        bench.expect(
            _is_instant(value), made.created, f"meta.{name} as a full dateTime", f"{value!r}", row="R6"
        )
    bench.expect(
        _instant(meta["created"]) == _instant(meta["lastModified"]),
        made.created,
        "meta.lastModified equal to meta.created until the first change",
        f"{meta['created']} and {meta['lastModified']}",
        row="R34",
    )


@check(
    "R82",
    "R100",
    roles=EVERYBODY,
    after=("create",),
    means="What a client was told is not what is there: it never learns the real state.",
)
async def read_back(bench: Bench) -> None:
    """GET by id answers 200 with the very resource that the POST showed."""
    made = await bench.shared("plain")
    exchange = await bench.get(made.path)
    bench.expect_status(exchange, 200)
    for name in ("id", "userName", "externalId", "name", "displayName", "active"):
        before, now = made.created.document.get(name), exchange.document.get(name)
        if before != now:
            bench.fault(
                (made.created, exchange), f"{name} as in the answer to the POST: {before!r}", f"{now!r}"
            )


@check(
    "R35",
    "R9",
    after=("create",),
    means="A client that keeps the location rather than the id loses the resource.",
)
async def location_leads_to_the_resource(bench: Bench) -> None:
    """meta.location is the address of the resource."""
    made = await bench.shared("plain")
    location = str((made.created.document.get("meta") or {}).get("location") or "")
    # RFC 7643 §2.3.7: what is relative is resolved against the base URL.
    path = urljoin(f"{bench.wire.base_url}/", location).removeprefix(bench.wire.base_url)
    if not location:
        raise Untried("there is no meta.location")
    bench.expect(path.startswith("/"), made.created, f"a location below {bench.wire.base_url}", location)
    exchange = await bench.get(path)
    bench.expect(
        exchange.document.get("id") == made.id, (made.created, exchange), "the resource at its location"
    )


@check(
    "R27",
    "R95",
    "R32",
    means="One client can take over or overwrite what belongs to another, or forge its history.",
)
async def read_only_is_ignored_on_create(bench: Bench) -> None:
    """id and meta in a POST are ignored."""
    chosen, forged = bench.wire.ledger.invent(), "2001-01-01T00:00:00Z"
    body = bench.specimens.user(
        id=chosen, meta={"created": forged, "resourceType": "Group", "version": 'W/"99"'}
    )
    exchange = await bench.post(bench.users, body)
    bench.expect_status(exchange, 201, why="the read-only values being passed over")
    bench.expect(exchange.document.get("id") != chosen, exchange, "an id of the server's own", chosen)
    meta = exchange.document.get("meta") or {}
    bench.expect(
        not str(meta.get("created")).startswith("2001"),
        exchange,
        "meta.created of the server's own",
        row="R32",
    )
    bench.expect(
        meta.get("resourceType") == "User", exchange, "meta.resourceType User", f"{meta!r}", row="R32"
    )


@check(
    "R98",
    "R38",
    roles=EVERYBODY,
    after=("create",),
    means="Two accounts for one person, or an error that Okta and Entra cannot explain to the administrator.",
)
async def duplicate_is_refused(bench: Bench) -> None:
    """A second POST of a userName, in any letter case, is refused with 409 and scimType uniqueness."""
    made = await bench.shared("plain")
    name = str(made.sent["userName"])
    for spelling in (name, name.upper()):
        exchange = await bench.post(bench.users, bench.specimens.user(userName=spelling))
        bench.expect(exchange.status == 409, exchange, "status 409", row="R98" if spelling == name else "R38")
        if exchange.scim_type != "uniqueness":
            bench.fault(exchange, "scimType uniqueness", f"scimType {exchange.scim_type or 'missing'}", "R98")
            return


@check(
    "R37",
    means="People without a name arrive, whom no lookup finds again.",
)
async def user_name_is_needed(bench: Bench) -> None:
    """A POST without userName, or with an empty one, is refused with 400."""
    body = bench.specimens.user()
    del body["userName"]
    for attempt in (body, {**body, "userName": ""}):
        exchange = await bench.post(bench.users, attempt)
        if exchange.status != 400:
            bench.fault(exchange, "status 400 invalidValue")


@check(
    "R21",
    means="A resource of an unclear kind is kept.",
)
async def base_schema_is_needed(bench: Bench) -> None:
    """A resource whose schemas do not name the base schema is refused, or shown with it."""
    body = {
        **bench.specimens.user(),
        "schemas": ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
    }
    exchange = await bench.post(bench.users, body)
    urns = [str(urn).lower() for urn in exchange.document.get("schemas") or ()]
    repaired = exchange.status == 201 and bench.kind("User").urn.lower() in urns
    bench.expect(repaired or exchange.status == 400, exchange, "status 400, or the base schema added")


@check(
    "R2",
    means="Attributes from a client that spells them differently are lost or doubled.",
)
async def attribute_names_in_any_case(bench: Bench) -> None:
    """Attribute names are understood in any letter case."""
    bench.declared("displayName")
    body = bench.specimens.user()
    body["USERNAME"], body["DisplayName"] = body.pop("userName"), body.pop("displayName")
    exchange = await bench.post(bench.users, body)
    bench.expect_status(exchange, 201)
    shown = await bench.resource(await bench.made(exchange))
    bench.expect(shown.get("userName") == body["USERNAME"], exchange, f"userName {body['USERNAME']}")
    bench.expect(
        shown.get("displayName") == body["DisplayName"], exchange, f"displayName {body['DisplayName']}"
    )
    bench.expect(
        "USERNAME" not in shown and "DisplayName" not in shown, exchange, "one key for each attribute"
    )


@check(
    "R30",
    means="A client finds an externalId that it never gave, and takes the person for another's.",
)
async def external_id_is_not_invented(bench: Bench) -> None:
    """Without an externalId in the POST none is shown."""
    made = await bench.user(externalId=None)
    shown = await bench.get(made.path)
    bench.expect(
        not shown.document.get("externalId"), shown, "no externalId", f"{shown.document.get('externalId')!r}"
    )


def _is_instant(value: object) -> bool:
    return isinstance(value, str) and "T" in value and _instant(value) is not None


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
