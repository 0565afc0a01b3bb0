"""PATCH: add, remove and replace, in order, and whole or not at all."""

from __future__ import annotations

from typing import Any

from vestibule.judge.bench import ENTERPRISE, Bench, Made
from vestibule.judge.check import EVERYBODY, NotOffered, Topic, check
from vestibule.judge.exchange import Exchange

TOPIC = Topic(50, "PATCH")

_NEEDS = ("patch",)
_AFTER = ("patch_is_offered",)


def _email(bench: Bench, type: str, *, primary: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"value": f"{bench.specimens.name()}@example.com", "type": type}
    return {**found, "primary": True} if primary else found


async def _two_addresses(bench: Bench) -> Made:
    bench.declared("emails.type")
    return await bench.user(emails=[_email(bench, "work", primary=True), _email(bench, "home")])


async def _patched(bench: Bench, made: Made, *operations: dict[str, Any]) -> tuple[Exchange, dict[str, Any]]:
    """The answer to a PATCH that must succeed, and the resource as it is then."""
    exchange = await bench.patch(made.path, *operations)
    bench.expect_status(exchange, 200, 204)
    return exchange, await bench.resource(made)


async def _patched_without_path(
    bench: Bench, made: Made, operation: dict[str, Any]
) -> tuple[Exchange, dict[str, Any]]:
    """As ``_patched``. Raises NotOffered where the server keeps to the interoperability draft (K44).

    The draft demands a path and refuses unknown attributes; only a server that does both keeps to it.
    """
    exchange = await bench.patch(made.path, operation)
    if exchange.status == 400 and exchange.scim_type in ("invalidPath", "invalidSyntax", "noTarget"):
        unknown = await bench.post(bench.users, bench.specimens.user(vestibuleCheckUnknown="x"))
        if unknown.status == 400:
            raise NotOffered("the server keeps to the interoperability draft, which demands a path (K44)")
    bench.expect_status(exchange, 200, 204)
    return exchange, await bench.resource(made)


def _values(document: dict[str, Any], type: str = "") -> list[Any]:
    return [one.get("value") for one in document.get("emails") or () if not type or one.get("type") == type]


@check(
    "R132",
    "R60",
    roles=EVERYBODY,
    means="Entra sends every change by PATCH, and Okta's catalogue apps every deactivation.",
)
async def patch_is_offered(bench: Bench) -> None:
    """PATCH is supported, and works where the configuration says so."""
    said = bench.server.offers("patch")
    bench.expect(said, bench.server.configuration, "patch.supported true", row="R132")
    made = await bench.user()
    exchange = await bench.patch(made.path, {"op": "replace", "path": "active", "value": False})
    bench.expect(exchange.status not in (404, 405, 501), exchange, "PATCH to work, as advertised", row="R60")


@check(
    "R149",
    needs=_NEEDS,
    after=_AFTER,
    roles=EVERYBODY,
    means="Clients cannot tell whether the change was made.",
)
async def patch_answers_with_the_resource(bench: Bench) -> None:
    """A PATCH that succeeds is answered 200 with the whole resource, or 204 without body."""
    bench.declared("displayName")
    made = await bench.user()
    exchange = await bench.patch(made.path, {"op": "replace", "path": "displayName", "value": "Patched"})
    bench.expect_status(exchange, 200, 204)
    if exchange.status == 200:
        document = exchange.document
        bench.expect(document.get("id") == made.id, exchange, "the whole resource")
        bench.expect(document.get("displayName") == "Patched", exchange, "the resource as it is now")
    else:
        bench.expect(not exchange.body, exchange, "no body with 204")
    shown = await bench.get(made.path)
    bench.expect(
        shown.document.get("displayName") == "Patched",
        (exchange, shown),
        "displayName Patched in a GET",
        row="R82",
    )


@check(
    "R149",
    needs=_NEEDS,
    after=_AFTER,
    means="A client that asked for the result does not get it.",
)
async def patch_with_attributes_answers_200(bench: Bench) -> None:
    """With attributes in the query the answer to a PATCH is 200."""
    bench.declared("displayName")
    made = await bench.user()
    operation = {"op": "replace", "path": "displayName", "value": "Asked"}
    exchange = await bench.patch(f"{made.path}?attributes=displayName", operation)
    bench.expect_status(exchange, 200)


@check(
    "R150",
    needs=_NEEDS,
    after=_AFTER,
    means="Values that a client adds in one object do not arrive.",
)
async def add_without_path(bench: Bench) -> None:
    """add without path merges the object into the resource."""
    bench.declared("nickName", "title")
    made = await bench.user()
    exchange, shown = await _patched_without_path(
        bench, made, {"op": "add", "value": {"nickName": "Rob", "title": "Engineer"}}
    )
    bench.expect(
        shown.get("nickName") == "Rob" and shown.get("title") == "Engineer",
        exchange,
        "both values",
        f"{shown!r}"[:300],
    )
    bench.expect(shown.get("userName") == made.sent["userName"], exchange, "everything else as it was")


@check(
    "R155",
    needs=_NEEDS,
    after=_AFTER,
    means="Okta's catalogue apps deactivate in just this form: leavers keep their access.",
)
async def replace_without_path(bench: Bench) -> None:
    """replace without path takes an object of attributes."""
    bench.declared("active")
    made = await bench.user()
    exchange, shown = await _patched_without_path(bench, made, {"op": "replace", "value": {"active": False}})
    bench.expect(shown.get("active") is False, exchange, "active false", f"{shown.get('active')!r}")


@check(
    "R151",
    needs=_NEEDS,
    after=_AFTER,
    means="Values that were there are lost, or the new one is.",
)
async def add_by_kind_of_attribute(bench: Bench) -> None:
    """add appends to an array, replaces a single value, and merges into a complex one."""
    bench.declared("emails.type", "displayName", "name.givenName")
    made, added = await bench.user(), _email(bench, "home")
    exchange, shown = await _patched(
        bench,
        made,
        {"op": "add", "path": "emails", "value": [added]},
        {"op": "add", "path": "displayName", "value": "Added"},
        {"op": "add", "path": "name", "value": {"givenName": "Added"}},
    )
    first = made.sent["emails"][0]["value"]
    bench.expect(
        set(_values(shown)) == {first, added["value"]}, exchange, "both addresses", f"{_values(shown)!r}"
    )
    bench.expect(shown.get("displayName") == "Added", exchange, "displayName Added")
    name = shown.get("name") or {}
    bench.expect(name.get("givenName") == "Added", exchange, "name.givenName Added", f"{name!r}")
    bench.expect(name.get("familyName") == "Vale", exchange, "name.familyName as it was", f"{name!r}")


@check(
    "R152",
    needs=_NEEDS,
    after=_AFTER,
    means="Every retry counts as a change: caches empty, events repeat, members double.",
)
async def add_of_what_is_there(bench: Bench) -> None:
    """add of a value that is there succeeds, changes nothing and leaves meta.lastModified."""
    made = await _two_addresses(bench)
    before = await bench.resource(made)
    await bench.pause(1.1)
    exchange, after = await _patched(
        bench, made, {"op": "add", "path": "emails", "value": [before["emails"][0]]}
    )
    bench.expect(
        len(_values(after)) == len(_values(before)), exchange, "the address once", f"{_values(after)!r}"
    )
    moved = (after.get("meta") or {}).get("lastModified")
    same = moved == (before.get("meta") or {}).get("lastModified")
    bench.expect(same, exchange, "meta.lastModified as before", f"{moved!r}")


@check(
    "R153",
    needs=_NEEDS,
    after=_AFTER,
    means="What was to be taken away stays, or more goes than was asked for.",
)
async def remove_takes_away(bench: Bench) -> None:
    """remove unassigns a single value, all of an array, or the values that a filter names."""
    bench.declared("nickName")
    made = await _two_addresses(bench)
    await bench.patch(made.path, {"op": "add", "path": "nickName", "value": "Rob"})
    exchange, shown = await _patched(
        bench, made, {"op": "remove", "path": "nickName"}, {"op": "remove", "path": 'emails[type eq "home"]'}
    )
    bench.expect(not shown.get("nickName"), exchange, "no nickName", f"{shown.get('nickName')!r}")
    bench.expect(
        _values(shown) == [made.sent["emails"][0]["value"]],
        exchange,
        "the work address alone",
        f"{_values(shown)!r}",
    )
    exchange, shown = await _patched(bench, made, {"op": "remove", "path": "emails"})
    bench.expect(not _values(shown), exchange, "no address", f"{_values(shown)!r}")


@check(
    "R156",
    needs=_NEEDS,
    after=_AFTER,
    roles=EVERYBODY,
    means="The first value of an attribute never arrives: Entra and Okta send replace for both.",
)
async def replace_of_what_is_missing(bench: Bench) -> None:
    """replace of an attribute that has no value sets it."""
    bench.declared("nickName")
    made = await bench.user()
    exchange, shown = await _patched(bench, made, {"op": "replace", "path": "nickName", "value": "Rob"})
    bench.expect(shown.get("nickName") == "Rob", exchange, "nickName Rob", f"{shown.get('nickName')!r}")


@check(
    "R157",
    needs=_NEEDS,
    after=_AFTER,
    means="A new first name erases the family name.",
)
async def replace_of_a_part(bench: Bench) -> None:
    """replace of a complex attribute changes the sub-attributes given and keeps the others."""
    bench.declared("name.givenName")
    made = await bench.user()
    exchange, shown = await _patched(
        bench, made, {"op": "replace", "path": "name", "value": {"givenName": "Magda"}}
    )
    name = shown.get("name") or {}
    bench.expect(name.get("givenName") == "Magda", exchange, "givenName Magda", f"{name!r}")
    bench.expect(name.get("familyName") == "Vale", exchange, "familyName as it was", f"{name!r}")


@check(
    "R158",
    needs=_NEEDS,
    after=_AFTER,
    means="Addresses that should have gone stay, or those that should have stayed go.",
)
async def replace_of_arrays(bench: Bench) -> None:
    """replace of an array replaces all of it; with a filter the matches; with a sub-attribute only that."""
    made = await _two_addresses(bench)
    work, home = (one["value"] for one in made.sent["emails"])
    new = _email(bench, "home")["value"]
    exchange, shown = await _patched(
        bench, made, {"op": "replace", "path": 'emails[type eq "home"].value', "value": new}
    )
    bench.expect(_values(shown, "home") == [new], exchange, f"home address {new}", f"{shown.get('emails')!r}")
    bench.expect(
        _values(shown, "work") == [work], exchange, "the work address as it was", f"{shown.get('emails')!r}"
    )
    other = {"value": home, "type": "other"}
    exchange, shown = await _patched(
        bench, made, {"op": "replace", "path": 'emails[type eq "home"]', "value": other}
    )
    bench.expect(
        _values(shown, "other") == [home], exchange, "the match replaced", f"{shown.get('emails')!r}"
    )
    bench.expect(not _values(shown, "home"), exchange, "no home address any more", f"{shown.get('emails')!r}")
    exchange, shown = await _patched(
        bench, made, {"op": "replace", "path": "emails", "value": [_email(bench, "work")]}
    )
    bench.expect(len(_values(shown)) == 1, exchange, "one address", f"{_values(shown)!r}")


@check(
    "R145",
    needs=_NEEDS,
    after=_AFTER,
    means="Department, manager and cost centre do not arrive: Entra sends them by qualified path.",
)
async def extension_by_path(bench: Bench) -> None:
    """A qualified path into an extension sets its value and adds its URN to schemas; the last one gone, so is the URN."""
    bench.enterprise("department")
    made = await bench.user()
    path = f"{ENTERPRISE}:department"
    exchange, shown = await _patched(bench, made, {"op": "add", "path": path, "value": "Check"})
    there = shown.get(ENTERPRISE) or {}
    bench.expect(there.get("department") == "Check", exchange, "the department under its URN", f"{there!r}")
    bench.expect(
        ENTERPRISE in (shown.get("schemas") or ()),
        exchange,
        "the URN in schemas",
        f"{shown.get('schemas')!r}",
    )
    exchange, shown = await _patched(bench, made, {"op": "remove", "path": path})
    bench.expect(not (shown.get(ENTERPRISE) or {}).get("department"), exchange, "no department")


@check(
    "R146",
    needs=_NEEDS,
    after=_AFTER,
    means="The result of one request depends on the server's mood.",
)
async def operations_in_order(bench: Bench) -> None:
    """Operations apply in their order, each on the result of the one before."""
    bench.declared("nickName", "title")
    made = await bench.user()
    exchange, shown = await _patched(
        bench,
        made,
        {"op": "add", "path": "nickName", "value": "first"},
        {"op": "replace", "path": "nickName", "value": "second"},
        {"op": "add", "path": "title", "value": "gone"},
        {"op": "remove", "path": "title"},
    )
    bench.expect(shown.get("nickName") == "second", exchange, "nickName second", f"{shown.get('nickName')!r}")
    bench.expect(not shown.get("title"), exchange, "no title", f"{shown.get('title')!r}")


@check(
    "R147",
    needs=_NEEDS,
    after=_AFTER,
    means="Okta's import reads the primary address, and finds two.",
)
async def a_new_primary_takes_over(bench: Bench) -> None:
    """Setting primary true on one value sets it to false on the others."""
    bench.declared("emails.primary")
    made = await _two_addresses(bench)
    exchange, shown = await _patched(
        bench, made, {"op": "replace", "path": 'emails[type eq "home"].primary', "value": True}
    )
    primaries = [one.get("type") for one in shown.get("emails") or () if one.get("primary") is True]
    bench.expect(
        primaries == ["home"], exchange, "the home address as the only primary one", f"{primaries!r}"
    )
