"""What a PATCH must not do, and that one with a fault changes nothing."""

from __future__ import annotations

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, Topic, check

TOPIC = Topic(55, "PATCH refused")

_NEEDS = ("patch",)
_AFTER = ("patch_is_offered",)


@check(
    "R154",
    "R144",
    needs=_NEEDS,
    after=_AFTER,
    means="A mapping gone wrong takes people's names away, or forges what only the server may say.",
)
async def what_must_not_be_removed(bench: Bench) -> None:
    """Removing a required attribute, or changing a read-only one, is refused with 400 mutability and changes nothing."""
    made = await bench.user()
    for operation in (
        {"op": "remove", "path": "userName"},
        {"op": "replace", "path": "id", "value": bench.wire.ledger.invent()},
        {"op": "replace", "path": "meta.created", "value": "2001-01-01T00:00:00Z"},
    ):
        exchange = await bench.patch(made.path, operation)
        row = "R154" if operation["op"] == "remove" else "R144"
        if exchange.status != 400 or exchange.scim_type != "mutability":
            bench.fault(exchange, "status 400 with scimType mutability", row=row)
    shown = await bench.get(made.path)
    kept = shown.document.get("userName") == made.sent["userName"]
    bench.expect(kept, shown, "the resource unchanged", row="R148")


@check(
    "R142",
    needs=_NEEDS,
    after=_AFTER,
    means="A client whose path got lost empties the resource, or is told nothing.",
)
async def remove_needs_a_path(bench: Bench) -> None:
    """remove without path is refused with 400 noTarget."""
    made = await bench.user()
    exchange = await bench.patch(made.path, {"op": "remove"})
    bench.expect_refusal(exchange, "noTarget")


@check(
    "R141",
    needs=_NEEDS,
    after=_AFTER,
    means="A client with a fault is told that all is well, and goes on.",
)
async def operations_are_checked(bench: Bench) -> None:
    """No operation at all, or one whose op is missing or unknown, is refused with 400."""
    made = await bench.user()
    for operations in (
        [],
        [{"path": "active", "value": False}],
        [{"op": "move", "path": "active", "value": False}],
    ):
        exchange = await bench.patch(made.path, *operations)
        if exchange.status != 400:
            bench.fault(exchange, "status 400 invalidSyntax")


@check(
    "R143",
    needs=_NEEDS,
    after=_AFTER,
    means="A typing error in a mapping is taken for success.",
)
async def paths_are_checked(bench: Bench) -> None:
    """A path that does not parse is refused with 400 invalidPath."""
    made = await bench.user()
    for path in ('emails[type eq "work"', "emails[].value", "name..givenName", "emails[type eq]"):
        exchange = await bench.patch(made.path, {"op": "replace", "path": path, "value": "x"})
        if exchange.status != 400:
            bench.fault(exchange, "status 400 invalidPath", f"{exchange.in_short()} for the path {path}")
        elif exchange.scim_type not in ("invalidPath", "invalidFilter"):
            bench.fault(
                exchange, "scimType invalidPath", f"scimType {exchange.scim_type or 'missing'} for {path}"
            )


@check(
    "R148",
    needs=_NEEDS,
    after=_AFTER,
    roles=EVERYBODY,
    means="After an error the client believes that nothing happened, and half of it did.",
)
async def patch_is_whole_or_nothing(bench: Bench) -> None:
    """A PATCH with one bad operation changes nothing."""
    bench.declared("displayName")
    made = await bench.user()
    before = (await bench.resource(made)).get("displayName")
    good = {"op": "replace", "path": "displayName", "value": "Half"}
    bad = {"op": "replace", "path": "emails[", "value": "x"}
    for operations in ((good, bad), (bad, good)):
        exchange = await bench.patch(made.path, *operations)
        bench.expect(exchange.status >= 400, exchange, "an error")
        shown = await bench.get(made.path)
        now = shown.document.get("displayName")
        bench.expect(now == before, (exchange, shown), f"displayName as it was: {before!r}", f"{now!r}")


@check(
    "R100",
    needs=_NEEDS,
    after=_AFTER,
    means="A client is told that a change was made to somebody who is not there.",
)
async def patch_of_nobody(bench: Bench) -> None:
    """PATCH of an unknown id is 404."""
    path = f"{bench.users}/{bench.wire.ledger.invent()}"
    exchange = await bench.patch(path, {"op": "replace", "path": "active", "value": False})
    bench.expect_status(exchange, 404)


@check(
    "R98",
    needs=_NEEDS,
    after=_AFTER,
    roles=EVERYBODY,
    means="Two people end with one name, and the lookup finds the wrong one.",
)
async def patch_respects_uniqueness(bench: Bench) -> None:
    """PATCH that takes another person's userName is refused with 409."""
    other, made = await bench.shared("plain"), await bench.user()
    exchange = await bench.patch(
        made.path, {"op": "replace", "path": "userName", "value": other.sent["userName"]}
    )
    bench.expect_status(exchange, 409)


@check(
    "R47",
    "R144",
    needs=("patch", "Group"),
    after=_AFTER,
    means="A client believes that it put somebody into a group.",
)
async def membership_is_not_patched_on_people(bench: Bench) -> None:
    """groups of a person are read-only: a PATCH of them is refused with 400 mutability."""
    bench.declared("groups")
    made, group = await bench.user(), await bench.group()
    exchange = await bench.patch(made.path, {"op": "add", "path": "groups", "value": [{"value": group.id}]})
    bench.expect_refusal(exchange, "mutability")
