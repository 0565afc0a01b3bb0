"""The lookups with which identity providers begin everything they do."""

from __future__ import annotations

from vestibule.judge.bench import Bench
from vestibule.judge.cast import cast, filtered
from vestibule.judge.check import EVERYBODY, Topic, check
from vestibule.judge.rows import Level

TOPIC = Topic(60, "Lookups")

_NEEDS = ("filter",)


@check(
    "R108",
    "K23",
    needs=_NEEDS,
    roles=EVERYBODY,
    means="Every create begins with this lookup: Okta and Entra make a second account, or fail for good.",
)
async def lookup_by_user_name(bench: Bench) -> None:
    """userName eq finds that person and nobody else."""
    anna = (await cast(bench))["anna"]
    exchange = await filtered(bench, f'userName eq "{anna.sent["userName"]}"')
    bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")
    bench.expect(exchange.ids == [anna.id], exchange, "that person alone", f"{len(exchange.ids)} found")
    bench.expect(exchange.total == 1, exchange, "totalResults 1", f"totalResults {exchange.total!r}")


@check(
    "R105",
    "K24",
    needs=_NEEDS,
    roles=EVERYBODY,
    means="Entra's Test Connection fails, and a 404 on a query can put the whole job into quarantine.",
)
async def nobody_found_is_an_empty_list(bench: Bench) -> None:
    """A filter that matches nobody answers 200 with totalResults 0."""
    exchange = await filtered(bench, f'userName eq "{bench.prefix}-nobody@example.com"')
    bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")
    bench.expect(exchange.total == 0 and not exchange.resources, exchange, "totalResults 0, nobody listed")


@check(
    "R38",
    "R120",
    "W100d",
    needs=_NEEDS,
    roles=EVERYBODY,
    after=("lookup_by_user_name",),
    means="The lookup misses a person whom the create then collides with: a dead end for the administrator.",
)
async def user_name_in_any_case(bench: Bench) -> None:
    """userName is found in any letter case, and shown as it was sent."""
    anna = (await cast(bench))["anna"]
    name = str(anna.sent["userName"])
    for spelling in (name.upper(), name.lower()):
        exchange = await filtered(bench, f'userName eq "{spelling}"')
        bench.expect(exchange.ids == [anna.id], exchange, f"that person for {spelling}")
        shown = exchange.resources[0].get("userName")
        bench.expect(shown == name, exchange, f"userName as sent: {name}", f"{shown!r}", row="W100d")


@check(
    "R31",
    needs=_NEEDS,
    roles=EVERYBODY,
    means="Entra matches by externalId: it links the wrong person, or creates a second one.",
)
async def external_id_is_case_exact(bench: Bench) -> None:
    """externalId eq finds the person, and not in another letter case."""
    anna = (await cast(bench))["anna"]
    external = str(anna.sent["externalId"])
    exchange = await filtered(bench, f'externalId eq "{external}"')
    bench.expect(exchange.ids == [anna.id], exchange, "that person alone")
    other = await filtered(bench, f'externalId eq "{external.swapcase()}"')
    bench.expect(other.is_list and not other.ids, other, "nobody for the other letter case")


@check(
    "R108",
    "R29",
    needs=_NEEDS,
    means="Entra's probes by id find nobody, or everybody.",
)
async def lookup_by_id(bench: Bench) -> None:
    """id eq finds that resource and nobody else."""
    anna = (await cast(bench))["anna"]
    exchange = await filtered(bench, f'id eq "{anna.id}"')
    bench.expect(exchange.is_list and exchange.ids == [anna.id], exchange, "that person alone")


@check(
    "R75",
    "R109",
    needs=_NEEDS,
    roles=EVERYBODY,
    means="People with a plus or an accent in their name are not found, and created twice.",
)
async def values_are_decoded(bench: Bench) -> None:
    """Percent-encoding, UTF-8 and escaped quotes in a filter reach the right value."""
    made = await bench.user(userName=f"{bench.prefix}-zoë+tag/x@example.com")
    exchange = await filtered(bench, f'userName eq "{made.sent["userName"]}"')
    bench.expect(exchange.ids == [made.id], exchange, "that person", row="R75")
    if bench.kind("User").declares("nickName"):
        cleo = (await cast(bench))["cleo"]
        found = await filtered(
            bench, 'nickName eq "Cle\\"o \\\\ 7" and userName eq "' + str(cleo.sent["userName"]) + '"'
        )
        bench.expect(found.ids == [cleo.id], found, "that person by the escaped value", row="R109")


@check(
    "R108",
    "K23",
    needs=("filter", "Group"),
    roles=EVERYBODY,
    means="Each push makes one more group of the same name.",
)
async def groups_by_name(bench: Bench) -> None:
    """displayName eq finds that group and no other."""
    group = await bench.group()
    exchange = await bench.get(bench.groups, filter=f'displayName eq "{group.sent["displayName"]}"')
    bench.expect(exchange.is_list and exchange.ids == [group.id], exchange, "that group alone")


@check(
    "R44",
    needs=_NEEDS,
    level=Level.SHOULD,
    means="A person is not found by an address that differs in letter case alone.",
)
async def addresses_in_any_case(bench: Bench) -> None:
    """An e-mail address is found in whatever letter case its domain is written."""
    bench.declared("emails")
    anna = (await cast(bench))["anna"]
    exchange = await filtered(bench, f'emails.value eq "{bench.prefix}-anna@WORK.Example.COM"')
    bench.expect(exchange.is_list and exchange.ids == [anna.id], exchange, "that person")
